//! What happens in the stack, as lines for a person.

use local::events::Event;
use std::time::Instant;

/// A line for `event`, if it is worth one.
pub(crate) fn line(event: &Event, started: Instant) -> Option<String> {
    let text = match event {
        Event::Answered { method, path, status, took } => {
            format!("{status}  {method} {path} ({:.1} ms)", took.as_secs_f64() * 1_000.0)
        }
        Event::MessageSent { queue, message_id } => format!("queued  {message_id} in {queue}"),
        Event::MessageDeadLettered { queue, message_id } => {
            format!("dead-lettered  {message_id} from {queue}")
        }
        Event::ObjectCreated { bucket, key, bytes } => format!("filed  s3://{bucket}/{key} ({bytes} bytes)"),
        Event::InstanceStarted { function, process } => format!("cold start  {function}, process {process}"),
        Event::InstanceEnded { function, process, why } => {
            format!("ended  {function}, process {process}: {why}")
        }
        Event::BatchDone { function, messages, failed } if *failed > 0 => {
            format!("given back  {failed} of {messages} messages, by {function}")
        }
        Event::Logged { function, line } if is_worth_showing(line) => format!("{function}  {line}"),
        _ => return None,
    };
    Some(format!("{:>8.2} s  {}", started.elapsed().as_secs_f64(), printable(&text)))
}

/// Whether a function's line is a warning, an error or no log line at all.
fn is_worth_showing(line: &str) -> bool {
    match serde_json::from_str::<serde_json::Value>(line) {
        Ok(line) => matches!(line["level"].as_str(), Some("WARN" | "ERROR") | None),
        Err(_) => true,
    }
}

/// The text without what would move a terminal's cursor or change its colours.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(line_text: &str) -> Option<String> {
        line(&Event::Logged { function: "api".into(), line: line_text.into() }, Instant::now())
    }

    #[test]
    fn warnings_errors_and_what_is_no_log_line_are_shown() {
        assert!(logged(r#"{"level": "ERROR", "message": "x"}"#).is_some());
        assert!(logged(r#"{"level": "WARN", "message": "x"}"#).is_some());
        assert!(logged("thread main panicked").is_some());
        assert!(logged(r#"{"level": "INFO", "message": "x"}"#).is_none());
    }

    #[test]
    fn a_key_cannot_play_with_the_terminal() {
        let event = Event::ObjectCreated { bucket: "b".into(), key: "\u{1b}[2J\r".into(), bytes: 1 };
        assert!(!line(&event, Instant::now()).unwrap().contains(['\u{1b}', '\r']));
    }
}
