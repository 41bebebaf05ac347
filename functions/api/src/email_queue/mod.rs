//! Sends emails to SQS: one, or with `batch` several in a call.

mod batch;

pub(crate) use batch::Queued;

use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
};
use email::{Caller, Email, Receipt, wire_format};
use runtime::aws::AwsError;
use runtime::metrics::{Metrics, SQS_SEND_LATENCY};
use std::collections::HashMap;

/// The most bytes of an SQS message: its body and its message attributes, with their names and types. The trace header,
/// a system attribute, doesn't count ("Amazon SQS message quotas").
pub(crate) const MESSAGE_LIMIT: usize = 1_048_576;
/// The data type of an attribute.
const STRING: &str = "String";

/// An email on its way into the queue.
pub(crate) struct OutgoingEmail<'a> {
    pub(crate) email: &'a Email,
    pub(crate) receipt: Receipt,
    pub(crate) caller: Option<&'a Caller>,
    /// The request's.
    pub(crate) trace: Option<&'a str>,
}

/// A message's body and its size with the attributes.
struct Message {
    body: String,
    bytes: usize,
}

pub struct EmailQueue {
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
}

/// The queue may have the email all the same, unless it is too large.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// SQS was not asked.
    #[error("a message of {bytes} bytes")]
    TooLarge { bytes: usize },
    #[error("SQS SendMessage: {0}")]
    Sqs(AwsError),
    #[error("SQS SendMessageBatch: {0}")]
    Batch(AwsError),
    #[error("SQS SendMessage: response without a message id")]
    NoMessageId,
    /// SQS refused one message of a batch.
    #[error("SQS SendMessageBatch: entry refused: {code}")]
    Entry { code: String },
    #[error("SQS SendMessageBatch: response without this entry")]
    NoEntry,
    #[error("SQS SendMessageBatch: no answer before the function's deadline")]
    TimedOut,
}

impl EmailQueue {
    pub fn new(sqs: aws_sdk_sqs::Client, queue_url: String) -> Self {
        Self { sqs, queue_url }
    }

    /// Sends an email, and returns SQS's message id once SQS has acknowledged it.
    ///
    /// The receipt and the caller go with it as message attributes, the trace as the system attribute `AWSTraceHeader`.
    pub(crate) async fn send(
        &self,
        email: &OutgoingEmail<'_>,
        metrics: &Metrics,
    ) -> Result<String, SendError> {
        let Message { body, .. } = email.message()?;
        let timer = metrics.time(SQS_SEND_LATENCY);
        let request = self
            .sqs
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body)
            .set_message_attributes(Some(email.attributes()))
            .set_message_system_attributes(email.trace.map(trace_attribute));
        let sent = request.send().await;
        drop(timer);
        sent.map_err(|error| SendError::Sqs(error.into()))?.message_id.ok_or(SendError::NoMessageId)
    }
}

impl OutgoingEmail<'_> {
    fn message(&self) -> Result<Message, SendError> {
        let body = wire_format::encode(self.email);
        let receipt_bytes = Receipt::NAME.len() + STRING.len() + Receipt::LENGTH;
        let caller_bytes =
            self.caller.map_or(0, |caller| Caller::NAME.len() + STRING.len() + caller.as_str().len());
        let bytes = body.len() + receipt_bytes + caller_bytes;
        if bytes > MESSAGE_LIMIT { Err(SendError::TooLarge { bytes }) } else { Ok(Message { body, bytes }) }
    }

    fn attributes(&self) -> HashMap<String, MessageAttributeValue> {
        let receipt = (Receipt::NAME.to_owned(), attribute(self.receipt.to_string()));
        let caller = self.caller.map(|caller| (Caller::NAME.to_owned(), attribute(caller.to_string())));
        [receipt].into_iter().chain(caller).collect()
    }
}

#[expect(clippy::expect_used, reason = "the only required part, the data type, is given")]
fn attribute(value: String) -> MessageAttributeValue {
    let value = MessageAttributeValue::builder().data_type(STRING).string_value(value);
    value.build().expect("an attribute with a data type")
}

#[expect(clippy::expect_used, reason = "the only required part, the data type, is given")]
fn trace_attribute(trace: &str) -> HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue> {
    let value = MessageSystemAttributeValue::builder().data_type(STRING).string_value(trace);
    let value = value.build().expect("an attribute with a data type");
    HashMap::from([(MessageSystemAttributeNameForSends::AwsTraceHeader, value)])
}
