//! The expected response to an event, by the contract.

use super::TOKENS;
use super::aws::{MESSAGE_LIMIT, Sqs};
use super::event::Event;
use crate::contract::{self, Fields, Shape};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

/// The attribute of each message: its name, its type and a UUID.
const RECEIPT_BYTES: usize = "receipt".len() + "String".len() + 36;

pub(crate) struct Expected {
    /// One of these statuses. There is more than one only where the contract doesn't decide.
    pub(crate) statuses: Vec<u64>,
    /// The email that SQS is sent.
    pub(crate) email: Option<Fields>,
}

impl Expected {
    pub(crate) fn of(event: &Event) -> Self {
        match event.method_and_path() {
            ("GET" | "HEAD", "/health") => nothing_sent(200),
            ("POST", "/" | "/api/email") => Self::of_email(event),
            (_, "/" | "/api/email" | "/health") => nothing_sent(405),
            _ => nothing_sent(404),
        }
    }

    fn of_email(event: &Event) -> Self {
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
            Shape::Borderline => return Self { statuses: vec![400, 403, 503], email: None },
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
        let Some(email) = contract::request(&body) else { return nothing_sent(400) };
        if email.bytes_in_the_queue() + RECEIPT_BYTES > MESSAGE_LIMIT {
            return nothing_sent(413);
        }
        let status = if event.sqs == Sqs::Acknowledges { 200 } else { 503 };
        Self { statuses: vec![status], email: Some(email) }
    }
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
    Expected { statuses: vec![status], email: None }
}
