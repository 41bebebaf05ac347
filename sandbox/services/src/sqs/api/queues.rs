//! Creating, deleting, finding and listing queues.

use super::attributes::apply;
use super::tags::check_tags;
use super::{lists, required};
use crate::error::Result;
use crate::sqs::error::{invalid, no_queue, unsupported};
use crate::sqs::{Queue, Sqs};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most queues of a page.
const PAGE: usize = 1_000;

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
    #[serde(flatten)]
    page: Page,
}

/// The part of a list that a request asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Page {
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(crate) fn create_queue(sqs: &Sqs, request: CreateQueue) -> Result<Value> {
    let name = required("QueueName", request.queue_name.as_deref())?;
    check_type(name, request.attributes.get("FifoQueue").map(String::as_str))?;
    check_tags(&request.tags)?;
    let queue = sqs.create(name, request.tags, |settings| apply(sqs, settings, &request.attributes))?;
    Ok(json!({"QueueUrl": queue.url()}))
}

/// AWS knows a FIFO queue by its name. It takes `FifoQueue` for no other queue, not even with the value `false`.
fn check_type(name: &str, fifo: Option<&str>) -> Result<()> {
    match (fifo, name.ends_with(".fifo")) {
        (Some("true"), true) => Err(unsupported("FIFO queues; leave out the attribute FifoQueue")),
        (Some("true"), false) => Err(invalid(
            "The name of a FIFO queue must end with the .fifo suffix. The sandbox doesn't support FIFO queues; leave out the attribute FifoQueue.",
        )),
        _ => Ok(()),
    }
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
    let mut queues = sqs.queues();
    queues.retain(|queue| queue.name().starts_with(&request.queue_name_prefix));
    list("QueueUrls", queues, &request.page)
}

pub(crate) fn list_dead_letter_source_queues(sqs: &Sqs, request: &Page, queue: &Queue) -> Result<Value> {
    // The one result of SQS's whose list begins with a small letter.
    list("queueUrls", sqs.dead_letter_sources(queue), request)
}

/// One page of `queues`, which are in the order of their names. AWS gives a token for the next one only to a request with
/// `MaxResults`.
fn list(name: &str, mut queues: Vec<Arc<Queue>>, page: &Page) -> Result<Value> {
    if let Some(last) = page.next_token.as_deref().map(last_of).transpose()? {
        queues.retain(|queue| queue.name() > last.as_str());
    }
    let most = match page.max_results.map_or(Ok(PAGE), usize::try_from) {
        Ok(most @ 1..=PAGE) => most,
        _ => return Err(invalid(format!("Value for parameter MaxResults must be between 1 and {PAGE}."))),
    };
    let more = queues.len() > most;
    queues.truncate(most);
    let mut answer = lists([(name, queues.iter().map(|queue| json!(queue.url())).collect())]);
    if let Some(last) = queues.last().filter(|_| more && page.max_results.is_some()) {
        answer["NextToken"] = json!(STANDARD.encode(last.name()));
    }
    Ok(answer)
}

/// The name of the last queue before the page that a token stands for.
fn last_of(token: &str) -> Result<String> {
    let name = STANDARD.decode(token).ok().and_then(|name| String::from_utf8(name).ok());
    name.ok_or_else(|| invalid("Invalid or expired next token."))
}
