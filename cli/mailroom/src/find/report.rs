//! The answer: the state first, then the steps and the log.

use super::content::Content;
use super::line::Line;
use super::object::Object;
use super::queue::Queue;
use super::search::Found;
use super::steps::{Step, short, steps};
use super::verdict::{State, Verdict};
use crate::dlq::DeadLetter;
use crate::report::{Report, count, rfc_3339, rfc_3339_millis};
use crate::system::Function;
use email::{Caller, Receipt};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use terminal::Outcome;
use terminal::style::{BAD, BOLD, DIM, GOOD, Style, WARNING};
use terminal::text::{Printable, printable};

/// Log lines that the text shows. `--json` has all.
const SHOWN: usize = 40;

#[derive(Serialize)]
pub(crate) struct FindReport {
    pub(crate) stack: String,
    pub(crate) found: bool,
    /// The newest first.
    pub(crate) emails: Vec<Email>,
    /// Emails of the sender that are not listed.
    pub(crate) more: u64,
    pub(crate) notes: Vec<String>,
    #[serde(skip)]
    pub(crate) is_list: bool,
}

/// Everything about one email.
#[derive(Serialize)]
pub(crate) struct Email {
    receipt: Option<Printable>,
    /// The caller that the token named with which it was posted.
    caller: Option<Caller>,
    #[serde(flatten)]
    verdict: Verdict,
    /// By the receipt's own time.
    accepted: Option<String>,
    object: Option<ShownObject>,
    dead_letter: Option<DeadLetter>,
    queue: Option<Queue>,
    steps: Vec<Step>,
    log: Vec<LogEntry>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
}

#[derive(Serialize)]
struct ShownObject {
    bucket: String,
    key: String,
    version_id: Option<String>,
    written: String,
    bytes: u64,
    /// The line of a batch, counted from 1.
    line: Option<u64>,
}

#[derive(Serialize)]
struct LogEntry {
    at: String,
    function: Function,
    line: Value,
    #[serde(skip)]
    text: Printable,
}

impl Email {
    pub(crate) fn new(
        bucket: &str,
        receipt: Option<Receipt>,
        found: Found,
        content: Option<Content>,
    ) -> Self {
        let verdict = found.verdict(receipt);
        let Found { lines, object, letters, queue, .. } = found;
        let receipt = receipt.or(object.as_ref().and_then(|object| object.origin.receipt));
        let letter = letters.found.into_iter().next().map(|letter| letter.letter);
        // The lines first: they are about this receipt, and the object may be that of an equal email.
        let caller = lines.iter().find_map(|line| line.caller.clone());
        let caller = caller.or_else(|| object.as_ref()?.origin.caller.clone());
        Self {
            accepted: receipt.and_then(|receipt| receipt.accepted_at()).map(rfc_3339_millis),
            steps: steps(receipt, &lines, object.as_ref()),
            caller: caller.or_else(|| letter.as_ref()?.caller.clone()),
            receipt: receipt.map(|it| it.to_string().into()).or_else(|| letter.as_ref()?.receipt.clone()),
            verdict,
            object: object.map(|object| ShownObject::new(bucket, object)),
            dead_letter: letter,
            queue,
            log: lines.into_iter().map(LogEntry::new).collect(),
            content,
        }
    }

    pub(crate) fn is_found(&self) -> bool {
        self.verdict.state.is_found()
    }

    /// The time by which a list is ordered.
    pub(crate) fn when(&self) -> Option<&str> {
        let sent = self.dead_letter.as_ref().and_then(|letter| letter.sent.as_deref());
        sent.or(self.object.as_ref().map(|object| object.written.as_str()))
    }

    fn head(&self) -> String {
        let state = self.verdict.state;
        let style = style(state);
        let receipt = self.receipt.clone().unwrap_or("no receipt".into());
        let certain = if self.verdict.certain { "" } else { ", as far as can be known" };
        let mut text = format!("{style}{state}{style:#}{certain}  {receipt}\n");
        if !self.verdict.detail.is_empty() {
            text += &format!("  {}\n", printable(&self.verdict.detail));
        }
        let mut row = |name: &str, value: &str| {
            text += &format!("  {DIM}{name:<12}{DIM:#} {}\n", printable(value));
        };
        if let Some(caller) = &self.caller {
            row("caller", caller.as_str());
        }
        if let Some(object) = &self.object {
            row("key", &object.key);
            if let Some(line) = object.line {
                row("line", &line.to_string());
            }
            row("bucket", &object.bucket);
            if let Some(version) = &object.version_id {
                row("version", version);
            }
            row("written", &format!("{}, {}", object.written, count(object.bytes, "byte")));
        }
        if let Some(letter) = &self.dead_letter {
            row("reason", &letter.reason.to_string());
            row("message id", letter.message_id.as_str());
            row("received", &letter.received());
        }
        if let Some(queue) = &self.queue {
            row("queue", &queue.depth.to_string());
        }
        text
    }

