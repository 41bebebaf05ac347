//! The events of the stack as lines for a person: one for each email, at its end.

use crate::journal::{EmailTrace, Journal, RECEIPT, Request, Stage};
use crate::tally::Tally;
use anstyle::Style;
use sandbox::events::Event;
use serde_json::Value;
use std::time::{Duration, Instant, SystemTime};
use terminal::style::{BAD, DIM, GOOD, WARNING};
use terminal::text::printable;

/// Turns events into lines.
pub(crate) struct Show {
    journal: Journal,
    tally: Tally,
    started: Instant,
    /// Prints a line for a queued message too: without a worker, nothing else may follow.
    queued: bool,
}

/// A word for the event with its style, and the rest.
type Line = (Style, &'static str, String);

impl Show {
    pub(crate) fn new(tally: Tally, journal: Journal) -> Self {
        Self { journal, tally, started: Instant::now(), queued: false }
    }

    /// Shows queued messages too.
    pub(crate) fn with_queued(self) -> Self {
        Self { queued: true, ..self }
    }

    pub(crate) fn line(&mut self, event: &Event) -> Option<String> {
        self.tally.count(event);
        let news = self.journal.record(event, SystemTime::now());
        let news = news.map(|trace| {
            self.tally.count_news(trace);
            line(trace)
        });
        let (style, word, text) = news.or_else(|| self.other(event))?;
        let seconds = self.started.elapsed().as_secs_f64();
        Some(format!("{DIM}{seconds:>8.2} s{DIM:#}  {style}{word:<13}{style:#}  {}", printable(&text)))
    }

    pub(crate) fn tally(&mut self) -> &mut Tally {
        &mut self.tally
    }

    /// A line for an event that ends no email.
    fn other(&self, event: &Event) -> Option<Line> {
        Some(match event {
            Event::MessageSent { queue, message_id, attributes, .. } if self.queued => (
                DIM,
                "queued",
                format!("{message_id} in {queue}  {}", attributes.get(RECEIPT).map_or("", String::as_str)),
            ),
            Event::QueuePurged { queue, messages } => {
                (WARNING, "purged", format!("{messages} messages of {queue}"))
            }
            Event::FaultMet { operation, fault } => (WARNING, "fault", format!("{operation}: {fault}")),
            Event::ObjectCreated { key, bytes, .. } => (DIM, "object", format!("{bytes} bytes  {key}")),
            Event::InstanceStarted { function, process } => {
                (DIM, "cold start", format!("{function}, process {process}"))
            }
            Event::InstanceEnded { function, process, why } => {
                (WARNING, "ended", format!("{function}, process {process}: {why}"))
            }
            Event::BatchDone { function, messages, failed } if *failed > 0 => {
                (WARNING, "given back", format!("{failed} of {messages} messages, by {function}"))
            }
            Event::Logged { function, line } if is_worth_showing(line) => {
                (WARNING, "log", format!("{function}: {line}"))
            }
            _ => return None,
        })
    }
}

/// The end of a request or a message, or a dead letter that is back in its queue.
fn line(trace: &EmailTrace) -> Line {
    let (style, text) = match (&trace.request, trace.stage) {
        (Some(request), Stage::Answered) => {
            let style = match request.status {
                ..400 => DIM,
                400..500 => WARNING,
                _ => BAD,
            };
            (style, format!("{}  {} {}", answer(request), request.method, request.path))
        }
        (_, Stage::Stored) => (GOOD, summary(trace, "object")),
        (_, Stage::Duplicate) => (GOOD, summary(trace, "recognised")),
        (_, Stage::Redriven) => (DIM, trace.receipt.clone().unwrap_or_default()),
        (_, Stage::Discarded) => (WARNING, summary(trace, "deleted")),
        _ => (BAD, summary(trace, "given up")),
    };
    let reason = trace.reason.as_ref().map(|reason| format!("  {reason}")).unwrap_or_default();
    (style, trace.word(), text + &reason)
}

/// An email from its POST to its end.
fn summary(trace: &EmailTrace, end: &str) -> String {
    let answer = trace.request.as_ref().map_or_else(|| "not posted".to_owned(), answer);
    let mut text = format!("{answer}, {end} after {}", duration(trace.took().unwrap_or_default()));
    if trace.receives > 1 {
        text += &format!(" and {} receives", trace.receives);
    }
    if let Some(stored) = &trace.stored {
        text += &format!("  {}", stored.key);
    }
    if let Some(receipt) = &trace.receipt {
        text += &format!("  {receipt}");
    }
    text
}

fn answer(request: &Request) -> String {
    format!("{} in {}", request.status, duration(request.took))
}

fn duration(duration: Duration) -> String {
    match duration.as_millis() {
        ..10 => format!("{:.1} ms", duration.as_secs_f64() * 1_000.0),
        milliseconds @ ..1_000 => format!("{milliseconds} ms"),
        _ => format!("{:.2} s", duration.as_secs_f64()),
    }
}

/// True if a function's line is a warning, an error, or not a log line of Mailroom's functions.
fn is_worth_showing(line: &str) -> bool {
    let Ok(Value::Object(line)) = serde_json::from_str(line) else { return true };
    let is_metrics = line.contains_key("_aws");
    !is_metrics && matches!(line.get("level").and_then(Value::as_str), Some("WARN" | "ERROR") | None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Queues;
    use std::collections::BTreeMap;

    fn show() -> Show {
        let queues = Queues::new([("q".to_owned(), "dead".to_owned())]);
        Show::new(Tally::default(), Journal::new(queues))
    }

    /// The lines of some events, as a file would have them.
    fn lines(events: &[Event]) -> Vec<String> {
        let mut show = show();
        let lines = events.iter().filter_map(|event| show.line(event));
        lines.map(|line| anstream::adapter::strip_str(&line).to_string()).collect()
    }

    fn answered(status: u16, path: &str) -> Event {
        let took = Duration::from_millis(12);
        let (method, path) = ("POST".into(), path.into());
        Event::Answered { method, path, user_agent: None, status, took, trace_id: "t".into() }
    }

    fn sent() -> Event {
        let attributes = BTreeMap::from([(RECEIPT.into(), "the-receipt".into())]);
        Event::MessageSent {
            queue: "q".into(),
            message_id: "m".into(),
            trace_id: Some("t".into()),
            attributes,
        }
    }

    fn logged(line: &str) -> Event {
        Event::Logged { function: "api".into(), line: line.into() }
    }

    fn created(key: &str) -> Event {
        let metadata = BTreeMap::from([(RECEIPT.into(), "the-receipt".into())]);
        Event::ObjectCreated { bucket: "b".into(), key: key.into(), bytes: 1, metadata }
    }

    #[test]
    fn an_email_is_one_line_with_its_answer_its_object_and_its_receipt() {
        let received = Event::MessageReceived { queue: "q".into(), message_id: "m".into(), receives: 2 };
        let lines = lines(&[sent(), answered(200, "/"), received, created("John_1.json")]);
        assert_eq!(lines.len(), 1, "{lines:?}");
        for part in ["stored", "200 in 12 ms, object after", "2 receives", "John_1.json", "the-receipt"] {
            assert!(lines[0].contains(part), "{part}: {lines:?}");
        }
    }

    #[test]
    fn a_request_that_sends_nothing_is_one_line() {
        for (status, word) in [(200, "answered"), (403, "refused"), (503, "failed")] {
            let lines = lines(&[answered(status, "/x")]);
            assert!(lines[0].contains(word) && lines[0].contains("POST /x"), "{lines:?}");
        }
    }

    #[test]
    fn a_duplicate_and_a_dead_letter_that_comes_back_and_is_discarded_say_so() {
        let known = r#"{"level":"INFO","message":"filed","message_id":"m","outcome":"already"}"#;
        assert!(lines(&[sent(), logged(known)])[0].contains("duplicate"));
        let dead = Event::MessageDeadLettered { queue: "q".into(), message_id: "m".into() };
        let deleted =
            Event::MessageDeleted { queue: "dead".into(), message_id: "m".into(), processed: false };
        let again = Event::MessageSent {
            queue: "q".into(),
            message_id: "m2".into(),
            trace_id: None,
            attributes: [(RECEIPT.into(), "the-receipt".into())].into(),
        };
        let words = |events: &[Event]| {
            lines(events)
                .iter()
                .map(|line| line.split_once(" s ").unwrap().1.trim()[..11].to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(words(&[sent(), dead.clone(), deleted.clone()]), ["dead letter", "discarded  "]);
        assert_eq!(words(&[sent(), dead, again, deleted]), ["dead letter", "redriven   "]);
    }

    #[test]
    fn a_refusal_says_why() {
        let refused = r#"{"level":"INFO","message":"refused","trace_id":"t","reason":"token"}"#;
        let lines = lines(&[logged(refused), answered(403, "/x")]);
        assert!(lines[0].contains("the token is wrong or missing"), "{lines:?}");
    }

    #[test]
    fn what_is_queued_is_shown_where_nobody_works_and_so_is_an_object_from_elsewhere() {
        let mut show = show().with_queued();
        assert!(show.line(&sent()).unwrap().contains("the-receipt"));
        assert_eq!(lines(&[sent()]).len(), 0);
        assert!(lines(&[created("by-hand")])[0].contains("by-hand"));
    }

    #[test]
    fn warnings_errors_and_what_is_no_log_line_are_shown() {
        for line in [r#"{"level": "ERROR"}"#, r#"{"level": "WARN"}"#, "thread main panicked", "{}", "1"] {
            assert_eq!(lines(&[logged(line)]).len(), 1, "{line}");
        }
        for line in [r#"{"level": "INFO"}"#, r#"{"_aws": {}, "Filed": 1}"#] {
            assert_eq!(lines(&[logged(line)]).len(), 0, "{line}");
        }
    }

    #[test]
    fn neither_a_key_nor_a_path_can_play_with_the_terminal() {
        let evil = "/\u{1b}[2J\r\u{9b}2J\u{85}\u{7f}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{200b}\u{feff}\u{e0041}";
        for events in [vec![sent(), created(evil)], vec![answered(404, evil)]] {
            let mut show = show();
            let line = events.iter().find_map(|event| show.line(event)).unwrap();
            let (_, shown) = line.split_once("/").unwrap();
            assert!(shown.starts_with("\u{fffd}[2J\u{fffd}\u{fffd}2J"), "{line:?}");
            assert!(!shown.contains(|c| evil[1..].contains(c) && !"[2J".contains(c)), "{line:?}");
        }
    }
}
