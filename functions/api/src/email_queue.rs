//! Sends emails to SQS.

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
    #[error("SQS SendMessage: response without a message id")]
    NoMessageId,
}

impl EmailQueue {
    pub fn new(sqs: aws_sdk_sqs::Client, queue_url: String) -> Self {
        Self { sqs, queue_url }
    }

    /// Sends `email`, and returns SQS's message id once SQS has acknowledged it.
    ///
    /// The receipt and the caller go with it as message attributes, the trace as the system attribute `AWSTraceHeader`.
    pub(crate) async fn send(
        &self,
        email: &Email,
        receipt: Receipt,
        caller: Option<&Caller>,
        trace: Option<&str>,
        metrics: &Metrics,
    ) -> Result<String, SendError> {
        let body = wire_format::encode(email);
        let receipt_bytes = Receipt::NAME.len() + STRING.len() + Receipt::LENGTH;
        let caller_bytes =
            caller.map_or(0, |caller| Caller::NAME.len() + STRING.len() + caller.as_str().len());
        let bytes = body.len() + receipt_bytes + caller_bytes;
        if bytes > MESSAGE_LIMIT {
            return Err(SendError::TooLarge { bytes });
        }
        let timer = metrics.time(SQS_SEND_LATENCY);
        let mut request = self
            .sqs
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body)
            .message_attributes(Receipt::NAME, attribute(receipt.to_string()))
            .set_message_system_attributes(trace.map(trace_attribute));
        if let Some(caller) = caller {
            request = request.message_attributes(Caller::NAME, attribute(caller.to_string()));
        }
        let sent = request.send().await;
        drop(timer);
        sent.map_err(|error| SendError::Sqs(error.into()))?.message_id.ok_or(SendError::NoMessageId)
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
