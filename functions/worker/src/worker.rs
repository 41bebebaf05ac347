//! One event, from the batch to the exact list of failed messages.

use crate::batch::{Outcome, handle_each};
use crate::email_store::{EmailStore, Origin, StoreError, Stored};
use crate::received_message::ReceivedMessage;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use email::wire_format::DecodeError;
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::Deadline;
use runtime::metrics::{
    AGE_WHEN_FILED, CANARY_FILED, DUPLICATES, FAILED_WRITES, FILED, Meter, Metrics, NAME_COLLISIONS, POISON,
};
use runtime::telemetry::milliseconds;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use tracing::{error, field::display, info, warn};

/// The time between the function's last possible answer and its timeout.
const MARGIN: Duration = Duration::from_secs(1);

pub struct Worker {
    store: EmailStore,
    meter: Meter,
}

/// An email that is in the bucket.
struct Filed {
    stored: Stored,
    is_canary: bool,
}

/// The reason why a message goes back to the queue.
#[derive(Debug, thiserror::Error)]
enum MessageError {
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

impl Worker {
    pub fn new(store: EmailStore, meter: Meter) -> Self {
        Self { store, meter }
    }

    /// Stores a batch, and returns the messages that SQS must keep.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Diagnostic> {
        let started = Instant::now();
        let LambdaEvent { payload, context } = event;
        let metrics = self.meter.invocation(&context.request_id);
        let messages: Vec<_> = payload.records.into_iter().map(ReceivedMessage).collect();
        let deadline = Deadline::before(context.deadline(), MARGIN);
        let handle = async |message| self.handle_message(message, &metrics).await;
        let outcomes = handle_each(messages.iter(), deadline, handle).await;

        let mut failed = Vec::new();
        for (message, outcome) in messages.iter().zip(outcomes) {
            match outcome {
                Outcome::Done => continue,
                Outcome::Failed => {} // `handle_message` has reported it
                Outcome::Panicked => report(message, &Err(MessageError::Panicked), None, &metrics),
                Outcome::TimedOut => report(message, &Err(MessageError::TimedOut), None, &metrics),
            }
            failed.push(message);
        }
        info!(
            request_id = context.request_id,
            records = messages.len(),
            failed = failed.len(),
            duration_ms = milliseconds(started.elapsed()),
            "batch done"
        );
        batch_response(&failed)
    }

    /// Stores the email of one message, and returns whether SQS may delete the message.
    async fn handle_message(&self, message: &ReceivedMessage, metrics: &Metrics) -> bool {
        let started = Instant::now();
        let result = self.store(message, metrics).await;
        report(message, &result, Some(started.elapsed()), metrics);
        result.is_ok()
    }

    async fn store(&self, message: &ReceivedMessage, metrics: &Metrics) -> Result<Filed, MessageError> {
        let (email, origin) =
            (message.email()?, Origin { receipt: message.receipt(), caller: message.caller() });
        let stored = self.store.store(&email, &origin, metrics).await?;
        Ok(Filed { stored, is_canary: email.sender.is_canary() })
    }
}

/// Counts and logs the result of one message.
fn report(
    message: &ReceivedMessage,
    result: &Result<Filed, MessageError>,
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
            info!(
                receipt,
                message_id, trace_id, caller, canary, outcome, receives, bytes, duration_ms, "filed"
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

/// Lists the failed messages, and nothing else.
///
/// A failed message without an id is an error of the whole batch. An empty id in the response would fail the batch too,
/// but silently ("Handling errors for an SQS event source in Lambda").
fn batch_response(failed: &[&ReceivedMessage]) -> Result<SqsBatchResponse, Diagnostic> {
    let mut response = SqsBatchResponse::default();
    for message in failed {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = message.message_id().ok_or_else(missing_message_id)?.to_owned();
        response.batch_item_failures.push(failure);
    }
    Ok(response)
}

fn missing_message_id() -> Diagnostic {
    let text =
        "a record without a messageId failed, so the whole batch is given back; what is filed stays filed";
    Diagnostic { error_type: "MissingMessageId".to_owned(), error_message: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::received_message::tests::message;
    use serde_json::json;

    fn response(failed: &[&ReceivedMessage]) -> serde_json::Value {
        serde_json::to_value(batch_response(failed).unwrap()).unwrap()
    }

    #[test]
    fn the_response_lists_exactly_the_failed_messages() {
        let (one, two) = (message(r#"{"messageId": "m-1"}"#), message(r#"{"messageId": "m-2"}"#));
        let failures = json!([{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-2"}]);
        assert_eq!(response(&[&one, &two]), json!({"batchItemFailures": failures}));
        assert_eq!(response(&[]), json!({"batchItemFailures": []}));
    }

    #[test]
    fn a_failed_message_without_an_id_fails_the_whole_batch() {
        assert!(batch_response(&[&message(r#"{"messageId": ""}"#)]).is_err());
        assert!(batch_response(&[&message("{}")]).is_err());
    }
}
