use std::time::SystemTime;

/// The most steps of an email that are kept: its first ones and its last ones.
const MOST: usize = 100;

/// Something that happened to an email.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) at: SystemTime,
    pub(crate) what: What,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum What {
    /// With this status.
    Answered(u16),
    Queued,
    /// For so many times, from the queue of the function.
    Received(u32),
    /// For this reason.
    GivenBack(String),
    DeadLetter,
    Redriven,
    Discarded,
    Stored,
    Duplicate,
}

impl Step {
    pub(crate) fn add(steps: &mut Vec<Self>, step: Self) {
        if steps.len() == MOST {
            steps.remove(MOST / 2);
        }
        steps.push(step);
    }
}
