//! The result of one message, counted and logged.

use crate::conditional_put::{StoreError, Stored};
use crate::received_message::ReceivedMessage;
use email::BatchKey;
use email::wire_format::DecodeError;
use runtime::metrics::{
    AGE_WHEN_FILED, CANARY_FILED, DUPLICATES, FAILED_WRITES, FILED, Metrics, NAME_COLLISIONS, POISON,
};
use runtime::telemetry::milliseconds;
use std::time::{Duration, SystemTime};
use tracing::{error, field::display, info, warn};

/// An email that is in the bucket.
pub(crate) struct Filed {
    pub(crate) stored: Stored,
    pub(crate) is_canary: bool,
    /// The object that holds it, in the layout `batch`. Other keys hold the sender, so no log may have them.
    pub(crate) object: Option<BatchKey>,
}

/// The reason why a message goes back to the queue.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageError {
    /// The message must reach the dead-letter queue whole, for a person to look at.
    #[error(transparent)]
    Poison(#[from] DecodeError),
    /// The next attempt may work.
    #[error(transparent)]
    NotStored(#[from] StoreError),
    #[error("a bug: it panicked")]
    Panicked,
    #[error("not done before the function's deadline")]
    TimedOut,
}

/// Counts and logs the result of one message.
pub(crate) fn report(
    message: &ReceivedMessage,
    result: Result<&Filed, &MessageError>,
    took: Option<Duration>,
    metrics: &Metrics,
) {
    let (receipt, caller) = (message.receipt().map(display), message.caller().map(display));
    let (message_id, trace_id) = (message.message_id(), message.trace_id());
    let (receives, bytes) = (message.receive_count(), message.bytes());
    let duration_ms = took.map(milliseconds);
    match result {
        Ok(filed) => {
            let (outcome, canary) = (count_filed(message, filed, metrics), filed.is_canary.then_some(true));
            let object = filed.object.as_ref().map(display);
            info!(
                receipt,
                message_id, trace_id, caller, canary, outcome, object, receives, bytes, duration_ms, "filed"
            );
        }
        Err(MessageError::Poison(error)) => {
            metrics.count(POISON);
            let reason = error.code();
            error!(
                receipt,
                message_id,
                trace_id,
                caller,
                reason,
                receives,
                bytes,
                "not an email: given back, for the dead-letter queue"
            );
        }
        Err(error) => {
            metrics.count(FAILED_WRITES);
            let error = display(error);
            warn!(
                receipt,
                message_id, trace_id, caller, error, receives, bytes, duration_ms, "not filed: given back"
            );
        }
    }
}

/// Counts a stored email, and returns the log's word for the outcome. The canary's emails aren't traffic, and the canary
/// measures them itself.
fn count_filed(message: &ReceivedMessage, filed: &Filed, metrics: &Metrics) -> &'static str {
    if filed.stored == Stored::Duplicate {
        metrics.count(DUPLICATES);
        return "already";
    }
    if filed.is_canary {
        metrics.count(CANARY_FILED);
    } else {
        metrics.count(FILED);
        if let Some(age) = message.age(SystemTime::now()) {
            metrics.observe(AGE_WHEN_FILED, age);
        }
    }
    if filed.stored == Stored::KeyCollision {
        metrics.count(NAME_COLLISIONS);
        return "apart";
    }
    "new"
}
