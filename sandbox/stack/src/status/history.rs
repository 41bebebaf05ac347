//! The last minutes, second by second.

use serde::Serialize;
use std::collections::VecDeque;

/// How many seconds are remembered.
const SECONDS: usize = 300;

/// One second.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Sample {
    /// Requests that were answered 2xx or 3xx, 4xx and 5xx in it.
    pub(crate) good: u64,
    pub(crate) refused: u64,
    pub(crate) failed: u64,
    /// Objects that were stored in it.
    pub(crate) stored: u64,
    /// What was in the queues at its end, without the dead-letter queues: visible or delayed, and in flight.
    pub(crate) waiting: usize,
    pub(crate) in_flight: usize,
}

/// The samples, oldest first.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(crate) struct History(VecDeque<Sample>);

impl History {
    pub(crate) fn push(&mut self, sample: Sample) {
        if self.0.len() == SECONDS {
            self.0.pop_front();
        }
        self.0.push_back(sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_second_is_forgotten() {
        let mut history = History::default();
        for good in 0..=SECONDS as u64 {
            history.push(Sample { good, ..Sample::default() });
        }
        assert_eq!(
            (history.0.len(), history.0[0].good, history.0[SECONDS - 1].good),
            (SECONDS, 1, SECONDS as u64)
        );
    }
}
