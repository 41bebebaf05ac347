//! A queue's messages, locked. The guard hands the changes to the store before it lets the lock go, so the store has
//! them in the order in which they happened.

use crate::sqs::state::State;
use crate::store::Store;
use parking_lot::MutexGuard;
use std::ops::{Deref, DerefMut};

pub(crate) struct StateGuard<'a> {
    state: MutexGuard<'a, State>,
    store: &'a Store,
}

impl<'a> StateGuard<'a> {
    pub(crate) fn new(state: MutexGuard<'a, State>, store: &'a Store) -> Self {
        Self { state, store }
    }

    /// Appends the changes of both queues as one: a message that moves is in exactly one of them, after a crash too.
    pub(crate) fn append_with(&mut self, other: &mut Self) {
        if let (Some(mine), Some(theirs)) = (&mut self.state.recorder, &mut other.state.recorder) {
            mine.changes.append(&mut theirs.changes);
        }
        self.append();
    }

    fn append(&mut self) {
        if let Some(recorder) = &mut self.state.recorder
            && !recorder.changes.is_empty()
        {
            self.store.append(|| std::mem::take(&mut recorder.changes));
        }
    }
}

impl Deref for StateGuard<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for StateGuard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

impl Drop for StateGuard<'_> {
    fn drop(&mut self) {
        self.append();
    }
}
