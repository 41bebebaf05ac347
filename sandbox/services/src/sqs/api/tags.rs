//! `TagQueue`, `UntagQueue` and `ListQueueTags`.

use crate::error::Result;
use crate::sqs::error::invalid;
use crate::sqs::{Queue, Sqs};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The most tags of a queue.
const TAGS: usize = 50;

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

pub(crate) fn list_queue_tags(queue: &Queue) -> Value {
    let settings = queue.settings();
    if settings.tags.is_empty() { json!({}) } else { json!({"Tags": settings.tags}) }
}

pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<()> {
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
