//! The email as a queue message, and back.
//!
//! A message is the email's four fields as one JSON object. [`read`] takes every form that was ever released,
//! so that functions of different versions work together while one replaces the other; each released form has
//! a fixture in this crate's `fixtures/`.

use crate::json::{self, NotJson, Value};
use crate::{Email, Fault};

/// Writes the email as SQS can carry it.
///
/// SQS refuses a message with characters outside #x9 #xA #xD #x20–#xD7FF #xE000–#xFFFD #x10000–#x10FFFF
/// (`SendMessage` in the SQS API reference). JSON escapes the control characters already; of what it leaves,
/// only U+FFFE and U+FFFF are outside.
#[must_use]
pub fn write(email: &Email) -> String {
    #[expect(clippy::expect_used, reason = "four strings always serialise, and a String takes every write")]
    let json = serde_json::to_string(email).expect("an email is always JSON");
    // In JSON a non-ASCII character stands only inside a string, so it may be escaped wherever it is.
    if json.contains(['\u{fffe}', '\u{ffff}']) {
        json.replace('\u{fffe}', r"\ufffe").replace('\u{ffff}', r"\uffff")
    } else {
        json
    }
}

/// Reads the email from a message's body.
///
/// # Errors
/// [`NotAnEmail`]: then the message must reach the dead-letter queue as it is.
pub fn read(body: &str) -> Result<Email, NotAnEmail> {
    match json::read(body.as_bytes())? {
        Value::Object(members) => Email::from_members(members, "").map_err(NotAnEmail::Faults),
        Value::String(_) | Value::Other => Err(NotAnEmail::NotAnObject),
    }
}

/// Why a message is no email. Its text holds nothing of the message.
#[derive(Debug, thiserror::Error)]
pub enum NotAnEmail {
    /// Not JSON.
    #[error(transparent)]
    NotJson(#[from] NotJson),
    /// JSON, but no object.
    #[error("not a JSON object")]
    NotAnObject,
    /// An object that breaks the email's rules.
    #[error("not an email: {0:?}")]
    Faults(Vec<Fault>),
}

impl NotAnEmail {
    /// A word for logs and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "not_json",
            Self::NotAnObject => "not_an_object",
            Self::Faults(faults) => faults.first().map_or("not_an_email", |fault| fault.kind.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::tests::email;

    #[test]
    fn a_message_is_the_four_fields_and_nothing_else() {
        assert_eq!(
            write(&email("s", "a", "1", "c")),
            r#"{"email_subject":"s","email_sender":"a","email_timestream":"1","email_content":"c"}"#
        );
    }

    #[test]
    fn what_sqs_would_refuse_is_escaped_and_comes_back_whole() {
        let odd = "\u{0}\u{1f}\u{7f}\u{fffd}\u{fffe}\u{ffff}\u{1fffe}\u{10ffff}\"\\";
        let written = write(&email(odd, odd, "1", odd));
        assert!(written.chars().all(sqs_accepts), "{written:?}");
        assert_eq!(read(&written).unwrap(), email(odd, odd, "1", odd));
    }

    /// The characters of `SendMessage` in the SQS API reference.
    fn sqs_accepts(character: char) -> bool {
        matches!(u32::from(character), 0x9 | 0xA | 0xD | 0x20..=0xD7FF | 0xE000..=0xFFFD | 0x1_0000..=0x10_FFFF)
    }

    #[test]
    fn every_released_form_is_read() {
        let released = [include_str!("../fixtures/queue_form_1.json")];
        for body in released {
            assert_eq!(read(body).unwrap(), email("Hello", "John doe", "1693561101", "How are you?"));
        }
    }

    #[test]
    fn what_is_no_email_says_why_without_quoting_it() {
        for (body, code) in [
            ("", "not_json"),
            ("secret", "not_json"),
            ("\"secret\"", "not_an_object"),
            ("[1]", "not_an_object"),
            ("{}", "missing"),
            (
                r#"{"secret": 1, "email_subject": "", "email_sender": "a", "email_timestream": "1", "email_content": ""}"#,
                "unknown",
            ),
        ] {
            let error = read(body).unwrap_err();
            assert_eq!(error.code(), code, "{body}");
            assert!(
                !error.to_string().contains("secret") && !format!("{error:?}").contains("secret"),
                "{error}"
            );
        }
    }
}
