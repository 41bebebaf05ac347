//! Operations on queues and their attributes and tags.

use super::required;
use crate::clock::milliseconds;
use crate::error::Result;
use crate::sqs::config::Settings;
use crate::sqs::error::{invalid, invalid_attribute_name, invalid_attribute_value, no_queue};
use crate::sqs::{Queue, Redrive, Sqs};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

/// The most tags of a queue.
const TAGS: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct CreateQueue {
    queue_name: Option<String>,
    attributes: BTreeMap<String, String>,
    /// The one member of SQS's requests that begins with a small letter.
    #[serde(rename = "tags")]
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct GetQueueUrl {
    queue_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct ListQueues {
    queue_name_prefix: String,
}

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

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct TagQueue {
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct UntagQueue {
    tag_keys: Vec<String>,
}

pub(crate) fn create_queue(sqs: &Sqs, request: CreateQueue) -> Result<Value> {
    let name = required("QueueName", request.queue_name.as_deref())?;
    check_tags(&request.tags)?;
    let queue = sqs.create(name, request.tags, |settings| apply(sqs, settings, &request.attributes))?;
    Ok(json!({"QueueUrl": queue.url()}))
}

pub(crate) fn delete_queue(sqs: &Sqs, queue: &Queue) -> Result<Value> {
    sqs.queues.delete(queue);
    Ok(json!({}))
}

pub(crate) fn get_queue_url(sqs: &Sqs, request: &GetQueueUrl) -> Result<Value> {
    let queue = sqs.queue(required("QueueName", request.queue_name.as_deref())?).ok_or_else(no_queue)?;
    Ok(json!({"QueueUrl": queue.url()}))
}

pub(crate) fn list_queues(sqs: &Sqs, request: &ListQueues) -> Result<Value> {
    let queues = sqs.queues();
    let named = queues.iter().filter(|queue| queue.name().starts_with(&request.queue_name_prefix));
    Ok(json!({"QueueUrls": named.map(|queue| queue.url()).collect::<Vec<_>>()}))
}

pub(crate) fn list_dead_letter_source_queues(sqs: &Sqs, queue: &Queue) -> Result<Value> {
    let sources = sqs.dead_letter_sources(queue);
    // The one result of SQS's whose list begins with a small letter.
    Ok(json!({"queueUrls": sources.iter().map(|queue| queue.url()).collect::<Vec<_>>()}))
}

pub(crate) fn get_queue_attributes(request: &GetQueueAttributes, queue: &Queue) -> Result<Value> {
    let mut attributes = attributes(queue);
    let asked = &request.attribute_names;
    let known =
        |name: &String| name == "All" || name == "RedrivePolicy" || attributes.contains_key(name.as_str());
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

/// Changes `settings` as a client asks. Attributes that the sandbox doesn't support (FIFO, own KMS keys, policies) are
/// refused by name: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>.
fn apply(sqs: &Sqs, settings: &mut Settings, attributes: &BTreeMap<String, String>) -> Result<()> {
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
            // Everything is encrypted as far as a client can tell.
            "SqsManagedSseEnabled" if value == "true" => {}
            _ => return Err(invalid_attribute_name(name)),
        }
    }
    Ok(())
}

/// A redrive policy: JSON in a string, with the number as a number or as text. An empty one takes it away.
fn redrive(sqs: &Sqs, policy: &str) -> Result<Option<Redrive>> {
    if policy.is_empty() {
        return Ok(None);
    }
    let wrong = || invalid_attribute_value("RedrivePolicy");
    let policy: Value = serde_json::from_str(policy).map_err(|_| wrong())?;
    let count = &policy["maxReceiveCount"];
    let count = count.as_u64().or_else(|| count.as_str().and_then(|text| text.parse().ok()));
    let arn = policy["deadLetterTargetArn"].as_str().ok_or_else(wrong)?;
    let Some(queue) = sqs.queues.with_arn(arn) else {
        return Err(invalid(format!(
            "Value {policy} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist."
        )));
    };
    let max_receive_count = count.and_then(|count| u32::try_from(count).ok()).ok_or_else(wrong)?;
    Ok(Some(Redrive { dead_letter_queue: queue.name().to_owned(), max_receive_count }))
}

pub(crate) fn tag_queue(sqs: &Sqs, mut request: TagQueue, queue: &Queue) -> Result<Value> {
    sqs.change(queue, |settings| {
        settings.tags.append(&mut request.tags);
        check_tags(&settings.tags)
    })?;
    Ok(json!({}))
}

pub(crate) fn untag_queue(sqs: &Sqs, request: &UntagQueue, queue: &Queue) -> Result<Value> {
    sqs.change(queue, |settings| {
        settings.tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(())
    })?;
    Ok(json!({}))
}

pub(crate) fn list_queue_tags(queue: &Queue) -> Result<Value> {
    let settings = queue.settings();
    Ok(if settings.tags.is_empty() { json!({}) } else { json!({"Tags": settings.tags}) })
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<()> {
    let wrong = |(key, value): (&String, &String)| {
        key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 || key.starts_with("aws:")
    };
    if tags.len() > TAGS || tags.iter().any(wrong) {
        return Err(invalid(
            "A queue has at most 50 tags, with keys of 1 to 128 characters and values of up to 256.",
        ));
    }
    Ok(())
}
