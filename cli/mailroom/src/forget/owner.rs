//! The sender of the email that a text holds: the body of an object or of a dead letter.

use email::Sender;
use email::json::{self, Lookup, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The sender's, character by character.
    Sender,
    Another,
    /// The text doesn't name one sender.
    Unclear,
}

impl Owner {
    /// The text may be wrong otherwise: a poison message is its sender's too.
    pub(crate) fn of(text: &[u8], sender: &Sender) -> Self {
        let Ok(Value::Object(mut members)) = json::parse(text) else { return Self::Unclear };
        match members.take("email_sender") {
            Lookup::Once(Value::String(named)) if named == sender.as_str() => Self::Sender,
            Lookup::Once(Value::String(_)) => Self::Another,
            _ => Self::Unclear,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_belongs_to_the_sender_that_it_names_once_and_exactly() {
        let sender = Sender::new("a".to_owned()).unwrap();
        for (text, owner) in [
            (
                r#"{"email_subject":"","email_sender":"a","email_timestream":"1","email_content":""}"#,
                Owner::Sender,
            ),
            (r#"{"email_sender":"\u0061"}"#, Owner::Sender),
            (r#"{"email_sender":"a","email_timestream":1}"#, Owner::Sender),
            (r#"{"email_sender":"A"}"#, Owner::Another),
            (r#"{"email_sender":"a "}"#, Owner::Another),
            (r#"{"email_sender":"a_1"}"#, Owner::Another),
            (r#"{"email_sender":"a","email_sender":"b"}"#, Owner::Unclear),
            (r#"{"email_sender":"a","email_sender":"a"}"#, Owner::Unclear),
            (r#"{"email_sender":["a"]}"#, Owner::Unclear),
            (r#"{"email_content":"email_sender: a"}"#, Owner::Unclear),
            (r#"["a"]"#, Owner::Unclear),
            ("a", Owner::Unclear),
            ("", Owner::Unclear),
        ] {
            assert_eq!(Owner::of(text.as_bytes(), &sender), owner, "{text}");
        }
        assert_eq!(Owner::of(b"\xff", &sender), Owner::Unclear);
    }
}
