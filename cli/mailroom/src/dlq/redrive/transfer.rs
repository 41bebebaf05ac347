//! One letter, from the dead-letter queue to the queue.

use crate::system::{Explain, System};
use anyhow::Result;
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use aws_sdk_sqs::types::{
    Message, MessageSystemAttributeName, MessageSystemAttributeNameForSends, MessageSystemAttributeValue,
};

/// Why a letter did not make it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TransferError {
    /// It is where it was. The queue may have it too, if only the answer was lost.
    #[error(transparent)]
    Refused(anyhow::Error),
    /// The queue confirmed something else. The letter is where it was.
    #[error(
        "the queue confirmed another content than the dead-letter queue's, so the letter stays: try again"
    )]
    Unconfirmed,
    /// It is in both queues: it will be sent again, and filed once.
    #[error("{0:#}. That letter is in both queues; it is filed once all the same")]
    Undeleted(anyhow::Error),
}

/// Sends a letter as it is, and deletes it when the queue has confirmed to have it whole. Its new message id.
pub(crate) async fn transfer(system: &System, message: &Message) -> Result<String, TransferError> {
    let sent = send(system, message).await.map_err(TransferError::Refused)?;
    let Some(message_id) = confirmed(message, &sent) else { return Err(TransferError::Unconfirmed) };
    let delete = system.sqs.delete_message().queue_url(&system.outputs.dead_letter_queue_url);
    let deleted = delete.set_receipt_handle(message.receipt_handle.clone()).send().await;
    deleted.explain("a letter that was sent can't be deleted").map_err(TransferError::Undeleted)?;
    Ok(message_id)
}

/// With all its attributes: the receipt is one, and the trace another.
async fn send(system: &System, message: &Message) -> Result<SendMessageOutput> {
    let trace = super::super::letter::attribute(message, &MessageSystemAttributeName::AwsTraceHeader);
    let trace = trace.map(|trace| {
        let value = MessageSystemAttributeValue::builder().data_type("String").string_value(trace).build();
        value.map(|value| (MessageSystemAttributeNameForSends::AwsTraceHeader, value))
    });
    let send = system.sqs.send_message().queue_url(&system.outputs.queue_url);
    let send = send.set_message_body(message.body.clone());
    let send = send.set_message_attributes(message.message_attributes.clone());
    let send = send.set_message_system_attributes(trace.transpose()?.map(|trace| [trace].into()));
    send.send().await.explain("the queue does not take a letter")
}

/// The message's new id, if the queue has what the dead-letter queue had: both tell the MD5 of what they hold.
fn confirmed(message: &Message, sent: &SendMessageOutput) -> Option<String> {
    let same_body = message.md5_of_body().is_some() && message.md5_of_body() == sent.md5_of_message_body();
    let same_attributes = message.md5_of_message_attributes() == sent.md5_of_message_attributes();
    sent.message_id().filter(|_| same_body && same_attributes).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(body: &str, attributes: Option<&str>) -> Message {
        let attributes = attributes.map(str::to_owned);
        Message::builder().md5_of_body(body).set_md5_of_message_attributes(attributes).build()
    }

    fn sent(body: &str, attributes: Option<&str>) -> SendMessageOutput {
        let attributes = attributes.map(str::to_owned);
        let sent = SendMessageOutput::builder().message_id("new").md5_of_message_body(body);
        sent.set_md5_of_message_attributes(attributes).build()
    }

    #[test]
    fn a_letter_is_confirmed_by_the_digests_of_both_queues() {
        let confirms = |sent: &SendMessageOutput| confirmed(&message("b", Some("a")), sent);
        assert_eq!(confirms(&sent("b", Some("a"))).as_deref(), Some("new"));
        for other in [sent("x", Some("a")), sent("b", Some("x")), sent("b", None)] {
            assert_eq!(confirms(&other), None, "{other:?}");
        }
        assert!(confirmed(&message("b", None), &sent("b", None)).is_some());
        let nothing = (Message::builder().build(), SendMessageOutput::builder().message_id("new").build());
        assert_eq!(confirmed(&nothing.0, &nothing.1), None);
    }
}
