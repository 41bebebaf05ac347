//! `GetQueueUrl`, `GetQueueAttributes`, `ListQueues`, `ListDeadLetterSourceQueues` and `PurgeQueue`.

use super::{queue, required};
use crate::sqs::{Queue, Sqs, SqsError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    time::{SystemTime, UNIX_EPOCH},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct OneQueue {
    queue_url: Option<String>,
    queue_name: Option<String>,
    #[serde(default)]
    attribute_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListQueues {
    #[serde(default)]
    queue_name_prefix: String,
}

pub(crate) fn get_queue_url(sqs: &Sqs, request: &OneQueue) -> Result<Value, SqsError> {
    let name = required("QueueName", request.queue_name.as_deref())?;
    match sqs.queue(name) {
        Some(queue) => Ok(json!({"QueueUrl": queue.url()})),
        None => Err(SqsError::QueueDoesNotExist { name: name.to_owned() }),
    }
}

pub(crate) fn list_queues(sqs: &Sqs, request: &ListQueues) -> Result<Value, SqsError> {
    let queues = sqs.queues();
    let named = queues.iter().filter(|queue| queue.name().starts_with(&request.queue_name_prefix));
    let urls: Vec<_> = named.map(|queue| queue.url()).collect();
    Ok(json!({"QueueUrls": urls}))
}

pub(crate) fn list_dead_letter_source_queues(sqs: &Sqs, request: &OneQueue) -> Result<Value, SqsError> {
    let sources = sqs.dead_letter_sources(&*queue(sqs, request.queue_url.as_deref())?);
    let urls: Vec<_> = sources.iter().map(|queue| queue.url()).collect();
    // The one answer of SQS whose list begins with a small letter.
    Ok(json!({"queueUrls": urls}))
}

pub(crate) fn purge_queue(sqs: &Sqs, request: &OneQueue) -> Result<Value, SqsError> {
    queue(sqs, request.queue_url.as_deref())?.purge()?;
    Ok(json!({}))
}

pub(crate) fn get_queue_attributes(sqs: &Sqs, request: &OneQueue) -> Result<Value, SqsError> {
    let queue = queue(sqs, request.queue_url.as_deref())?;
    let attributes = attributes(&queue);
    let asked = &request.attribute_names;
    let known =
        |name: &String| name == "All" || name == "RedrivePolicy" || attributes.contains_key(name.as_str());
    if let Some(name) = asked.iter().find(|name| !known(name)) {
        return Err(SqsError::InvalidAttributeName { name: name.clone() });
    }
    let all = asked.iter().any(|name| name == "All");
    let given: BTreeMap<_, _> =
        attributes.iter().filter(|(name, _)| all || asked.iter().any(|a| a == *name)).collect();
    Ok(if given.is_empty() { json!({}) } else { json!({"Attributes": given}) })
}

fn attributes(queue: &Queue) -> BTreeMap<&'static str, String> {
    let settings = queue.settings();
    let config = &settings.config;
    let counts = queue.counts();
    let seconds =
        |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().to_string();
    let mut attributes = BTreeMap::from([
        ("QueueArn", queue.arn().to_owned()),
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        ("ApproximateNumberOfMessagesNotVisible", counts.in_flight.to_string()),
        ("ApproximateNumberOfMessagesDelayed", counts.delayed.to_string()),
        ("CreatedTimestamp", seconds(queue.created_at())),
        ("LastModifiedTimestamp", seconds(settings.modified_at)),
        ("VisibilityTimeout", config.visibility_timeout.as_secs().to_string()),
        ("MessageRetentionPeriod", config.retention.as_secs().to_string()),
        ("MaximumMessageSize", config.maximum_message_size.to_string()),
        ("ReceiveMessageWaitTimeSeconds", config.receive_wait.as_secs().to_string()),
        ("DelaySeconds", settings.delay.as_secs().to_string()),
        ("SqsManagedSseEnabled", "true".to_owned()),
    ]);
    if let Some(redrive) = &config.redrive {
        // By its name: the policy stays as it was set, also when somebody deleted that queue.
        let account = queue.arn().strip_suffix(queue.name()).unwrap_or_default();
        let target = format!("{account}{}", redrive.dead_letter_queue);
        let policy = json!({"deadLetterTargetArn": target, "maxReceiveCount": redrive.max_receive_count});
        attributes.insert("RedrivePolicy", policy.to_string());
    }
    attributes
}
