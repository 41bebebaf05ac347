//! What the stub was sent.

use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What was sent and stored since it was last taken, and what is in flight.
#[derive(Debug, Default)]
pub struct State(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    latency: Duration,
    messages: Vec<Value>,
    objects: BTreeMap<String, Bytes>,
    in_flight: usize,
    most_in_flight: usize,
}

/// A PUT that is in flight until this is dropped.
#[derive(Debug)]
pub(crate) struct InFlight<'a>(&'a State);

impl State {
    /// Lets S3 answer this much later than it could.
    pub fn set_s3_latency(&self, latency: Duration) {
        self.inner().latency = latency;
    }

    /// The bodies of the messages that SQS was sent since this was last asked.
    #[must_use]
    pub fn take_messages(&self) -> Vec<Value> {
        std::mem::take(&mut self.inner().messages)
    }

    /// The objects that S3 has stored since this was last asked, by their keys.
    #[must_use]
    pub fn take_objects(&self) -> BTreeMap<String, Bytes> {
        std::mem::take(&mut self.inner().objects)
    }

    /// The most PUTs that were in flight at a time since this was last asked.
    #[must_use]
    pub fn take_most_in_flight(&self) -> usize {
        std::mem::take(&mut self.inner().most_in_flight)
    }

    pub(crate) fn send(&self, message: Value) {
        self.inner().messages.push(message);
    }

    /// Stores an object; false if the key has one.
    pub(crate) fn store(&self, key: String, object: Bytes) -> bool {
        let mut inner = self.inner();
        let is_new = !inner.objects.contains_key(&key);
        if is_new {
            inner.objects.insert(key, object);
        }
        is_new
    }

    /// Counts a PUT, and says how long it has to take.
    pub(crate) fn put(&self) -> (InFlight<'_>, Duration) {
        let mut inner = self.inner();
        inner.in_flight += 1;
        inner.most_in_flight = inner.most_in_flight.max(inner.in_flight);
        (InFlight(self), inner.latency)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.inner().in_flight -= 1;
    }
}
