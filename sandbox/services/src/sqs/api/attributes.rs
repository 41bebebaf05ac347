//! `GetQueueAttributes`, `SetQueueAttributes`, and the attributes of `CreateQueue`.

use crate::clock::milliseconds;
use crate::error::{Result, ServiceError};
use crate::sqs::config::Settings;
use crate::sqs::error::{invalid, invalid_attribute_name, invalid_attribute_value, unsupported};
use crate::sqs::{Queue, Redrive, Sqs};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::{Duration, SystemTime};

/// The attributes of standard queues that the sandbox doesn't support.
const UNSUPPORTED: [&str; 4] =
    ["KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "Policy", "RedriveAllowPolicy"];
/// For these AWS says that they need a FIFO queue; `FifoQueue` and `ContentBasedDeduplication` it calls unknown there.
const FIFO_ONLY: [&str; 2] = ["DeduplicationScope", "FifoThroughputLimit"];
/// `maxReceiveCount` of a redrive policy.
const RECEIVES: RangeInclusive<u32> = 1..=1_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct GetQueueAttributes {
    attribute_names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct SetQueueAttributes {
    attributes: BTreeMap<String, String>,
}

pub(crate) fn get_queue_attributes(request: &GetQueueAttributes, queue: &Queue) -> Result<Value> {
    let mut attributes = attributes(queue);
    let asked = &request.attribute_names;
    // AWS knows the others too and leaves out those that aren't set.
    let known = |name: &String| {
        UNSUPPORTED.contains(&name.as_str())
            || ["All", "RedrivePolicy", "FifoQueue", "ContentBasedDeduplication"].contains(&name.as_str())
            || FIFO_ONLY.contains(&name.as_str())
            || attributes.contains_key(name.as_str())
    };
    if let Some(name) = asked.iter().find(|name| !known(name)) {
        return Err(invalid_attribute_name(name));
    }
    attributes.retain(|name, _| asked.iter().any(|asked| asked == "All" || asked == name));
    Ok(if attributes.is_empty() { json!({}) } else { json!({"Attributes": attributes}) })
}

fn attributes(queue: &Queue) -> BTreeMap<&'static str, String> {
    let settings = queue.settings();
    let config = &settings.config;
    let counts = queue.counts();
    let timestamp = |time: SystemTime| (milliseconds(time) / 1_000).to_string();
    let mut attributes = BTreeMap::from([
        ("QueueArn", queue.arn().to_owned()),
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
        ("CreatedTimestamp", timestamp(queue.created_at)),
        ("LastModifiedTimestamp", timestamp(settings.modified_at)),
        ("VisibilityTimeout", config.visibility_timeout.as_secs().to_string()),
        ("MessageRetentionPeriod", config.retention.as_secs().to_string()),
        ("MaximumMessageSize", config.maximum_message_size.to_string()),
        ("ReceiveMessageWaitTimeSeconds", config.receive_wait.as_secs().to_string()),
        ("DelaySeconds", config.delay.as_secs().to_string()),
        ("SqsManagedSseEnabled", "true".to_owned()),
    ]);
    if let Some(redrive) = &config.redrive {
        // By its name: the policy stays as it was set, also after that queue was deleted.
        let account = queue.arn().strip_suffix(queue.name()).unwrap_or_default();
        let target = format!("{account}{}", redrive.dead_letter_queue);
        let policy = json!({"deadLetterTargetArn": target, "maxReceiveCount": redrive.max_receive_count});
        attributes.insert("RedrivePolicy", policy.to_string());
    }
    attributes
}

pub(crate) fn set_queue_attributes(sqs: &Sqs, request: &SetQueueAttributes, queue: &Queue) -> Result<Value> {
    sqs.change(queue, |settings| apply(sqs, settings, &request.attributes))?;
    Ok(json!({}))
}

/// Changes `settings` as a client asks:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>.
pub(crate) fn apply(sqs: &Sqs, settings: &mut Settings, attributes: &BTreeMap<String, String>) -> Result<()> {
    let config = &mut settings.config;
    for (name, value) in attributes {
        let wrong = || invalid_attribute_value(name);
        let seconds = || value.parse().map(Duration::from_secs).map_err(|_| wrong());
        match name.as_str() {
            "VisibilityTimeout" => config.visibility_timeout = seconds()?,
            "MessageRetentionPeriod" => config.retention = seconds()?,
            "ReceiveMessageWaitTimeSeconds" => config.receive_wait = seconds()?,
            "DelaySeconds" => config.delay = seconds()?,
            "MaximumMessageSize" => config.maximum_message_size = value.parse().map_err(|_| wrong())?,
            "RedrivePolicy" => config.redrive = redrive(sqs, value)?,
            name => check_other(name, value)?,
        }
    }
    Ok(())
}

/// Accepts values that change nothing here. For others, the error names what doesn't support them: the sandbox, a
/// standard queue or AWS.
fn check_other(name: &str, value: &str) -> Result<()> {
    let attribute = |name: &str| unsupported(&format!("the queue attribute {name}"));
    match name {
        // Everything is encrypted as far as a client can tell.
        "SqsManagedSseEnabled" if value == "true" => Ok(()),
        "SqsManagedSseEnabled" if value == "false" => Err(unsupported("SqsManagedSseEnabled=false")),
        "SqsManagedSseEnabled" => Err(invalid_attribute_value(name)),
        // AWS removes the one that is there.
        _ if UNSUPPORTED.contains(&name) && value.is_empty() => Ok(()),
        _ if UNSUPPORTED.contains(&name) => Err(attribute(name)),
        _ if FIFO_ONLY.contains(&name) => {
            let message = format!("You can specify the {name} only when FifoQueue is set to true.");
            Err(ServiceError::new("InvalidAttributeName", message))
        }
        _ => Err(invalid_attribute_name(name)),
    }
}

/// A redrive policy: JSON in a string, with the number as a number or as text. An empty one takes it away.
fn redrive(sqs: &Sqs, policy: &str) -> Result<Option<Redrive>> {
    if policy.is_empty() {
        return Ok(None);
    }
    let wrong = |reason: &str| {
        invalid(format!("Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}."))
    };
    let missing = |name: &str| wrong(&format!("Redrive policy does not contain mandatory attribute: {name}"));
    let parts: Map<String, Value> =
        serde_json::from_str(policy).map_err(|_| wrong("Redrive policy is not a valid JSON map"))?;
    let count = parts.get("maxReceiveCount").ok_or_else(|| missing("maxReceiveCount"))?;
    let arn = parts.get("deadLetterTargetArn").ok_or_else(|| missing("deadLetterTargetArn"))?;
    let number = count.as_u64().or_else(|| count.as_str().and_then(|text| text.parse().ok()));
    let Some(max_receive_count) = number.and_then(|n| u32::try_from(n).ok()).filter(|n| RECEIVES.contains(n))
    else {
        let reason = format!(
            "Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive"
        );
        return Err(wrong(&reason));
    };
    let arn = arn.as_str().filter(|arn| arn.starts_with("arn:") && arn.split(':').count() == 6);
    let arn = arn.ok_or_else(|| wrong("Invalid value for deadLetterTargetArn"))?;
    let queue = sqs.queues.with_arn(arn).ok_or_else(|| wrong("Dead letter target does not exist"))?;
    Ok(Some(Redrive { dead_letter_queue: queue.name().to_owned(), max_receive_count }))
}
