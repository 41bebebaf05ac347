//! A dead letter, without its content.

use super::Reason;
use crate::report::{count, rfc_3339_millis, time_of};
use crate::system::{Explain, System};
use anyhow::Result;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Attribute, QueueAttributeName};
use email::{Caller, Receipt};
use serde::Serialize;
use terminal::text::Printable;

/// The parts of a dead letter that may be shown. Its body is somebody's mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct DeadLetter {
    /// SQS's id. A redrive gives it another.
    pub(crate) message_id: Printable,
    /// The receipt that its sender got; nothing if it was put into the queue by hand.
    pub(crate) receipt: Option<Printable>,
    /// The caller that the token named with which it was posted.
    pub(crate) caller: Option<Caller>,
    /// When SQS took it, in RFC 3339.
    pub(crate) sent: Option<String>,
    /// How often it was received, this time included: by the worker, then each time that somebody looked. SQS counts
    /// across all queues (ReceiveMessage, Amazon SQS API reference).
    pub(crate) receives: u64,
    /// How often the worker received it before SQS moved it here; nothing if SQS doesn't say that it did.
    pub(crate) worker_receives: Option<u64>,
    /// SQS moved it from another queue.
    #[serde(skip)]
    pub(crate) was_moved: bool,
    pub(crate) bytes: u64,
    pub(crate) reason: Reason,
}

impl DeadLetter {
    pub(crate) fn of(message: &Message) -> Self {
        let body = message.body().unwrap_or_default();
        Self {
            message_id: message.message_id().unwrap_or_default().into(),
            receipt: receipt(message).map(Printable::from),
            caller: text(message, Caller::NAME).and_then(|caller| caller.parse().ok()),
            sent: number(message, &Attribute::SentTimestamp).and_then(time_of).map(rfc_3339_millis),
            receives: number(message, &Attribute::ApproximateReceiveCount).unwrap_or_default(),
            worker_receives: None,
            was_moved: attribute(message, &Attribute::DeadLetterQueueSourceArn).is_some(),
            bytes: body.len() as u64,
            reason: Reason::of(body),
        }
    }

    /// With the receives after which SQS moves a message. The first receive after those is a look at the dead letter.
    pub(crate) fn with_max_receives(self, max: Option<u64>) -> Self {
        let worker_receives = max.filter(|_| self.was_moved).map(|max| max.min(self.receives));
        Self { worker_receives, ..self }
    }

    /// "5 receives by worker, 1 look". A message that was put here by hand was only looked at.
    pub(crate) fn received(&self) -> String {
        match self.worker_receives {
            Some(worker) => {
                let looks = count(self.receives - worker, "look");
                format!("{} by worker, {looks}", count(worker, "receive"))
            }
            None => count(self.receives, "receive"),
        }
    }
}

/// How often SQS lets the worker receive a message, if it moves messages at all.
pub(crate) async fn max_receives(system: &System) -> Result<Option<u64>> {
    let queue_url = &system.outputs.queue_url;
    let name = QueueAttributeName::RedrivePolicy;
    let get = system.sqs.get_queue_attributes().queue_url(queue_url).attribute_names(name.clone());
    let answer = get.send().await.explain(format!("can't read the attributes of the queue {queue_url}"))?;
    let policy = answer.attributes().and_then(|attributes| attributes.get(&name));
    Ok(policy.and_then(|policy| max_receives_of(policy)))
}

/// SQS writes the number as it was set: as a number or as text.
fn max_receives_of(policy: &str) -> Option<u64> {
    let policy: serde_json::Value = serde_json::from_str(policy).ok()?;
    let max = &policy["maxReceiveCount"];
    max.as_u64().or_else(|| max.as_str()?.parse().ok())
}

pub(crate) fn receipt(message: &Message) -> Option<&str> {
    text(message, Receipt::NAME)
}

/// A message attribute that is text.
fn text<'a>(message: &'a Message, name: &str) -> Option<&'a str> {
    message.message_attributes()?.get(name)?.string_value()
}

/// A system attribute. SQS writes numbers as text.
pub(crate) fn attribute<'a>(message: &'a Message, name: &Attribute) -> Option<&'a str> {
    message.attributes()?.get(name).map(String::as_str)
}

fn number(message: &Message, name: &Attribute) -> Option<u64> {
    attribute(message, name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sqs::types::MessageAttributeValue;

    #[test]
    fn a_dead_letter_has_nothing_of_its_body() {
        let receipt = MessageAttributeValue::builder().data_type("String").string_value("the-receipt");
        let message = Message::builder()
            .message_id("the-id")
            .body("secret")
            .message_attributes("receipt", receipt.build().unwrap())
            .attributes(Attribute::SentTimestamp, "1693561101123")
            .attributes(Attribute::ApproximateReceiveCount, "6")
            .build();
        let letter = DeadLetter::of(&message);
        assert_eq!(
            serde_json::to_string(&letter).unwrap(),
            r#"{"message_id":"the-id","receipt":"the-receipt","caller":null,"sent":"2023-09-01T09:38:21.123Z","receives":6,"worker_receives":null,"bytes":6,"reason":"not_json"}"#
        );
    }

    #[test]
    fn a_letter_put_there_by_hand_has_no_receipt() {
        let letter = DeadLetter::of(&Message::builder().message_id("the-id").build());
        assert_eq!((letter.receipt, letter.sent), (None, None));
    }

    #[test]
    fn looks_at_a_dead_letter_are_not_receives_of_the_worker() {
        let letter = |receives: &str, source: Option<&str>| {
            let message = Message::builder().attributes(Attribute::ApproximateReceiveCount, receives);
            let message = source.iter().fold(message, |message, source| {
                message.attributes(Attribute::DeadLetterQueueSourceArn, *source)
            });
            DeadLetter::of(&message.build()).with_max_receives(Some(5))
        };
        let queue = Some("arn:aws:sqs:eu-central-1:123456789012:queue");
        for (receives, source, said) in [
            ("6", queue, "5 receives by worker, 1 look"),
            ("12", queue, "5 receives by worker, 7 looks"),
            ("3", queue, "3 receives by worker, 0 looks"),
            ("3", None, "3 receives"),
        ] {
            assert_eq!(letter(receives, source).received(), said);
        }
        assert_eq!(letter("9", queue).worker_receives, Some(5));
    }

    #[test]
    fn the_receives_of_the_worker_are_those_of_the_redrive_policy() {
        for (policy, max) in [
            (r#"{"deadLetterTargetArn":"a","maxReceiveCount":5}"#, Some(5)),
            (r#"{"deadLetterTargetArn":"a","maxReceiveCount":"5"}"#, Some(5)),
            ("", None),
            ("{}", None),
        ] {
            assert_eq!(max_receives_of(policy), max, "{policy}");
        }
    }
}
