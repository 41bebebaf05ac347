//! The expected response to an event, by the contract.

use super::TOKENS;
use super::aws::{MESSAGE_LIMIT, Sqs};
use super::event::{BATCHES, Event};
use crate::contract::{self, Fields, Shape};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

/// The attribute of each message: its name, its type and a UUID.
const RECEIPT_BYTES: usize = "receipt".len() + "String".len() + 36;

pub(crate) struct Expected {
    /// One of these statuses. There is more than one only where the contract doesn't decide.
    pub(crate) statuses: Vec<u64>,
    /// The emails that SQS is sent.
    pub(crate) emails: Vec<Fields>,
    /// For each email in a batch.
    pub(crate) outcomes: Option<Vec<u64>>,
}

impl Expected {
    pub(crate) fn of(event: &Event) -> Self {
        match event.method_and_path() {
            ("GET" | "HEAD", "/health") => nothing_sent(200),
            ("POST", "/" | "/api/email") => Self::of_body(event, Self::of_email),
            ("POST", BATCHES) => Self::of_body(event, Self::of_batch),
            (_, "/" | "/api/email" | BATCHES | "/health") => nothing_sent(405),
            _ => nothing_sent(404),
        }
    }

    fn of_body(event: &Event, of_emails: fn(&Event, &[u8]) -> Self) -> Self {
        if is_compressed(event) {
            return nothing_sent(415);
        }
        let text = event.text("body");
        let body = if event.json["isBase64Encoded"] == true {
            let Ok(body) = BASE64_STANDARD.decode(text) else { return nothing_sent(400) };
            body
        } else {
            text.as_bytes().to_vec()
        };
        let presented = match contract::shape(&body) {
            Shape::Unreadable => return nothing_sent(400),
            // A fault inside one email of a batch is that email's alone.
            Shape::Borderline => {
                let statuses = if event.is_batch() { vec![200, 400, 403, 503] } else { vec![400, 403, 503] };
                return Self { statuses, ..nothing_sent(400) };
            }
            Shape::Object { presented } => presented,
        };
        if presented.is_empty() {
            return nothing_sent(403);
        }
        if !event.tokens_known {
            return nothing_sent(503);
        }
        if presented.iter().any(|token| !TOKENS.contains(&token.as_str())) {
            return nothing_sent(403);
        }
        of_emails(event, &body)
    }

    fn of_email(event: &Event, body: &[u8]) -> Self {
        let Some(email) = contract::request(body) else { return nothing_sent(400) };
        if is_too_large(&email) {
            return nothing_sent(413);
        }
        Self { emails: vec![email], ..nothing_sent(of_sent(event)) }
    }

    fn of_batch(event: &Event, body: &[u8]) -> Self {
        let Some(emails) = contract::batch(body) else { return nothing_sent(400) };
        let outcome = |email: &Option<Fields>| match email {
            None => 400,
            Some(email) if is_too_large(email) => 413,
            Some(_) => of_sent(event),
        };
        let outcomes: Vec<_> = emails.iter().map(outcome).collect();
        let emails = emails.into_iter().flatten().filter(|email| !is_too_large(email)).collect();
        let status = if outcomes.contains(&503) { 503 } else { 200 };
        Self { emails, outcomes: Some(outcomes), ..nothing_sent(status) }
    }
}

fn is_too_large(email: &Fields) -> bool {
    email.bytes_in_the_queue() + RECEIPT_BYTES > MESSAGE_LIMIT
}

/// The status of an email that SQS is sent.
fn of_sent(event: &Event) -> u64 {
    if event.sqs == Sqs::Acknowledges { 200 } else { 503 }
}

/// True for a `Content-Encoding` with anything but `identity`, as a value or in a list of values.
fn is_compressed(event: &Event) -> bool {
    let headers = ["headers", "multiValueHeaders"].map(|name| event.json[name].as_object());
    let named = headers
        .into_iter()
        .flatten()
        .flatten()
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"));
    let values = named.flat_map(|(_, value)| match value {
        Value::Array(list) if list.iter().all(Value::is_string) => list.clone(),
        other => vec![other.clone()],
    });
    let texts: Vec<_> = values.filter_map(|value| value.as_str().map(str::to_ascii_lowercase)).collect();
    texts.join(",").split(',').any(|coding| !["", "identity"].contains(&coding.trim()))
}

fn nothing_sent(status: u64) -> Expected {
    Expected { statuses: vec![status], emails: Vec::new(), outcomes: None }
}
