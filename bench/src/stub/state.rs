//! The requests that the stub received, until the harness takes them.

use bytes::Bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct State(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    s3_latency: Duration,
    messages: Vec<Value>,
    objects: BTreeMap<String, Bytes>,
    in_flight: usize,
    most_in_flight: usize,
}

/// Counts as a PUT in flight until it is dropped, also when its client is gone.
#[derive(Debug)]
pub(crate) struct InFlight<'a>(&'a State);

impl State {
    pub(crate) fn set_s3_latency(&self, latency: Duration) {
        self.inner().s3_latency = latency;
    }

    /// The bodies of the messages sent to SQS.
    pub(crate) fn take_messages(&self) -> Vec<Value> {
        std::mem::take(&mut self.inner().messages)
    }

    /// The objects stored in S3, by key.
    pub(crate) fn take_objects(&self) -> BTreeMap<String, Bytes> {
        std::mem::take(&mut self.inner().objects)
    }

    /// The largest number of concurrent PUTs.
    pub(crate) fn take_most_in_flight(&self) -> usize {
        std::mem::take(&mut self.inner().most_in_flight)
    }

    pub(crate) fn add_message(&self, body: Value) {
        self.inner().messages.push(body);
    }

    /// False if the key exists.
    pub(crate) fn add_object(&self, key: String, object: Bytes) -> bool {
        let mut inner = self.inner();
        let is_new = !inner.objects.contains_key(&key);
        if is_new {
            inner.objects.insert(key, object);
        }
        is_new
    }

    /// Counts a PUT and returns how long it should take.
    pub(crate) fn begin_put(&self) -> (InFlight<'_>, Duration) {
        let mut inner = self.inner();
        inner.in_flight += 1;
        inner.most_in_flight = inner.most_in_flight.max(inner.in_flight);
        (InFlight(self), inner.s3_latency)
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
