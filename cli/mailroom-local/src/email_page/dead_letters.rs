//! The dead letters by reason, each with the command for it.

use super::Page;
use crate::journal::{Journal, RECEIPT};
use email::wire_format;
use sandbox::services::clock::milliseconds;
use sandbox::services::sqs::{Message, Queue};
use serde::Serialize;
use std::collections::BTreeMap;

/// The latest dead letters of each queue that are looked at, and those of a reason that are listed.
const LOOKED_AT: usize = 2_000;
const LISTED: usize = 50;
/// The commands' word for an email that could not be stored. The others are codes of messages that are not emails.
const NOT_FILED: &str = "not_filed";
/// The port that `--local` means by itself.
const AWS_PORT: &str = "4566";

/// Those with one reason.
#[derive(Serialize)]
pub(crate) struct DeadLetters {
    reason: String,
    /// Among the latest 2,000 of each queue.
    count: usize,
    /// To paste into a shell.
    command: String,
    /// The latest first.
    letters: Vec<DeadLetter>,
}

#[derive(Serialize)]
struct DeadLetter {
    queue: String,
    message_id: String,
    receipt: Option<String>,
    sent: u64,
    receives: u32,
}

pub(crate) fn dead_letters(page: &Page, journal: &Journal) -> Vec<DeadLetters> {
    let mut by_reason = BTreeMap::<_, Vec<_>>::new();
    for queue in page.sqs.queues() {
        if page.sqs.dead_letter_sources(&queue).is_empty() {
            continue;
        }
        for (reason, letter) in queue.look(LOOKED_AT, |message| dead_letter(&queue, message)) {
            by_reason.entry(reason).or_default().push(letter);
        }
    }
    let group = |(reason, mut letters): (_, Vec<DeadLetter>)| {
        let said = letters.iter().find_map(|letter| journal.with_message(&letter.message_id)?.reason.clone());
        let count = letters.len();
        letters.truncate(LISTED);
        DeadLetters {
            reason: sentence(reason, said),
            count,
            command: command(reason, &page.aws_url),
            letters,
        }
    };
    by_reason.into_iter().map(group).collect()
}

/// SQS keeps no reason, so the message is read as the worker reads it.
fn dead_letter(queue: &Queue, message: &Message) -> (&'static str, DeadLetter) {
    let reason = wire_format::decode(&message.body).map_or_else(|error| error.code(), |_| NOT_FILED);
    let letter = DeadLetter {
        queue: queue.name().to_owned(),
        message_id: message.message_id.clone(),
        receipt: message.attributes.get(RECEIPT).and_then(|receipt| receipt.string_value.clone()),
        sent: milliseconds(message.sent_at),
        receives: message.receive_count,
    };
    (reason, letter)
}

fn sentence(reason: &str, said: Option<String>) -> String {
    match (reason, said) {
        (NOT_FILED, Some(said)) => format!("not stored: {said}"),
        (NOT_FILED, None) => "not stored: the functions' log says why".to_owned(),
        (code, _) => format!("not an email: {code}"),
    }
}

fn command(reason: &str, aws_url: &str) -> String {
    let port = aws_url.rsplit_once(':').map_or("", |(_, port)| port);
    let system = if port == AWS_PORT { "--local".to_owned() } else { format!("--local --aws-port {port}") };
    if reason == NOT_FILED {
        format!("mailroom dlq redrive {system} --only {reason}")
    } else {
        format!("mailroom dlq discard {system} --only {reason} --save dead-letters.ndjson")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_the_port_unless_it_is_the_usual_one() {
        for (reason, url, said) in [
            (NOT_FILED, "http://127.0.0.1:4566", "mailroom dlq redrive --local --only not_filed"),
            (NOT_FILED, "http://127.0.0.1:9", "mailroom dlq redrive --local --aws-port 9 --only not_filed"),
            (
                "not_json",
                "http://127.0.0.1:4566",
                "mailroom dlq discard --local --only not_json --save dead-letters.ndjson",
            ),
        ] {
            assert_eq!(command(reason, url), said);
        }
    }
}
