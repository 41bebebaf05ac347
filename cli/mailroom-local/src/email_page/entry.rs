//! One email as JSON.

use crate::journal::{EmailTrace, Stage};
use sandbox::services::clock::{in_milliseconds, milliseconds};
use sandbox::services::sqs::Sqs;
use serde::Serialize;

/// Times are in milliseconds since 1970.
#[derive(Serialize)]
pub(crate) struct Entry<'a> {
    /// What `email.json?number=` takes.
    number: u64,
    began: u64,
    /// The words of `up` too: queued, in flight, retrying, dead letter, redriven, discarded, stored, duplicate; answered,
    /// refused and failed for a request that sent no message.
    stage: &'static str,
    /// Why it was refused or discarded, or failed the last time.
    reason: Option<&'a str>,
    receives: u32,
    sender: Option<&'a str>,
    method: Option<&'a str>,
    path: Option<&'a str>,
    status: Option<u16>,
    answered_ms: Option<f64>,
    message_id: Option<&'a str>,
    receipt: Option<&'a str>,
    bucket: Option<&'a str>,
    key: Option<&'a str>,
    took_ms: Option<f64>,
    /// Sent by a command that asks whether everything works.
    probe: bool,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(trace: &'a EmailTrace, sqs: &Sqs) -> Self {
        let request = trace.request.as_ref();
        let stored = trace.stored.as_ref();
        Self {
            number: trace.number,
            began: milliseconds(trace.began),
            stage: if is_back(trace, sqs) { "retrying" } else { trace.word() },
            reason: trace.reason.as_deref(),
            receives: trace.receives,
            sender: trace.sender.as_deref(),
            method: request.map(|request| request.method.as_str()),
            path: request.map(|request| request.path.as_str()),
            status: request.map(|request| request.status),
            answered_ms: request.map(|request| in_milliseconds(request.took)),
            message_id: trace.message_id(),
            receipt: trace.receipt.as_deref(),
            bucket: stored.map(|stored| stored.bucket.as_str()),
            key: stored.map(|stored| stored.key.as_str()),
            took_ms: trace.took().map(in_milliseconds),
            probe: trace.is_probe(),
        }
    }
}

/// True for a message that was received once, and is visible again: no event tells of that.
fn is_back(trace: &EmailTrace, sqs: &Sqs) -> bool {
    let is_waiting = |(queue, message_id): (&str, &str)| {
        sqs.queue(queue)
            .is_some_and(|queue| queue.find(message_id).is_some() && !queue.is_in_flight(message_id))
    };
    trace.stage == Stage::InFlight && trace.messages().any(is_waiting)
}
