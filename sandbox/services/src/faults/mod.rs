//! Faults that are injected, so that a test can see what a client makes of them, and a person watch.
//!
//! - [`Fault`]: one way for a request to go wrong;
//! - [`DeliveryFault`]: one way for a queue to be less than exact;
//! - [`Faults`]: those that wait, asked for one by one, and how often each happened;
//! - [`Chaos`]: faults at random.
//!
//! ```
//! use sandbox_services::faults::{Fault, Faults, Times};
//!
//! let faults = Faults::default();
//! let slow_down = Fault::Error { status: 503, code: "SlowDown".into() };
//! faults.set_matching("PutObject", "reports/", slow_down, Times::N(2));
//! ```

use crate::events::{Event, Events};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

mod chaos;

pub use chaos::Chaos;

const RECEIVE: &str = "ReceiveMessage";
const DELETE: &str = "DeleteMessage";
const INVOKE: &str = "Invoke";
/// The name of a kill in events and counts.
const KILL: &str = "kill -9";

/// One way for a request to go wrong.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The service refuses, in its own protocol, without doing anything. `code` is AWS's, such as `SlowDown`.
    #[error("{status} {code}")]
    Error { status: u16, code: String },
    /// No response ever comes, and the connection stays open.
    #[error("no answer")]
    Stall,
    /// The connection is closed without a response, and nothing was done.
    #[error("dropped connection")]
    Drop,
    /// The work is done, then the connection is closed without a response.
    #[error("done, answer lost")]
    LostAnswer,
    /// The work is done, then the connection is closed half-way through the response's body. A response without a body
    /// is lost whole.
    #[error("done, answer cut off")]
    CutOff,
    /// The work starts this much later: real time, not divided by the time scale.
    #[error("delay")]
    Delay(Duration),
}

/// One way for a standard queue to be less than exact, as AWS says to expect ("Amazon SQS at-least-once delivery",
/// "Amazon SQS standard queues"). It affects receivers in this process, such as the event source mapping, and those that
/// come over HTTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum DeliveryFault {
    /// Received messages stay visible, so that another receive gets them too. The first receipt handle is then an old
    /// one.
    #[error("delivered twice")]
    Duplicate,
    /// The newest messages are received first.
    #[error("newest first")]
    Reorder,
    /// `DeleteMessage` succeeds and deletes nothing, as for the handle of an older receive: the message comes again when
    /// its visibility timeout ends.
    #[error("receipt handle expired")]
    ExpiredReceipt,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Times {
    Once,
    N(u32),
    /// Until [`Faults::clear`].
    Always,
}

/// The faults that wait for their requests, a count of those that happened, and one of the requests that came. Cheap to
/// clone: all clones share them.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    state: Arc<Mutex<State>>,
    events: Events,
}

#[derive(Debug, Default)]
struct State {
    requests: Rules<Fault>,
    deliveries: Rules<DeliveryFault>,
    kills: Rules<Duration>,
    chaos: Option<Chaos>,
    calls: HashMap<String, u64>,
    met: BTreeMap<(String, String), u64>,
}

impl Faults {
    pub(crate) fn new(events: Events) -> Self {
        Self { events, ..Self::default() }
    }

    /// Lets every call of `operation` (AWS's name, such as `PutObject`) meet `fault`, so many `times`. Faults of
    /// one operation happen one after the other, in the order in which they were set.
    pub fn set(&self, operation: &str, fault: Fault, times: Times) {
        self.set_matching(operation, "", fault, times);
    }

    /// Like [`Faults::set`], for the calls whose subject contains `subject`: the name of the queue, the parameter,
    /// the stack or the log group, or `bucket/key`.
    pub fn set_matching(&self, operation: &str, subject: &str, fault: Fault, times: Times) {
        self.state.lock().requests.add(operation, subject, fault, times);
    }

    /// Lets the queues whose name contains `queue` do this, at so many receives (or deletes).
    pub fn set_delivery(&self, queue: &str, fault: DeliveryFault, times: Times) {
        let operation = if fault == DeliveryFault::ExpiredReceipt { DELETE } else { RECEIVE };
        self.state.lock().deliveries.add(operation, queue, fault, times);
    }

    /// Kills the process of a function whose name contains `function`, as `kill -9` does, so long after an invocation
    /// began. One that has answered by then is left alone.
    pub fn set_kill(&self, function: &str, after: Duration, times: Times) {
        self.state.lock().kills.add(INVOKE, function, after, times);
    }

    /// Lets faults happen at random from now on, beside those that are set one by one.
    pub fn set_chaos(&self, chaos: Chaos) {
        self.state.lock().chaos = Some(chaos);
    }

    /// Forgets every fault that waits. A request that is already stalled stays so.
    pub fn clear(&self) {
        let mut state = self.state.lock();
        let (calls, met) = (std::mem::take(&mut state.calls), std::mem::take(&mut state.met));
        *state = State { calls, met, ..State::default() };
    }

    /// How many calls of `operation` have arrived over HTTP so far, whatever became of them.
    pub fn calls(&self, operation: &str) -> u64 {
        self.state.lock().calls.get(operation).copied().unwrap_or(0)
    }

    /// How often each fault happened so far, by operation and in words.
    pub fn met(&self) -> BTreeMap<(String, String), u64> {
        self.state.lock().met.clone()
    }

    /// Counts a call and gives the fault that it meets.
    pub(crate) fn arrived(&self, operation: &str, subject: &str) -> Option<Fault> {
        let mut state = self.state.lock();
        *state.calls.entry(operation.to_owned()).or_default() += 1;
        let fault = state.requests.take(operation, subject);
        let fault = fault.or_else(|| state.chaos.as_mut()?.request(operation, subject))?;
        self.note(&mut state, operation, &fault.to_string());
        Some(fault)
    }

