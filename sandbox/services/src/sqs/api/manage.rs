//! `CreateQueue`, `DeleteQueue`, `SetQueueAttributes` and the tags.

use super::{queue, required};
use crate::sqs::{Redrive, Sqs, SqsError, limits, settings::Settings};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

/// The most tags of a queue.
const TAGS: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CreateQueue {
    queue_name: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    /// The one member of SQS's requests that begins with a small letter.
    #[serde(default, rename = "tags")]
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ManageQueue {
    queue_url: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

pub(crate) fn create_queue(sqs: &Sqs, request: CreateQueue) -> Result<Value, SqsError> {
    let name = required("QueueName", request.queue_name.as_deref())?;
    check_tags(&request.tags)?;
    let queue = sqs.create(name, request.tags, |settings| apply(sqs, settings, &request.attributes))?;
    Ok(json!({"QueueUrl": queue.url()}))
}

pub(crate) fn delete_queue(sqs: &Sqs, request: &ManageQueue) -> Result<Value, SqsError> {
    sqs.queues.delete(&*queue(sqs, request.queue_url.as_deref())?);
    Ok(json!({}))
}

pub(crate) fn set_queue_attributes(sqs: &Sqs, request: &ManageQueue) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    sqs.change(&queue, |settings| apply(sqs, settings, &request.attributes))?;
    Ok(json!({}))
}

pub(crate) fn tag_queue(sqs: &Sqs, mut request: ManageQueue) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    sqs.change(&queue, |settings| {
        settings.tags.append(&mut request.tags);
        check_tags(&settings.tags)
    })?;
    Ok(json!({}))
}

pub(crate) fn untag_queue(sqs: &Sqs, request: &ManageQueue) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    sqs.change(&queue, |settings| {
        settings.tags.retain(|key, _| !request.tag_keys.contains(key));
        Ok(())
    })?;
    Ok(json!({}))
}

pub(crate) fn list_queue_tags(sqs: &Sqs, request: &ManageQueue) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    let settings = queue.settings();
    Ok(if settings.tags.is_empty() { json!({}) } else { json!({"Tags": settings.tags}) })
}

fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), SqsError> {
    let wrong = |(key, value): (&String, &String)| {
        key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 || key.starts_with("aws:")
    };
    if tags.len() > TAGS || tags.iter().any(wrong) {
        let reason = "A queue has at most 50 tags, with keys of 1 to 128 characters and values of up to 256.";
        return Err(SqsError::invalid(reason));
    }
    Ok(())
}

/// Changes `settings` as a client asks. Attributes of queues that can't be here (FIFO, own KMS keys, policies)
/// are refused by name: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>.
fn apply(sqs: &Sqs, settings: &mut Settings, attributes: &BTreeMap<String, String>) -> Result<(), SqsError> {
    for (name, value) in attributes {
        let wrong = || SqsError::InvalidAttributeValue { name: name.clone() };
        let number = || value.parse().map_err(|_| wrong());
        let seconds = || number().map(Duration::from_secs);
        let config = &mut settings.config;
        match name.as_str() {
            "VisibilityTimeout" => config.visibility_timeout = seconds()?,
            "MessageRetentionPeriod" => config.retention = seconds()?,
            "ReceiveMessageWaitTimeSeconds" => config.receive_wait = seconds()?,
            "MaximumMessageSize" => {
                config.maximum_message_size =
                    number().and_then(|n| usize::try_from(n).map_err(|_| wrong()))?;
            }
            "DelaySeconds" => {
                settings.delay =
                    seconds().and_then(|d| if d <= limits::DELAY { Ok(d) } else { Err(wrong()) })?;
            }
            "RedrivePolicy" => config.redrive = redrive(sqs, value)?,
            // Everything is encrypted as far as a client can tell.
            "SqsManagedSseEnabled" if value == "true" => {}
            _ => return Err(SqsError::InvalidAttributeName { name: name.clone() }),
        }
    }
    Ok(())
}

/// A redrive policy: JSON in a string, with the number as a number or as text. An empty one takes it away.
fn redrive(sqs: &Sqs, policy: &str) -> Result<Option<Redrive>, SqsError> {
    if policy.is_empty() {
        return Ok(None);
    }
    let wrong = || SqsError::InvalidAttributeValue { name: "RedrivePolicy".to_owned() };
    let policy: Value = serde_json::from_str(policy).map_err(|_| wrong())?;
    let count = &policy["maxReceiveCount"];
    let count = count.as_u64().or_else(|| count.as_str().and_then(|text| text.parse().ok()));
    let arn = policy["deadLetterTargetArn"].as_str().ok_or_else(wrong)?;
    let Some(queue) = sqs.queues.with_arn(arn) else {
        return Err(SqsError::InvalidParameterValue {
            message: format!(
                "Value {policy} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist."
            ),
        });
    };
    let max_receive_count = count.and_then(|count| u32::try_from(count).ok()).ok_or_else(wrong)?;
    Ok(Some(Redrive { dead_letter_queue: queue.name().to_owned(), max_receive_count }))
}
