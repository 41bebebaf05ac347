//! `ReceiveMessage`.

use super::{attribute::WireAttribute, queue, seconds};
use crate::sqs::{Delivery, MessageAttribute, Sqs, SqsError, digest, limits};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The system attributes that can be asked for; those that a standard queue never has are simply not given.
const SYSTEM_ATTRIBUTES: [&str; 10] = [
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ReceiveMessage {
    queue_url: Option<String>,
    max_number_of_messages: Option<i64>,
    wait_time_seconds: Option<i64>,
    visibility_timeout: Option<i64>,
    /// The older name of the next one.
    #[serde(default)]
    attribute_names: Vec<String>,
    #[serde(default)]
    message_system_attribute_names: Vec<String>,
    #[serde(default)]
    message_attribute_names: Vec<String>,
}

pub(crate) async fn receive_message(sqs: &Sqs, mut request: ReceiveMessage) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    let max = match request.max_number_of_messages.map_or(Ok(1), usize::try_from) {
        Ok(max @ 1..=10) => max,
        _ => {
            let given = request.max_number_of_messages.unwrap_or_default();
            return Err(SqsError::invalid(format!(
                "Value {given} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided."
            )));
        }
    };
    let wait = match request.wait_time_seconds {
        None => queue.config().receive_wait,
        Some(value) => seconds("WaitTimeSeconds", value, limits::WAIT)?,
    };
    let visibility = match request.visibility_timeout {
        None => queue.config().visibility_timeout,
        Some(value) => seconds("VisibilityTimeout", value, limits::VISIBILITY)?,
    };
    request.message_system_attribute_names.append(&mut request.attribute_names);
    let asked = &request.message_system_attribute_names;
    if let Some(name) = asked.iter().find(|name| !SYSTEM_ATTRIBUTES.contains(&name.as_str())) {
        return Err(SqsError::InvalidAttributeName { name: name.clone() });
    }
    let wait = queue.time_scale().apply(wait);
    let deliveries = queue.receive_hidden_for(max, wait, visibility).await?;
    if deliveries.is_empty() {
        return Ok(json!({}));
    }
    let messages: Vec<_> = deliveries.into_iter().map(|delivery| write(delivery, &request)).collect();
    Ok(json!({"Messages": messages}))
}

/// A message with the attributes that were asked for.
fn write(delivery: Delivery, request: &ReceiveMessage) -> Map<String, Value> {
    let system = &request.message_system_attribute_names;
    let all = system.iter().any(|name| name == "All");
    let mut attributes = delivery.attributes;
    attributes.retain(|name, _| all || system.contains(name));
    let mut message_attributes = delivery.message_attributes;
    message_attributes.retain(|name, _| asked(&request.message_attribute_names, name));

    let mut message = Map::from_iter([
        ("MessageId".to_owned(), json!(delivery.message_id)),
        ("ReceiptHandle".to_owned(), json!(delivery.receipt_handle)),
        ("MD5OfBody".to_owned(), json!(delivery.md5_of_body)),
        ("Body".to_owned(), json!(delivery.body)),
    ]);
    if !attributes.is_empty() {
        message.insert("Attributes".to_owned(), json!(attributes));
    }
    if let Some(digest) = digest::of_attributes(&message_attributes) {
        message.insert("MD5OfMessageAttributes".to_owned(), json!(digest));
        message.insert("MessageAttributes".to_owned(), wire(&message_attributes));
    }
    message
}

fn wire(attributes: &BTreeMap<String, MessageAttribute>) -> Value {
    let wire: BTreeMap<_, _> =
        attributes.iter().map(|(name, value)| (name, WireAttribute::from(value))).collect();
    json!(wire)
}

/// Whether a name is meant by what was asked for: `All`, `.*`, a prefix such as `bar.*`, or the name itself.
fn asked(asked: &[String], name: &str) -> bool {
    asked.iter().any(|pattern| match pattern.strip_suffix(".*") {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == "All" || pattern == name,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_can_be_asked_for_by_name_by_prefix_or_all_together() {
        for (pattern, name, meant) in [
            ("All", "receipt", true),
            (".*", "receipt", true),
            ("rec.*", "receipt", true),
            ("receipt", "receipt", true),
            ("rec", "receipt", false),
            ("other.*", "receipt", false),
        ] {
            assert_eq!(asked(&[pattern.to_owned()], name), meant, "{pattern}");
        }
        assert!(!asked(&[], "receipt"));
    }
}
