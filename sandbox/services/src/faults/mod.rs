//! What goes wrong on purpose, so that a test can see what a client makes of it, and a person watch.
//!
//! - [`Fault`]: what can become of a request;
//! - [`DeliveryFault`]: what can become of a message that is received or deleted;
//! - [`Faults`]: those that wait, asked for one by one, and how often each happened;
//! - [`Chaos`]: faults at random.
//!
//! A function that is killed in the middle of an invocation is a fault of Lambda's, and here as well.

use super::locked::locked;
use crate::events::{Event, Events};
use rules::Rules;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

mod chaos;
mod delivery_fault;
mod fault;
mod rules;
mod times;

pub use chaos::Chaos;
pub use delivery_fault::DeliveryFault;
pub use fault::Fault;
pub use times::Times;

const RECEIVE: &str = "ReceiveMessage";
const DELETE: &str = "DeleteMessage";
const INVOKE: &str = "Invoke";
/// What a kill is called where faults are told of or counted.
const KILL: &str = "kill -9";

/// The faults that wait for what they are to meet, a count of those that happened, and one of the requests that came.
/// Cheap to clone: all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: Mutex<State>,
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
    /// None yet. Whatever happens is told to `events`.
    #[must_use]
    pub fn new(events: Events) -> Self {
        Self(Arc::new(Inner { state: Mutex::default(), events }))
    }

    /// Lets every call of `operation` (AWS's name, such as `PutObject`) meet `fault`, so many `times`. Faults of
    /// one operation happen one after the other, in the order in which they were set.
    pub fn set(&self, operation: &str, fault: Fault, times: Times) {
        self.set_matching(operation, "", fault, times);
    }

    /// Like [`Faults::set`], for the calls whose subject contains `subject`: the name of the queue, the parameter,
    /// the stack or the log group, or `bucket/key`.
    pub fn set_matching(&self, operation: &str, subject: &str, fault: Fault, times: Times) {
        locked(&self.0.state).requests.add(operation, subject, fault, times);
    }

    /// Lets the queues whose name contains `queue` do this, at so many receives (or deletes).
    pub fn set_delivery(&self, queue: &str, fault: DeliveryFault, times: Times) {
        let operation = if fault == DeliveryFault::ExpiredReceipt { DELETE } else { RECEIVE };
        locked(&self.0.state).deliveries.add(operation, queue, fault, times);
    }

    /// Kills the process of a function whose name contains `function`, as `kill -9` does, so long after an invocation
    /// began. One that has answered by then is left alone.
    pub fn set_kill(&self, function: &str, after: Duration, times: Times) {
        locked(&self.0.state).kills.add(INVOKE, function, after, times);
    }

    /// Lets faults happen at random from now on, beside those that are set one by one.
    pub fn set_chaos(&self, chaos: Chaos) {
        locked(&self.0.state).chaos = Some(chaos);
    }

    /// Forgets every fault that waits. A request that is already stalled stays so.
    pub fn clear(&self) {
        let mut state = locked(&self.0.state);
        let (calls, met) = (std::mem::take(&mut state.calls), std::mem::take(&mut state.met));
        *state = State { calls, met, ..State::default() };
    }

    /// How many calls of `operation` have arrived over HTTP so far, whatever became of them.
    #[must_use]
    pub fn calls(&self, operation: &str) -> u64 {
        locked(&self.0.state).calls.get(operation).copied().unwrap_or(0)
    }

    /// How often each fault happened so far, by operation and in words.
    #[must_use]
    pub fn met(&self) -> BTreeMap<(String, String), u64> {
        locked(&self.0.state).met.clone()
    }

    /// Counts a call and says what it meets.
    pub(crate) fn arrived(&self, operation: &str, subject: &str) -> Option<Fault> {
        let mut state = locked(&self.0.state);
        *state.calls.entry(operation.to_owned()).or_default() += 1;
        let fault = state
            .requests
            .take(operation, subject)
            .or_else(|| state.chaos.as_mut()?.request(operation, subject))?;
        self.note(&mut state, operation, &fault.to_string());
        Some(fault)
    }

    /// What a receive meets that finds something in a queue.
    pub(crate) fn receiving(&self, queue: &str) -> Option<DeliveryFault> {
        let mut state = locked(&self.0.state);
        let fault = state.deliveries.take(RECEIVE, queue).or_else(|| state.chaos.as_mut()?.receive(queue))?;
        self.note(&mut state, RECEIVE, &fault.to_string());
        Some(fault)
    }

    /// What a delete from a queue meets.
    pub(crate) fn deleting(&self, queue: &str) -> Option<DeliveryFault> {
        let mut state = locked(&self.0.state);
        let fault = state.deliveries.take(DELETE, queue).or_else(|| state.chaos.as_mut()?.delete(queue))?;
        self.note(&mut state, DELETE, &fault.to_string());
        Some(fault)
    }

    /// How long after its start an invocation is to be killed.
    pub fn kill(&self, function: &str) -> Option<Duration> {
        let mut state = locked(&self.0.state);
        state.kills.take(INVOKE, function).or_else(|| state.chaos.as_mut()?.kill(function))
    }

    /// An invocation of `function` was killed.
    pub fn killed(&self, function: &str) {
        self.note(&mut locked(&self.0.state), function, KILL);
    }

    fn note(&self, state: &mut State, operation: &str, fault: &str) {
        let (operation, fault) = (operation.to_owned(), fault.to_owned());
        *state.met.entry((operation.clone(), fault.clone())).or_default() += 1;
        self.0.events.send(Event::FaultMet { operation, fault });
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