    fn whole(&self) -> String {
        let mut text = self.head();
        if !self.steps.is_empty() {
            text += &format!("\n{BOLD}steps{BOLD:#}\n");
            text.extend(self.steps.iter().map(step_line));
        }
        if !self.log.is_empty() {
            text += &format!("\n{BOLD}log{BOLD:#}\n");
            text.extend(self.log.iter().take(SHOWN).map(LogEntry::line));
        }
        if self.log.len() > SHOWN {
            text += &format!("  ... and {} more: --json has all\n", self.log.len() - SHOWN);
        }
        text + &self.shown_content()
    }

    /// One line of a list.
    fn row(&self) -> String {
        let style = style(self.verdict.state);
        let receipt = self.receipt.clone().unwrap_or("no receipt".into());
        let place = match (&self.object, &self.dead_letter) {
            (Some(object), _) => object.place(),
            (None, Some(letter)) => letter.reason.to_string(),
            (None, None) => String::new(),
        };
        let when = self.when().unwrap_or("at an unknown time");
        let state = self.verdict.state;
        format!(
            "  {style}{state:<12}{style:#} {DIM}{when:<24}{DIM:#}  {receipt:<36}  {place}\n{}",
            self.shown_content()
        )
    }

    fn shown_content(&self) -> String {
        self.content.as_ref().map_or_else(String::new, |content| {
            let text = content.text();
            format!("\n{BOLD}email{BOLD:#}\n{text}")
        })
    }
}

fn style(state: State) -> Style {
    match state {
        State::Stored | State::Duplicate => GOOD,
        State::Queued | State::InFlight | State::Retrying | State::DeadLetter | State::Deleted => WARNING,
        State::Discarded | State::Refused | State::NotAccountedFor | State::NotFound => BAD,
    }
}

fn step_line(step: &Step) -> String {
    let at = step.at.as_deref().unwrap_or("at an unknown time");
    let after = step.after_ms.map_or_else(String::new, |ms| {
        format!("+{}", short(Duration::try_from_secs_f64(ms / 1_000.0).unwrap_or_default()))
    });
    let detail = step.detail.as_deref().map(printable).unwrap_or_default();
    let line = format!("  {DIM}{at:<24} {after:>10}{DIM:#}  {:<11} {detail}", step.step);
    format!("{}\n", line.trim_end())
}

impl ShownObject {
    fn place(&self) -> String {
        let key = printable(&self.key);
        self.line.map_or_else(|| key.clone(), |line| format!("{key}, line {line}"))
    }

    fn new(bucket: &str, object: Object) -> Self {
        Self {
            bucket: bucket.to_owned(),
            key: object.key,
            version_id: object.version_id,
            written: rfc_3339(object.written),
            bytes: object.size,
            line: object.line,
        }
    }
}

impl LogEntry {
    fn new(line: Line) -> Self {
        let text = line.text.as_str();
        let json = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        Self { at: rfc_3339_millis(line.time), function: line.function, line: json, text: line.text }
    }

    fn line(&self) -> String {
        format!("  {DIM}{} {:<6}{DIM:#} {}\n", self.at, self.function.name(), self.text)
    }
}

impl Report for FindReport {
    fn text(&self) -> String {
        let mut text = String::new();
        if self.is_list && !self.emails.is_empty() {
            text += &format!("{}, the newest first\n\n", count(self.emails.len() as u64, "email"));
            text.extend(self.emails.iter().map(Email::row));
        } else {
            text.extend(self.emails.iter().map(Email::whole));
        }
        if !self.notes.is_empty() && !text.is_empty() {
            text.push('\n');
        }
        text.extend(self.notes.iter().map(|note| format!("{}\n", printable(note))));
        text
    }

    fn outcome(&self) -> Outcome {
        if self.found { Outcome::Success } else { Outcome::ProblemsFound }
    }
}