    /// The fault that a receive meets if a message is visible.
    pub(crate) fn receiving(&self, queue: &str) -> Option<DeliveryFault> {
        self.delivery(RECEIVE, queue)
    }

    pub(crate) fn deleting(&self, queue: &str) -> Option<DeliveryFault> {
        self.delivery(DELETE, queue)
    }

    fn delivery(&self, operation: &'static str, queue: &str) -> Option<DeliveryFault> {
        let mut state = self.state.lock();
        let fault = state.deliveries.take(operation, queue);
        let fault = fault.or_else(|| state.chaos.as_mut()?.delivery(operation, queue))?;
        self.note(&mut state, operation, &fault.to_string());
        Some(fault)
    }

    /// How long after its start an invocation is to be killed.
    pub fn kill(&self, function: &str) -> Option<Duration> {
        let mut state = self.state.lock();
        state.kills.take(INVOKE, function).or_else(|| state.chaos.as_mut()?.kill(function))
    }

    /// An invocation of `function` was killed.
    pub fn killed(&self, function: &str) {
        self.note(&mut self.state.lock(), function, KILL);
    }

    fn note(&self, state: &mut State, operation: &str, fault: &str) {
        let (operation, fault) = (operation.to_owned(), fault.to_owned());
        *state.met.entry((operation.clone(), fault.clone())).or_default() += 1;
        self.events.send(Event::FaultMet { operation, fault });
    }
}

/// Faults that were asked for one by one, in that order.
#[derive(Debug)]
struct Rules<F>(Vec<Rule<F>>);

#[derive(Debug)]
struct Rule<F> {
    operation: String,
    subject: String,
    fault: F,
    times: Times,
}

impl<F> Default for Rules<F> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<F: Clone> Rules<F> {
    fn add(&mut self, operation: &str, subject: &str, fault: F, times: Times) {
        self.0.push(Rule { operation: operation.to_owned(), subject: subject.to_owned(), fault, times });
    }

    /// The fault that is due, counted as having happened.
    fn take(&mut self, operation: &str, subject: &str) -> Option<F> {
        let due = |rule: &Rule<F>| {
            rule.operation == operation && subject.contains(&rule.subject) && rule.times != Times::N(0)
        };
        let rule = self.0.iter_mut().find(|rule| due(rule))?;
        rule.times = match rule.times {
            Times::Once => Times::N(0),
            Times::N(n) => Times::N(n - 1),
            Times::Always => Times::Always,
        };
        Some(rule.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_happen_in_their_order_and_as_often_as_asked() {
        let faults = Faults::default();
        faults.set("PutObject", Fault::Drop, Times::N(2));
        faults.set("PutObject", Fault::Stall, Times::Once);
        let met: Vec<_> = (0..4).map(|_| faults.arrived("PutObject", "bucket/key")).collect();
        assert_eq!(met, [Some(Fault::Drop), Some(Fault::Drop), Some(Fault::Stall), None]);
    }

    #[test]
    fn a_fault_touches_neither_other_operations_nor_other_subjects() {
        let faults = Faults::default();
        faults.set_matching("PutObject", "John", Fault::Drop, Times::Always);
        assert_eq!(faults.arrived("GetObject", "bucket/John"), None);
        assert_eq!(faults.arrived("PutObject", "bucket/Jane"), None);
        assert_eq!(faults.arrived("PutObject", "bucket/John"), Some(Fault::Drop));
    }

    #[test]
    fn a_delivery_meets_what_is_meant_for_its_moment() {
        let faults = Faults::default();
        faults.set_delivery("queue", DeliveryFault::ExpiredReceipt, Times::Once);
        faults.set_delivery("queue", DeliveryFault::Duplicate, Times::Once);
        assert_eq!(faults.receiving("a-queue"), Some(DeliveryFault::Duplicate));
        assert_eq!((faults.receiving("a-queue"), faults.deleting("other")), (None, None));
        assert_eq!(faults.deleting("a-queue"), Some(DeliveryFault::ExpiredReceipt));
    }

    #[test]
    fn calls_and_faults_are_counted_and_told() {
        let events = Events::default();
        let (faults, mut told) = (Faults::new(events.clone()), events.subscribe());
        faults.set("GetParameter", Fault::Drop, Times::Once);
        faults.arrived("GetParameter", "/token");
        faults.arrived("GetParameter", "/token");
        faults.killed("worker");
        assert_eq!((faults.calls("GetParameter"), faults.calls("SendMessage")), (2, 0));
        let met = [(("GetParameter", "dropped connection"), 1), (("worker", "kill -9"), 1)];
        let met = met.map(|((operation, fault), count)| ((operation.to_owned(), fault.to_owned()), count));
        assert_eq!(faults.met(), met.into());
        assert!(
            matches!(told.try_recv(), Ok(Event::FaultMet { operation, .. }) if operation == "GetParameter")
        );
    }

    #[test]
    fn nothing_goes_wrong_any_more_after_a_clear_and_the_counts_stay() {
        let faults = Faults::default();
        faults.set("PutObject", Fault::Stall, Times::Always);
        faults.set_kill("worker", Duration::ZERO, Times::Always);
        faults.set_chaos(Chaos::new(1));
        faults.arrived("PutObject", "bucket/key");
        faults.clear();
        assert!((0..1_000).all(|_| faults.arrived("PutObject", "bucket/key").is_none()));
        assert!((0..1_000).all(|_| faults.kill("worker").is_none()));
        assert_eq!((faults.calls("PutObject"), faults.met().len()), (1_001, 1));
    }
}
