//! What goes wrong on purpose, so that a test can see what a client makes of it.

use super::locked::locked;
use std::{collections::HashMap, sync::Mutex, time::Duration};

/// One way to go wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fault {
    /// The service refuses, in its own protocol (XML from S3, JSON from SQS and SSM), without doing anything.
    Error {
        /// The HTTP status.
        status: u16,
        /// AWS's error code, such as `SlowDown` or `ThrottlingException`.
        code: String,
    },
    /// No answer ever comes, and the connection stays open.
    Stall,
    /// The connection is closed without an answer, and nothing was done.
    Drop,
    /// The work is done, then the connection is closed without an answer.
    LostAnswer,
    /// The work starts this much later: real time, not divided by the time scale.
    Delay(Duration),
}

/// How often a fault happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Times {
    /// The next time.
    Once,
    /// The next so many times.
    N(u32),
    /// Until [`Faults::clear`].
    Always,
}

/// The faults that wait for their requests, and a count of the requests that came.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    calls: HashMap<String, u64>,
}

#[derive(Debug)]
struct Rule {
    operation: String,
    subject: String,
    fault: Fault,
    /// How often it still happens; `None` for ever.
    left: Option<u32>,
}

impl Faults {
    /// Lets every call of `operation` (AWS's name, such as `PutObject`) meet `fault`, so many `times`. Faults of
    /// one operation happen one after the other, in the order in which they were set.
    pub fn set(&self, operation: &str, fault: Fault, times: Times) {
        self.set_matching(operation, "", fault, times);
    }

    /// Like [`Faults::set`], for the calls whose subject contains `subject`: the queue's name, the parameter's
    /// name, or `bucket/key`.
    pub fn set_matching(&self, operation: &str, subject: &str, fault: Fault, times: Times) {
        let left = match times {
            Times::Once => Some(1),
            Times::N(n) => Some(n),
            Times::Always => None,
        };
        let rule = Rule { operation: operation.to_owned(), subject: subject.to_owned(), fault, left };
        locked(&self.0).rules.push(rule);
    }

    /// Forgets every fault. A request that is already stalled stays so.
    pub fn clear(&self) {
        locked(&self.0).rules.clear();
    }

    /// How many calls of `operation` have arrived so far, whatever became of them.
    #[must_use]
    pub fn calls(&self, operation: &str) -> u64 {
        locked(&self.0).calls.get(operation).copied().unwrap_or(0)
    }

    /// Counts a call and says what it meets.
    pub(super) fn arrived(&self, operation: &str, subject: &str) -> Option<Fault> {
        let mut state = locked(&self.0);
        *state.calls.entry(operation.to_owned()).or_default() += 1;
        let rule = state.rules.iter_mut().find(|rule| {
            rule.operation == operation && subject.contains(&rule.subject) && rule.left != Some(0)
        })?;
        if let Some(left) = &mut rule.left {
            *left -= 1;
        }
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
    fn calls_are_counted_whether_they_fail_or_not() {
        let faults = Faults::default();
        faults.set("GetParameter", Fault::Drop, Times::Once);
        faults.arrived("GetParameter", "/token");
        faults.arrived("GetParameter", "/token");
        assert_eq!((faults.calls("GetParameter"), faults.calls("SendMessage")), (2, 0));
    }

    #[test]
    fn nothing_goes_wrong_any_more_after_a_clear() {
        let faults = Faults::default();
        faults.set("PutObject", Fault::Stall, Times::Always);
        faults.clear();
        assert_eq!(faults.arrived("PutObject", "bucket/key"), None);
    }
}
