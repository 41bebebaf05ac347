//! The contract, stated once more: by serde's derived readers, which know nothing of how Mailroom reads JSON.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// An email that keeps the contract. The derived reader refuses members that are missing, unknown or repeated, and
/// values that are no strings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fields {
    email_subject: String,
    pub(crate) email_sender: String,
    email_timestream: String,
    email_content: String,
}

/// A whole request.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    data: Fields,
    #[serde(rename = "token")]
    _token: String,
}

/// How far a body can be read.
pub(crate) enum Shape {
    /// No JSON object.
    Unreadable,
    /// An object that has these as `token`: none if one of them is no string.
    Object { presented: Vec<String> },
    /// An object that serde reads if it may skip what it holds, and doesn't if it may not: numbers beyond its range,
    /// broken strings, nesting. It can't be accepted; at which step it is refused is nobody's promise.
    Borderline,
}

/// The email of a request that must be accepted from whoever has the token.
pub(crate) fn request(body: &[u8]) -> Option<Fields> {
    let shape: Value = serde_json::from_slice(body).ok()?;
    // A derived reader takes an array for a struct; the contract doesn't.
    if !shape.is_object() || !shape["data"].is_object() {
        return None;
    }
    let Request { data, .. } = serde_json::from_slice(body).ok()?;
    data.keep_the_rules().then_some(data)
}

/// The email of a message that must be filed.
pub(crate) fn message(body: &str) -> Option<Fields> {
    let shape: Value = serde_json::from_str(body).ok()?;
    let fields: Fields = serde_json::from_str(body).ok().filter(|_| shape.is_object())?;
    fields.keep_the_rules().then_some(fields)
}

/// How far `body` can be read, and the tokens in it.
pub(crate) fn shape(body: &[u8]) -> Shape {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(_)) => {
            let Tokens(tokens) = serde_json::from_slice(body).expect("an object");
            let texts: Option<Vec<_>> =
                tokens.iter().map(|token| token.as_str().map(str::to_owned)).collect();
            Shape::Object { presented: texts.unwrap_or_default() }
        }
        Err(_) if serde_json::from_slice::<IgnoredAny>(body).is_ok() && starts_an_object(body) => {
            Shape::Borderline
        }
        Ok(_) | Err(_) => Shape::Unreadable,
    }
}

fn starts_an_object(body: &[u8]) -> bool {
    body.iter().find(|byte| !b" \t\r\n".contains(byte)) == Some(&b'{')
}

impl Fields {
    /// The fields of an email of ours.
    pub(crate) fn of(email: &email::Email) -> Self {
        Self {
            email_subject: email.subject.clone(),
            email_sender: email.sender.as_str().to_owned(),
            email_timestream: email.timestamp.as_str().to_owned(),
            email_content: email.content.clone(),
        }
    }

    /// How long the email is as the body of a message: JSON without a space, that SQS takes.
    pub(crate) fn bytes_in_the_queue(&self) -> usize {
        let texts = [&self.email_subject, &self.email_sender, &self.email_timestream, &self.email_content];
        let frame = r#"{"email_subject":"","email_sender":"","email_timestream":"","email_content":""}"#;
        frame.len() + texts.into_iter().flat_map(|text| text.chars().map(escaped_length)).sum::<usize>()
    }

    fn keep_the_rules(&self) -> bool {
        let digits = self.email_timestream.as_bytes();
        let is_a_number = matches!(digits.len(), 1..=12) && digits.iter().all(u8::is_ascii_digit);
        let of_this_era = is_a_number && self.email_timestream.parse::<u64>().unwrap() <= 253_402_300_799;
        of_this_era && !self.email_sender.chars().all(is_white_space)
    }
}

fn escaped_length(character: char) -> usize {
    match character {
        '"' | '\\' | '\u{8}' | '\u{c}' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => 6,
        other => other.len_utf8(),
    }
}

/// Unicode's `White_Space`, as its `PropList.txt` lists it.
fn is_white_space(character: char) -> bool {
    matches!(character,
        '\u{9}'..='\u{d}' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
        | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Every value that an object has as `token`.
struct Tokens(Vec<Value>);

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(TokensVisitor)
    }
}

struct TokensVisitor;

impl<'de> Visitor<'de> for TokensVisitor {
    type Value = Tokens;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tokens, A::Error> {
        let mut tokens = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if name == "token" {
                tokens.push(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Tokens(tokens))
    }
}
