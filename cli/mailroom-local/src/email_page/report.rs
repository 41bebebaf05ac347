//! The emails and the dead letters as JSON.

use super::Emails;
use crate::journal::{EmailTrace, RECEIPT, Stage};
use sandbox::services::clock::milliseconds;
use sandbox::services::sqs::{Message, Queue, Sqs};
use serde::Serialize;
use std::time::Duration;

/// How many of the latest emails are shown, and how many dead letters of each queue.
const SHOWN: usize = 50;

/// Times are in milliseconds since 1970.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    emails: Vec<Email<'a>>,
    dead_letters: Vec<DeadLetter>,
    missed: u64,
}

#[derive(Serialize)]
struct Email<'a> {
    began: u64,
    stage: &'static str,
    method: Option<&'a str>,
    path: Option<&'a str>,
    status: Option<u16>,
    answered_ms: Option<f64>,
    message_id: Option<&'a str>,
    receipt: Option<&'a str>,
    receives: u32,
    bucket: Option<&'a str>,
    key: Option<&'a str>,
    took_ms: Option<f64>,
}

#[derive(Serialize)]
struct DeadLetter {
    queue: String,
    message_id: String,
    receipt: Option<String>,
    sent: u64,
    receives: u32,
    reason: String,
}

impl<'a> Report<'a> {
    pub(crate) fn new(emails: &'a Emails, sqs: &Sqs) -> Self {
        let queues = sqs.queues();
        let dead_letter_queues = queues.iter().filter(|queue| !sqs.dead_letter_sources(queue).is_empty());
        Self {
            emails: emails.journal.latest().take(SHOWN).map(email).collect(),
            dead_letters: dead_letter_queues.flat_map(|queue| dead_letters(queue, emails)).collect(),
            missed: emails.missed,
        }
    }
}

/// The latest messages of a dead-letter queue, with what was last said of them.
fn dead_letters(queue: &Queue, emails: &Emails) -> Vec<DeadLetter> {
    let dead_letter = |message: &Message| DeadLetter {
        queue: queue.name().to_owned(),
        receipt: message.attributes.get(RECEIPT).and_then(|receipt| receipt.string_value.clone()),
        sent: milliseconds(message.sent_at),
        receives: message.receive_count,
        reason: emails.errors.of(&message.message_id).map_or_else(
            || "received too often and never deleted: the function crashed or ran out of time".to_owned(),
            str::to_owned,
        ),
        message_id: message.message_id.clone(),
    };
    queue.look(SHOWN, dead_letter)
}

fn email(trace: &EmailTrace) -> Email<'_> {
    let request = trace.request.as_ref();
    let stored = trace.stored.as_ref();
    Email {
        began: milliseconds(trace.began),
        stage: match trace.stage {
            Stage::Answered => match request.map_or(0, |request| request.status) {
                500.. => "failed",
                400.. => "refused",
                _ => "answered",
            },
            Stage::Queued => "queued",
            Stage::InFlight => "in flight",
            Stage::Stored => "stored",
            Stage::Deleted => "stored before",
            Stage::DeadLettered => "dead letter",
        },
        method: request.map(|request| request.method.as_str()),
        path: request.map(|request| request.path.as_str()),
        status: request.map(|request| request.status),
        answered_ms: request.map(|request| in_ms(request.took)),
        message_id: trace.message_id.as_deref(),
        receipt: trace.receipt.as_deref(),
        receives: trace.receives,
        bucket: stored.map(|stored| stored.bucket.as_str()),
        key: stored.map(|stored| stored.key.as_str()),
        took_ms: trace.took().map(in_ms),
    }
}

fn in_ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
