//! One event, from the batch to the exact list of failed messages.

use crate::batch_store::BatchStore;
use crate::email_store::EmailStore;
use crate::received_message::ReceivedMessage;
use crate::{each, together};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::Deadline;
use runtime::metrics::Meter;
use runtime::telemetry::milliseconds;
use std::time::Duration;
use tokio::time::Instant;
use tracing::info;

/// The time between the function's last possible answer and its timeout.
const MARGIN: Duration = Duration::from_secs(1);

pub struct Worker {
    store: Store,
    meter: Meter,
}

/// Where emails go, by the layout.
pub enum Store {
    PerEmail(EmailStore),
    Batch {
        batches: BatchStore,
        /// The canary's emails have objects of their own, so that it reads no others'.
        canary: EmailStore,
    },
}

impl Worker {
    pub fn new(store: Store, meter: Meter) -> Self {
        Self { store, meter }
    }

    /// Stores a batch, and returns the messages that SQS must keep.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Diagnostic> {
        let started = Instant::now();
        let LambdaEvent { payload, context } = event;
        let metrics = self.meter.invocation(&context.request_id);
        let messages: Vec<_> = payload.records.into_iter().map(ReceivedMessage).collect();
        let deadline = Deadline::before(context.deadline(), MARGIN);
        let done = match &self.store {
            Store::PerEmail(store) => {
                each::file(store, &messages.iter().collect::<Vec<_>>(), deadline, &metrics).await
            }
            Store::Batch { batches, canary } => {
                together::file(batches, canary, &messages, deadline, &metrics).await
            }
        };
        let failed: Vec<_> =
            messages.iter().zip(done).filter(|(_, done)| !done).map(|(message, _)| message).collect();
        info!(
            request_id = context.request_id,
            records = messages.len(),
            failed = failed.len(),
            duration_ms = milliseconds(started.elapsed()),
            "batch done"
        );
        batch_response(&failed)
    }
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
