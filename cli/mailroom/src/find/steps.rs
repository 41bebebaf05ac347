//! The steps of an email, with their times.

use super::line::{Event, Line};
use super::object::{Fate, Object};
use crate::report::rfc_3339_millis;
use email::Receipt;
use serde::Serialize;
use std::time::SystemTime;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Step {
    /// RFC 3339; nothing for a step that no log line shows.
    pub(crate) at: Option<String>,
    /// Since the last step with a time. Two clocks may differ, so that none is negative.
    pub(crate) after_ms: Option<f64>,
    pub(crate) step: &'static str,
    pub(crate) detail: Option<String>,
}

/// Collects steps in the order of their time.
struct Steps {
    steps: Vec<Step>,
    last: Option<SystemTime>,
}

pub(crate) fn steps(receipt: Option<Receipt>, lines: &[Line], object: Option<&Object>) -> Vec<Step> {
    let mut steps = Steps { steps: Vec::new(), last: None };
    let has_trace = !lines.is_empty() || object.is_some();
    let accepted = receipt.filter(|_| has_trace).and_then(|receipt| receipt.accepted_at());
    let is_logged = |line: &Line| matches!(line.event, Event::Accepted | Event::Refused(_));
    if let Some(accepted) = accepted.filter(|_| !lines.iter().any(is_logged)) {
        steps.add("posted", Some(accepted), Some("by its receipt: the log has no line".to_owned()));
    }
    // A redrive gives the message another id.
    let mut message_id = None;
    for line in lines {
        if message_id.is_some() && line.message_id.is_some() && message_id != line.message_id.as_ref() {
            let new = line.message_id.as_ref().map(|id| format!("its message id is now {id}"));
            steps.add("redriven", None, new);
        }
        message_id = line.message_id.as_ref().or(message_id);
        steps.add_line(line);
    }
    let is_stored = lines.iter().any(|line| matches!(line.event, Event::Stored | Event::Duplicate));
    if let Some(object) = object {
        if !is_stored {
            let detail = "by the bucket: the log has no line".to_owned();
            steps.add("stored", Some(object.written), Some(detail));
        }
        match object.fate {
            Fate::Current => {}
            Fate::Deleted(at) => steps.add("deleted", Some(at), None),
            Fate::Overwritten(at) => steps.add("overwritten", Some(at), None),
        }
    }
    steps.steps
}

impl Steps {
    fn add_line(&mut self, line: &Line) {
        let (step, detail) = match &line.event {
            Event::Accepted => ("accepted", line.took.map(|took| format!("{} in api", short(took)))),
            Event::Refused(reason) => ("refused", Some(reason.to_string())),
            Event::Stored => ("stored", None),
            Event::Duplicate => ("duplicate", Some("the same email was stored before".to_owned())),
            Event::NotStored(error) => ("given back", Some(error.to_string())),
            Event::NotAnEmail(reason) => ("given back", Some(format!("not an email: {reason}"))),
            Event::Other => return,
        };
        if step != "accepted" && step != "refused" && line.took.is_some() {
            let receive = line.receives.map(|receives| format!("receive {receives}"));
            self.add("received", line.began(), receive);
        }
        self.add(step, Some(line.time), detail);
    }

    fn add(&mut self, step: &'static str, at: Option<SystemTime>, detail: Option<String>) {
        let after = at.zip(self.last).map(|(at, last)| at.duration_since(last).unwrap_or_default());
        let after_ms = after.map(|after| after.as_secs_f64() * 1_000.0);
        self.steps.push(Step { at: at.map(rfc_3339_millis), after_ms, step, detail });
        self.last = at.or(self.last);
    }
}

/// "850 µs", "12 ms", "1.50 s", "15m 2s".
pub(crate) fn short(time: std::time::Duration) -> String {
    match time.as_secs() {
        0 if time.as_millis() == 0 => format!("{} µs", time.as_micros()),
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.2} s", time.as_secs_f64()),
        seconds => humantime::format_duration(std::time::Duration::from_secs(seconds)).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::find::line::tests::line;
    use crate::find::object::Origin;
    use crate::system::Function::{Api, Worker};
    use serde_json::json;
    use std::time::Duration;

    /// The steps' names, with the seconds since the step before.
    fn shown(steps: &[Step]) -> Vec<(&'static str, Option<f64>)> {
        steps.iter().map(|step| (step.step, step.after_ms.map(|ms| ms / 1_000.0))).collect()
    }

    #[test]
    fn each_step_has_its_time_and_a_redrive_shows_in_the_message_id() {
        let worker = |seconds, fields: serde_json::Value| line(Worker, seconds, &fields);
        let lines = [
            line(Api, 0, &json!({"message": "accepted", "message_id": "m-1", "duration_ms": 12.4})),
            worker(
                10,
                json!({"message": "not filed: given back", "message_id": "m-1", "error": "S3", "receives": "5",
                    "duration_ms": 4000.0}),
            ),
            worker(
                100,
                json!({"message": "filed", "outcome": "new", "message_id": "m-2", "duration_ms": 500.0}),
            ),
        ];
        let steps = steps(None, &lines, None);
        let expected = [
            ("accepted", None),
            ("received", Some(6.0)),
            ("given back", Some(4.0)),
            ("redriven", None),
            ("received", Some(89.5)),
            ("stored", Some(0.5)),
        ];
        assert_eq!(shown(&steps), expected);
        assert_eq!(steps[0].detail.as_deref(), Some("12 ms in api"));
        assert_eq!(steps[2].detail.as_deref(), Some("S3"));
        assert_eq!(steps[3].detail.as_deref(), Some("its message id is now m-2"));
        assert_eq!(steps[5].at.as_deref(), Some("2023-11-14T22:15:00.000Z"));
    }

    #[test]
    fn where_the_log_has_no_line_receipt_and_object_tell_the_time() {
        let receipt = Receipt::new();
        let written = receipt.accepted_at().unwrap() + Duration::from_secs(2);
        let fate = Fate::Deleted(written + Duration::from_secs(60));
        let origin = Origin { receipt: Some(receipt), caller: None };
        let object =
            Object { key: String::new(), version_id: None, written, size: 1, line: None, origin, fate };
        let found = steps(Some(receipt), &[], Some(&object));
        let expected = [("posted", None), ("stored", Some(2.0)), ("deleted", Some(60.0))];
        assert_eq!(shown(&found), expected);
        assert_eq!(steps(Some(receipt), &[], None), [], "a receipt alone proves no step");
    }

    #[test]
    fn clocks_that_differ_make_no_step_negative() {
        let lines = [
            line(Api, 10, &json!({"message": "accepted"})),
            line(Worker, 10, &json!({"message": "filed", "duration_ms": 2_000.0})),
        ];
        let expected = [("accepted", None), ("received", Some(0.0)), ("stored", Some(2.0))];
        assert_eq!(shown(&steps(None, &lines, None)), expected);
    }

    #[test]
    fn durations_are_short() {
        for (micros, text) in
            [(850, "850 µs"), (12_000, "12 ms"), (1_500_000, "1.50 s"), (902_000_000, "15m 2s")]
        {
            assert_eq!(short(Duration::from_micros(micros)), text);
        }
    }
}
