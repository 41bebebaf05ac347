//! One email with everything that is known of it, as JSON. The content of emails is here alone.

use super::Page;
use super::entry::Entry;
use super::log::{self, LogLine};
use crate::journal::{EmailTrace, What};
use email::{BatchKey, BatchLine, Caller, Receipt};
use sandbox::services::clock::{in_milliseconds, milliseconds};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::SystemTime;

#[derive(Serialize)]
pub(crate) struct Detail {
    email: Value,
    steps: Vec<Step>,
    /// The object's metadata, or the attributes of the message.
    metadata: Option<BTreeMap<String, String>>,
    /// The object, or the message while it is in a queue: as a string if it is not JSON.
    content: Option<Value>,
    /// Why the content is missing.
    content_missing: Option<String>,
    log: Vec<LogLine>,
}

#[derive(Serialize)]
struct Step {
    at: u64,
    /// Since the email began.
    after_ms: f64,
    step: &'static str,
    detail: Option<String>,
}

struct Found {
    metadata: BTreeMap<String, String>,
    content: Value,
}

impl Detail {
    /// `None` if no email has this number, or it is forgotten.
    pub(crate) async fn of(page: &Page, number: u64) -> Option<Self> {
        let trace = page.emails.lock().journal.get(number)?.clone();
        let found = find(page, &trace).await;
        let (found, content_missing) = match found {
            Ok(found) => (Some(found), None),
            Err(why) => (None, Some(why)),
        };
        let (metadata, content) = found.map(|found| (found.metadata, found.content)).unzip();
        Some(Self {
            email: json!(Entry::new(&trace, &page.sqs)),
            steps: steps(&trace),
            metadata,
            content,
            content_missing,
            log: log::of_email(&page.logs, &trace),
        })
    }
}

/// The email where it is: in the bucket, or else in a queue. Or why it can't be shown.
async fn find(page: &Page, trace: &EmailTrace) -> Result<Found, String> {
    if let Some(stored) = &trace.stored {
        let object = page.s3.get(&stored.bucket, &stored.key).await;
        let object = object.map_err(|error| format!("the object can't be read: {error}"))?;
        if stored.key.starts_with(BatchKey::PREFIX) {
            return line(object.info.metadata, &object.bytes, trace.receipt.as_deref());
        }
        return Ok(Found { metadata: object.info.metadata, content: parsed(&object.bytes) });
    }
    let mut messages = trace.messages();
    let message = messages.find_map(|(queue, message_id)| page.sqs.queue(queue)?.find(message_id));
    let message = message.ok_or_else(|| match trace.message_ids.is_empty() {
        true => "the request sent no message, and its body is not kept".to_owned(),
        false => "the message has left the queue, and its object is not known".to_owned(),
    })?;
    let text = |(name, attribute): (String, sandbox::services::sqs::MessageAttribute)| {
        Some((name, attribute.string_value?))
    };
    let metadata = message.attributes.into_iter().filter_map(text).collect();
    Ok(Found { metadata, content: parsed(message.body.as_bytes()) })
}

/// The email with this receipt in a batch.
fn line(
    mut metadata: BTreeMap<String, String>,
    batch: &[u8],
    receipt: Option<&str>,
) -> Result<Found, String> {
    let receipt: Option<Receipt> = receipt.and_then(|receipt| receipt.parse().ok());
    let mut lines = batch.split(|byte| *byte == b'\n').filter_map(|line| BatchLine::parse(line).ok());
    let line = lines.find(|line| line.receipt.is_some() && line.receipt == receipt);
    let line = line.ok_or("no line of the object has the email's receipt")?;
    metadata.extend(line.receipt.map(|receipt| (Receipt::NAME.to_owned(), receipt.to_string())));
    metadata.extend(line.caller.map(|caller| (Caller::NAME.to_owned(), caller.to_string())));
    Ok(Found { metadata, content: json!(line.email) })
}

fn parsed(email: &[u8]) -> Value {
    serde_json::from_slice(email)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(email).into_owned()))
}

fn steps(trace: &EmailTrace) -> Vec<Step> {
    let step = |at: SystemTime, step, detail| {
        let after = at.duration_since(trace.began).unwrap_or_default();
        Step { at: milliseconds(at), after_ms: in_milliseconds(after), step, detail }
    };
    let posted = trace
        .request
        .as_ref()
        .map(|request| step(trace.began, "posted", Some(format!("{} {}", request.method, request.path))));
    let others = trace.steps.iter().map(|it| {
        let (name, detail) = described(trace, &it.what);
        step(it.at, name, detail)
    });
    posted.into_iter().chain(others).collect()
}

fn described(trace: &EmailTrace, what: &What) -> (&'static str, Option<String>) {
    match what {
        What::Answered(status) => ("answered", Some(status.to_string())),
        What::Queued => ("queued", None),
        What::Received(1) => ("received", None),
        What::Received(receives) => ("received", Some(format!("{receives} times"))),
        What::GivenBack(why) => ("given back", Some(why.clone())),
        What::DeadLetter => ("dead letter", None),
        What::Redriven => ("redriven", Some("back in the queue, under a new message id".to_owned())),
        What::Discarded => ("discarded", trace.reason.clone()),
        What::Stored => ("stored", trace.stored.as_ref().map(|stored| stored.key.clone())),
        What::Duplicate => ("duplicate", Some("the same email was stored before".to_owned())),
    }
}
