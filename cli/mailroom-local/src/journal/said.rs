//! The functions' log lines about an email: docs/LOGGING.md.

use serde::Deserialize;

/// A log line about a request or a message. Like the lines, it holds nothing of an email.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Said {
    /// About the request in this X-Ray trace.
    Refused { trace_id: String, why: String },
    /// About a message.
    GivenBack { message_id: String, why: String },
    /// Stored, or known to be stored before. Only a batch's key is in the log.
    Stored { message_id: String, new: bool, batch: Option<String> },
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Line {
    level: String,
    message: String,
    message_id: Option<String>,
    trace_id: Option<String>,
    reason: Option<String>,
    error: Option<String>,
    outcome: Option<String>,
    object: Option<String>,
}

impl Said {
    pub(crate) fn read(line: &str) -> Option<Self> {
        let line: Line = serde_json::from_str(line).ok()?;
        if line.message == "refused" {
            let trace_id = line.trace_id?;
            return Some(Self::Refused { trace_id, why: refusal(line.reason.as_deref()?, line.error) });
        }
        let message_id = line.message_id?;
        if let Some(outcome) = line.outcome {
            // A batch that was there already has this email itself.
            let new = outcome != "already" || line.object.is_some();
            return Some(Self::Stored { message_id, new, batch: line.object });
        }
        let why = match line.reason.or(line.error) {
            Some(why) => format!("{} ({why})", line.message),
            None => line.message,
        };
        matches!(line.level.as_str(), "WARN" | "ERROR").then_some(Self::GivenBack { message_id, why })
    }
}

/// The log's word for a refusal, as a sentence. An unknown word is returned unchanged.
fn refusal(reason: &str, error: Option<String>) -> String {
    let text = match reason {
        "not_found" => "no such path",
        "method_not_allowed" => "the path doesn't answer this method",
        "compressed" => "the body is compressed",
        "unreadable" => "the body is not a JSON object",
        "invalid" => "a field is missing, wrong or unknown",
        "token" => "the token is wrong or missing",
        "too_large" => "the email doesn't fit into a message of the queue",
        "unavailable" => "an AWS call failed",
        "bug" => "the function panicked",
        other => other,
    };
    error.map_or_else(|| text.to_owned(), |error| format!("{text}: {error}"))
}

/// Why a request got this status, where no function said so.
pub(crate) fn of_status(status: u16) -> Option<&'static str> {
    Some(match status {
        400 => "the endpoint can't read the request",
        403 => "a rule of the endpoint refuses the request",
        413 => "the body is over the endpoint's limit",
        502 => "the function failed, crashed or ran out of time, or its answer is invalid",
        503 => "no function answered",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_refusal_is_a_sentence_with_the_error_of_aws() {
        let line =
            json!({"level": "INFO", "message": "refused", "trace_id": "t", "reason": "token", "status": 403});
        let refused = |why: &str| Some(Said::Refused { trace_id: "t".to_owned(), why: why.to_owned() });
        assert_eq!(Said::read(&line.to_string()), refused("the token is wrong or missing"));
        let line =
            json!({"message": "refused", "trace_id": "t", "reason": "unavailable", "error": "SQS: SlowDown"});
        assert_eq!(Said::read(&line.to_string()), refused("an AWS call failed: SQS: SlowDown"));
        let line = json!({"message": "refused", "trace_id": "t", "reason": "compressed"});
        assert_eq!(Said::read(&line.to_string()), refused("the body is compressed"));
    }

    #[test]
    fn each_reason_of_the_log_has_a_sentence() {
        let text = include_str!("../../../../docs/LOGGING.md");
        let (_, list) = text.split_once("`Reason` is one of ").unwrap();
        let (list, _) = list.split_once(".\n").unwrap();
        let reasons: Vec<_> = list.split('`').skip(1).step_by(2).collect();
        assert!(reasons.len() > 7, "{list}");
        for reason in reasons {
            assert!(refusal(reason, None).contains(' '), "{reason}");
        }
    }

    #[test]
    fn a_warning_of_a_message_says_why_it_came_back() {
        let given_back =
            |why: &str| Some(Said::GivenBack { message_id: "m".to_owned(), why: why.to_owned() });
        let line = json!({"level": "ERROR", "message": "no", "message_id": "m", "reason": "not_json"});
        assert_eq!(Said::read(&line.to_string()), given_back("no (not_json)"));
        let line = json!({"level": "WARN", "message": "no", "message_id": "m", "error": "SlowDown"});
        assert_eq!(Said::read(&line.to_string()), given_back("no (SlowDown)"));
        let line = json!({"level": "WARN", "message": "no", "message_id": "m"});
        assert_eq!(Said::read(&line.to_string()), given_back("no"));
    }

    #[test]
    fn a_filed_email_is_new_unless_it_was_there() {
        for (outcome, new) in [("new", true), ("apart", true), ("already", false)] {
            let line = json!({"level": "INFO", "message": "filed", "message_id": "m", "outcome": outcome});
            let said = Said::Stored { message_id: "m".to_owned(), new, batch: None };
            assert_eq!(Said::read(&line.to_string()), Some(said), "{outcome}");
        }
        let key = "batches/2026/01/31/12/00.ndjson";
        let line = json!({"message": "filed", "message_id": "m", "outcome": "already", "object": key});
        let said = Said::Stored { message_id: "m".to_owned(), new: true, batch: Some(key.to_owned()) };
        assert_eq!(Said::read(&line.to_string()), Some(said));
    }

    #[test]
    fn other_lines_say_nothing_of_an_email() {
        for line in [
            r#"{"level": "INFO", "message": "batch done", "request_id": "r"}"#,
            r#"{"level": "INFO", "message": "accepted", "message_id": "m", "trace_id": "t"}"#,
            r#"{"level": "WARN", "message": "of nobody"}"#,
            r#"{"_aws": {}, "Refused": 1}"#,
            r#"{"message": 7}"#,
            "1",
            "panicked",
        ] {
            assert_eq!(Said::read(line), None, "{line}");
        }
    }
}
