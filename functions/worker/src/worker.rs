//! One event, from the batch to the exact list of what failed.

use crate::batch::{Outcome, handle_each};
use crate::cabinet::{Cabinet, Filed, FilingError};
use crate::delivery::Delivery;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use email::wire_format::DecodeError;
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::Deadline;
use runtime::metrics::{
    AGE_WHEN_FILED, DUPLICATES, FAILED_WRITES, FILED, Meter, Metrics, NAME_COLLISIONS, POISON,
};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// How long before its timeout the function answers whatever S3 does.
const MARGIN: Duration = Duration::from_secs(1);

/// The function.
pub struct Worker {
    cabinet: Cabinet,
    meter: Meter,
}

/// Why one message is given back to the queue.
#[derive(Debug, thiserror::Error)]
enum DeliveryError {
    /// It must reach the dead-letter queue whole, for a person to look at.
    #[error(transparent)]
    Poison(#[from] DecodeError),
    /// It may work the next time.
    #[error(transparent)]
    Filing(#[from] FilingError),
}

/// A message failed that can't be named, and an empty name in the answer would fail the whole batch without a
/// word ("Handling errors for an SQS event source in Lambda").
#[derive(Debug, thiserror::Error)]
#[error("a record without a messageId failed, so the whole batch is given back; what is filed stays filed")]
pub struct Unnameable;

impl From<Unnameable> for Diagnostic {
    fn from(error: Unnameable) -> Self {
        Self { error_type: "Unnameable".to_owned(), error_message: error.to_string() }
    }
}

impl Worker {
    /// The function, with all that it needs.
    #[must_use]
    pub fn new(cabinet: Cabinet, meter: Meter) -> Self {
        Self { cabinet, meter }
    }

    /// Files a batch, and answers which messages SQS must keep.
    ///
    /// # Errors
    /// [`Unnameable`] if one of those has no id.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Unnameable> {
        let started = Instant::now();
        let LambdaEvent { payload, context } = event;
        let metrics = self.meter.invocation(&context.request_id);
        let deliveries: Vec<_> = payload.records.into_iter().map(Delivery::from).collect();
        let deadline = Deadline::before(context.deadline(), MARGIN);
        let outcomes =
            handle_each(deliveries.iter(), deadline, async |delivery| self.deliver(delivery, &metrics).await)
                .await;

        let mut failed = Vec::new();
        for (delivery, outcome) in deliveries.iter().zip(outcomes) {
            let error = match outcome {
                Outcome::Done => continue,
                Outcome::Failed => None, // `deliver` has told
                Outcome::Panicked => Some("a bug: it panicked"),
                Outcome::OutOfTime => Some("not done before the function's deadline"),
            };
            if let Some(error) = error {
                metrics.count(FAILED_WRITES);
                log_given_back(delivery, error);
            }
            failed.push(delivery);
        }
        tracing::info!(
            request_id = context.request_id,
            records = deliveries.len(),
            failed = failed.len(),
            duration_ms = milliseconds(started),
            "batch done"
        );
        batch_response(&failed)
    }

    /// Files one message and says so in the log; returns whether SQS may delete it.
    async fn deliver(&self, delivery: &Delivery, metrics: &Metrics) -> bool {
        let started = Instant::now();
        let outcome = self.file(delivery, metrics).await;
        count(&outcome, delivery, metrics);
        let receipt = delivery.receipt().map(|receipt| receipt.to_string());
        let (message_id, trace_id) = (delivery.message_id(), delivery.trace_id());
        let (receives, bytes) = (delivery.receive_count(), delivery.bytes());
        let duration_ms = milliseconds(started);
        match &outcome {
            Ok(filed) => {
                let outcome = match filed {
                    Filed::New => "new",
                    Filed::Already => "already",
                    Filed::Apart => "apart",
                };
                tracing::info!(receipt, message_id, trace_id, outcome, receives, bytes, duration_ms, "filed");
            }
            Err(DeliveryError::Poison(error)) => {
                let reason = error.code();
                tracing::error!(
                    receipt,
                    message_id,
                    trace_id,
                    reason,
                    receives,
                    bytes,
                    "not an email: given back, for the dead-letter queue"
                );
            }
            Err(DeliveryError::Filing(error)) => {
                let error = error.to_string();
                tracing::warn!(
                    receipt,
                    message_id,
                    trace_id,
                    error,
                    receives,
                    bytes,
                    duration_ms,
                    "not filed: given back"
                );
            }
        }
        outcome.is_ok()
    }

    async fn file(&self, delivery: &Delivery, metrics: &Metrics) -> Result<Filed, DeliveryError> {
        Ok(self.cabinet.file(&delivery.email()?, delivery.receipt(), metrics).await?)
    }
}

fn count(outcome: &Result<Filed, DeliveryError>, delivery: &Delivery, metrics: &Metrics) {
    match outcome {
        Ok(Filed::Already) => metrics.count(DUPLICATES),
        Ok(filed) => {
            metrics.count(FILED);
            if *filed == Filed::Apart {
                metrics.count(NAME_COLLISIONS);
            }
            if let Some(age) = delivery.age(SystemTime::now()) {
                metrics.observe(AGE_WHEN_FILED, age);
            }
        }
        Err(DeliveryError::Poison(_)) => metrics.count(POISON),
        Err(DeliveryError::Filing(_)) => metrics.count(FAILED_WRITES),
    }
}

fn log_given_back(delivery: &Delivery, error: &str) {
    let receipt = delivery.receipt().map(|receipt| receipt.to_string());
    let (message_id, trace_id) = (delivery.message_id(), delivery.trace_id());
    tracing::warn!(
        receipt,
        message_id,
        trace_id,
        error,
        receives = delivery.receive_count(),
        bytes = delivery.bytes(),
        "not filed: given back"
    );
}

/// Names what failed, and nothing else.
fn batch_response(failed: &[&Delivery]) -> Result<SqsBatchResponse, Unnameable> {
    let mut response = SqsBatchResponse::default();
    for delivery in failed {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = delivery.message_id().ok_or(Unnameable)?.to_owned();
        response.batch_item_failures.push(failure);
    }
    Ok(response)
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(json: &str) -> Delivery {
        serde_json::from_str::<aws_lambda_events::sqs::SqsMessage>(json).unwrap().into()
    }

    #[test]
    fn the_answer_names_exactly_what_failed() {
        let (one, two) = (delivery(r#"{"messageId": "m-1"}"#), delivery(r#"{"messageId": "m-2"}"#));
        assert_eq!(
            serde_json::to_value(batch_response(&[&one, &two]).unwrap()).unwrap(),
            serde_json::json!({"batchItemFailures": [{"itemIdentifier": "m-1"}, {"itemIdentifier": "m-2"}]})
        );
        assert_eq!(
            serde_json::to_value(batch_response(&[]).unwrap()).unwrap(),
            serde_json::json!({"batchItemFailures": []})
        );
    }

    #[test]
    fn a_failed_message_without_an_id_gives_the_whole_batch_back() {
        assert!(batch_response(&[&delivery(r#"{"messageId": ""}"#)]).is_err());
        assert!(batch_response(&[&delivery("{}")]).is_err());
    }
}
