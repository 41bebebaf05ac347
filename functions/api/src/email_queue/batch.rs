//! Several emails in a call: `SendMessageBatch`.

use super::{EmailQueue, MESSAGE_LIMIT, Message, OutgoingEmail, SendError, trace_attribute};
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::{StreamExt, stream};
use runtime::Deadline;
use runtime::aws::AwsError;
use runtime::metrics::{Metrics, SQS_SEND_LATENCY};
use std::mem::take;
use tokio::time::timeout_at;

/// The most messages of a call ("Amazon SQS message quotas"). Together they may be as large as one of a call alone.
const ENTRIES: usize = 10;
/// Calls under way at a time. 500 emails are 50 calls, in seven rounds.
const CALLS: usize = 8;

/// A message, and its place among the emails.
type Placed = (usize, Message);

/// An email that SQS has acknowledged.
pub(crate) struct Queued {
    pub(crate) message_id: String,
    /// The length of the message's body.
    pub(crate) bytes: usize,
}

impl EmailQueue {
    /// Sends emails, and returns for each, in their order, what SQS has or why it has nothing. No email's failure is
    /// another's, unless they were in one call that failed.
    pub(crate) async fn send_all(
        &self,
        emails: &[OutgoingEmail<'_>],
        deadline: Deadline,
        metrics: &Metrics,
    ) -> Vec<Result<Queued, SendError>> {
        let mut results: Vec<_> = emails.iter().map(|_| Err(SendError::NoEntry)).collect();
        let mut bytes = vec![0; emails.len()];
        let mut messages = Vec::new();
        for (place, email) in emails.iter().enumerate() {
            match email.message() {
                Ok(message) => {
                    bytes[place] = message.body.len();
                    messages.push((place, message));
                }
                Err(error) => results[place] = Err(error),
            }
        }
        let calls = stream::iter(calls(messages)).map(|call| self.send_call(call, emails, deadline, metrics));
        let mut calls = calls.buffer_unordered(CALLS);
        while let Some(sent) = calls.next().await {
            for (place, result) in sent {
                results[place] = result;
            }
        }
        let queued =
            |(result, bytes): (Result<String, _>, _)| result.map(|message_id| Queued { message_id, bytes });
        results.into_iter().zip(bytes).map(queued).collect()
    }

    async fn send_call(
        &self,
        call: Vec<Placed>,
        emails: &[OutgoingEmail<'_>],
        deadline: Deadline,
        metrics: &Metrics,
    ) -> Vec<(usize, Result<String, SendError>)> {
        let places: Vec<_> = call.iter().map(|(place, _)| *place).collect();
        let entries =
            call.into_iter().map(|(place, message)| entry(place, message, &emails[place])).collect();
        let request = self.sqs.send_message_batch().queue_url(&self.queue_url).set_entries(Some(entries));
        let timer = metrics.time(SQS_SEND_LATENCY);
        let sent = timeout_at(deadline.instant(), request.send()).await;
        drop(timer);
        match sent {
            Ok(Ok(output)) => of_entries(&places, output),
            Ok(Err(error)) => {
                let error = AwsError::from(error);
                let failed = |place| (place, Err(SendError::Batch(error.clone())));
                places.into_iter().map(failed).collect()
            }
            Err(_) => places.into_iter().map(|place| (place, Err(SendError::TimedOut))).collect(),
        }
    }
}

/// As few calls as the order of the messages allows.
fn calls(messages: Vec<Placed>) -> Vec<Vec<Placed>> {
    let (mut calls, mut call, mut bytes) = (Vec::new(), Vec::new(), 0);
    for placed in messages {
        if call.len() == ENTRIES || bytes + placed.1.bytes > MESSAGE_LIMIT {
            calls.push(take(&mut call));
            bytes = 0;
        }
        bytes += placed.1.bytes;
        call.push(placed);
    }
    calls.extend(Some(call).filter(|call| !call.is_empty()));
    calls
}

#[expect(clippy::expect_used, reason = "the required parts, id and body, are given")]
fn entry(place: usize, message: Message, email: &OutgoingEmail<'_>) -> SendMessageBatchRequestEntry {
    let entry = SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_body(message.body)
        .set_message_attributes(Some(email.attributes()))
        .set_message_system_attributes(email.trace.map(trace_attribute));
    entry.build().expect("an entry with id and body")
}

/// The result of each place. SQS answers 200 also if entries failed; only an entry among the successful ones is queued.
fn of_entries(places: &[usize], output: SendMessageBatchOutput) -> Vec<(usize, Result<String, SendError>)> {
    // The SDK gives an entry without a message id an empty one. Such an entry counts as not acknowledged, as a single
    // message without an id does.
    let named = output.successful.into_iter().filter(|entry| !entry.message_id.is_empty());
    let queued = named.map(|entry| (entry.id, Ok(entry.message_id)));
    let refused =
        output.failed.into_iter().map(|entry| (entry.id, Err(SendError::Entry { code: entry.code })));
    let mut results: Vec<_> = queued.chain(refused).collect();
    let result = |place: &usize| {
        let id = place.to_string();
        let found = results.iter().position(|(of, _)| *of == id);
        (*place, found.map_or(Err(SendError::NoEntry), |found| results.swap_remove(found).1))
    };
    places.iter().map(result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchResultEntry};

    fn sizes(bytes: &[usize]) -> Vec<usize> {
        let message = |bytes: &usize| Message { body: String::new(), bytes: *bytes };
        calls(bytes.iter().map(message).enumerate().collect()).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_call_has_at_most_ten_messages_and_a_mebibyte() {
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&[1; 25]), [10, 10, 5]);
        assert_eq!(sizes(&[MESSAGE_LIMIT / 2; 3]), [2, 1]);
        assert_eq!(sizes(&[1, MESSAGE_LIMIT, 1, 1]), [1, 1, 2]);
    }

    #[test]
    fn only_an_entry_that_sqs_lists_as_successful_is_queued() {
        let queued = |id: &str| {
            let message_id = if id == "10" { String::new() } else { format!("m-{id}") };
            let entry = SendMessageBatchResultEntry::builder().id(id).message_id(message_id);
            entry.md5_of_message_body("").build().unwrap()
        };
        let refused = BatchResultErrorEntry::builder().id("8").code("InternalError").sender_fault(false);
        let output = SendMessageBatchOutput::builder()
            .set_successful(Some(vec![queued("12"), queued("7"), queued("10"), queued("99")]))
            .set_failed(Some(vec![refused.build().unwrap()]));
        let results = of_entries(&[7, 8, 9, 10, 12], output.build().unwrap());
        let told: Vec<_> = results
            .iter()
            .map(|(place, result)| (*place, result.as_ref().map_err(ToString::to_string)))
            .map(|(place, result)| (place, result.cloned().unwrap_or_else(|error| error)))
            .collect();
        assert_eq!(
            told,
            [
                (7, "m-7".to_owned()),
                (8, "SQS SendMessageBatch: entry refused: InternalError".to_owned()),
                (9, "SQS SendMessageBatch: response without this entry".to_owned()),
                (10, "SQS SendMessageBatch: response without this entry".to_owned()),
                (12, "m-12".to_owned()),
            ]
        );
    }
}
