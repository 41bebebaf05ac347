//! Stopping in order.

use crate::interrupt::Interrupt;
use anyhow::Result;
use std::pin::pin;

/// Ctrl-C and its kin, while something is under way that should be brought to its end.
pub(crate) struct Stop {
    interrupt: Interrupt,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Going,
    Asked,
    GivenUp,
}

impl Stop {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { interrupt: Interrupt::new()?, state: State::Going })
    }

    /// Brings `work` to its end, also if it is asked to stop meanwhile; nothing if it is asked twice.
    pub(crate) async fn finish<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        while !self.given_up() {
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = self.interrupt.received() => {
                    self.state = if self.asked() { State::GivenUp } else { State::Asked };
                }
            }
        }
        None
    }

    /// Waits for `work`, but not beyond the moment when it is asked to stop: for what leaves nothing undone.
    pub(crate) async fn unless_asked<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        if self.asked() {
            return None;
        }
        tokio::select! {
            done = work => Some(done),
            () = self.interrupt.received() => {
                self.state = State::Asked;
                None
            }
        }
    }

    /// Whether to begin nothing more.
    pub(crate) fn asked(&self) -> bool {
        self.state != State::Going
    }

    /// Whether not even to tidy up.
    pub(crate) fn given_up(&self) -> bool {
        self.state == State::GivenUp
    }
}
