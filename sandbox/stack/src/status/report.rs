//! All that is known, as JSON for the page.

use super::history::History;
use super::watch::Watch;
use crate::journal::{Passage, RECEIPT, Stage};
use sandbox_services::sqs::{Message, Queue, Sqs};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How many of the latest passages are shown, and how many dead letters.
const SHOWN: usize = 50;

#[derive(Serialize)]
pub(crate) struct Report<'a> {
    /// Now, and when the stack started: milliseconds since 1970, like every time in here.
    now: u64,
    since: u64,
    /// Answers by status.
    answers: &'a BTreeMap<u16, u64>,
    /// Objects stored.
    stored: u64,
    queues: Vec<QueueReport>,
    dead_letters: Vec<DeadLetter>,
    emails: Vec<Email<'a>>,
    functions: Vec<FunctionReport<'a>>,
    history: &'a History,
    /// Events that could not be counted, since they came too fast.
    missed: u64,
}

#[derive(Serialize)]
struct QueueReport {
    name: String,
    visible: usize,
    in_flight: usize,
    delayed: usize,
    oldest_seconds: Option<f64>,
    dead_letter_queue: bool,
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
struct FunctionReport<'a> {
    name: &'a str,
    cold_starts: u64,
    ended: u64,
    instances: Vec<Instance>,
}

#[derive(Serialize)]
struct Instance {
    process: u32,
    since: u64,
}

impl<'a> Report<'a> {
    pub(crate) fn new(watch: &'a Watch, sqs: &Sqs) -> Self {
        let queues = sqs.queues();
        let is_dead = |queue: &Queue| !sqs.dead_letter_sources(queue).is_empty();
        let dead_letters = queues.iter().filter(|queue| is_dead(queue));
        Self {
            now: milliseconds(SystemTime::now()),
            since: milliseconds(watch.since),
            answers: &watch.answers,
            stored: watch.stored,
            dead_letters: dead_letters.flat_map(|queue| dead_letters_of(queue, watch)).collect(),
            queues: queues.iter().map(|queue| queue_report(queue, is_dead(queue))).collect(),
            emails: watch.journal.latest().take(SHOWN).map(email).collect(),
            functions: watch
                .functions
                .iter()
                .map(|(name, instances)| FunctionReport {
                    name,
                    cold_starts: instances.cold_starts,
                    ended: instances.ended,
                    instances: instances
                        .running
                        .iter()
                        .map(|(process, since)| Instance { process: *process, since: milliseconds(*since) })
                        .collect(),
                })
                .collect(),
            history: &watch.history,
            missed: watch.missed,
        }
    }
}

fn queue_report(queue: &Queue, dead_letter_queue: bool) -> QueueReport {
    let counts = queue.counts();
    QueueReport {
        name: queue.name().to_owned(),
        visible: counts.visible,
        in_flight: counts.in_flight,
        delayed: counts.delayed,
        oldest_seconds: queue.oldest_age().map(|age| age.as_secs_f64()),
        dead_letter_queue,
    }
}

/// The latest messages of a dead-letter queue, with what was last said of them.
fn dead_letters_of(queue: &Queue, watch: &Watch) -> Vec<DeadLetter> {
    let dead_letter = |message: &Message| DeadLetter {
        queue: queue.name().to_owned(),
        receipt: message.attributes.get(RECEIPT).and_then(|receipt| receipt.string_value.clone()),
        sent: milliseconds(message.sent_at),
        receives: message.receive_count,
        reason: watch.troubles.of(&message.message_id).map_or_else(
            || "received too often and never deleted: the function crashed or ran out of time".to_owned(),
            str::to_owned,
        ),
        message_id: message.message_id.clone(),
    };
    queue.look(SHOWN, dead_letter)
}

fn email(passage: &Passage) -> Email<'_> {
    let request = passage.request.as_ref();
    let stored = passage.stored.as_ref();
    Email {
        began: milliseconds(passage.began),
        stage: match passage.stage {
            Stage::Answered => match request.map_or(0, |request| request.status) {
                500.. => "failed",
                400.. => "refused",
                _ => "answered",
            },
            Stage::Queued => "queued",
            Stage::InFlight => "in flight",
            Stage::Stored => "filed",
            Stage::Deleted => "filed before",
            Stage::DeadLettered => "dead letter",
        },
        method: request.map(|request| request.method.as_str()),
        path: request.map(|request| request.path.as_str()),
        status: request.map(|request| request.status),
        answered_ms: request.map(|request| in_ms(request.took)),
        message_id: passage.message_id.as_deref(),
        receipt: passage.receipt.as_deref(),
        receives: passage.receives,
        bucket: stored.map(|stored| stored.bucket.as_str()),
        key: stored.map(|stored| stored.key.as_str()),
        took_ms: passage.took().map(in_ms),
    }
}

fn in_ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

fn milliseconds(time: SystemTime) -> u64 {
    let since_1970 = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX)
}
