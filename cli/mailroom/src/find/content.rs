//! An email's content, which is printed only when asked for.

use email::{Email, wire_format};
use serde::Serialize;
use terminal::text::{printable, printable_json};

/// The body of an object or a dead letter.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Content {
    Email(Email),
    /// Not an email, so formatting could hide what is wrong.
    Other(String),
}

pub(crate) fn parse(body: &[u8]) -> Content {
    let text = String::from_utf8_lossy(body);
    wire_format::decode(&text).map_or_else(|_| Content::Other(text.into_owned()), Content::Email)
}

impl Content {
    /// For a terminal: no character can control it.
    pub(crate) fn text(&self) -> String {
        let (text, safe): (_, fn(&str) -> String) = match self {
            Self::Email(email) => (serde_json::to_string_pretty(email).unwrap_or_default(), printable_json),
            Self::Other(text) => (text.clone(), printable),
        };
        text.split('\n').map(|line| safe(line) + "\n").collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_is_formatted_with_its_fields_in_order_and_can_not_control_the_terminal() {
        let body = "{\"email_subject\":\"s\u{202e}\",\"email_sender\":\"a\",\"email_timestream\":\"1\",\
                    \"email_content\":\"x\\ny\\u001b[2J\"}";
        let content = parse(body.as_bytes());
        let expected = "{\n  \"email_subject\": \"s\\u202e\",\n  \"email_sender\": \"a\",\n  \"email_timestream\": \
                        \"1\",\n  \"email_content\": \"x\\ny\\u001b[2J\"\n}\n";
        assert_eq!(content.text(), expected);
        assert_eq!(serde_json::to_value(&content).unwrap()["email_content"], "x\ny\u{1b}[2J");
    }

    #[test]
    fn anything_else_stays_as_it_is_but_for_its_control_characters() {
        assert_eq!(
            parse(b"{\"a\":1,\"a\":2}\n\x1b[2J\xff").text(),
            "{\"a\":1,\"a\":2}\n\u{fffd}[2J\u{fffd}\n"
        );
    }
}
