//! The HTTP contract, stated a second time: by serde's derived readers, which share nothing with Mailroom's own.

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use std::fmt;

/// An email that keeps the contract. The derived reader refuses members that are missing, unknown or repeated, and
/// values that are not strings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fields {
    email_subject: String,
    pub(crate) email_sender: String,
    email_timestream: String,
    email_content: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    data: Fields,
    #[serde(rename = "token")]
    _token: String,
}

/// The part of a body that can be read.
pub(crate) enum Shape {
    /// Not a JSON object.
    Unreadable,
    /// An object with these values of `token`: none if one of them is not a string.
    Object { presented: Vec<String> },
    /// An object that serde reads only if it may skip its values: numbers out of range, broken strings, deep nesting.
    /// It can't be accepted; the contract doesn't say at which step it is refused.
    Borderline,
}

/// The email of a request that `api` must accept from a caller with the token.
pub(crate) fn request(body: &[u8]) -> Option<Fields> {
    let shape: Value = serde_json::from_slice(body).ok()?;
    // A derived reader takes an array for a struct; the contract doesn't.
    if !shape.is_object() || !shape["data"].is_object() {
        return None;
    }
    let Request { data, .. } = serde_json::from_slice(body).ok()?;
    data.keep_the_rules().then_some(data)
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    data: Vec<OneOfBatch>,
    #[serde(rename = "token")]
    _token: String,
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum OneOfBatch {
    Email(Fields),
    Other(IgnoredAny),
}

/// The emails of a request with several, each unless it breaks the contract; `None` if the request is refused as a whole.
pub(crate) fn batch(body: &[u8]) -> Option<Vec<Option<Fields>>> {
    let shape: Value = serde_json::from_slice(body).ok()?;
    if !shape.is_object() {
        return None;
    }
    let Batch { data, .. } = serde_json::from_slice(body).ok()?;
    let email = |(one, shape): (OneOfBatch, &Value)| match one {
        OneOfBatch::Email(fields) if shape.is_object() => Some(fields).filter(Fields::keep_the_rules),
        OneOfBatch::Email(_) | OneOfBatch::Other(_) => None,
    };
    let emails = data.into_iter().zip(shape["data"].as_array()?).map(email).collect::<Vec<_>>();
    (1..=500).contains(&emails.len()).then_some(emails)
}

/// The email of a message that `worker` must store.
pub(crate) fn message(body: &str) -> Option<Fields> {
    let shape: Value = serde_json::from_str(body).ok()?;
    let fields: Fields = serde_json::from_str(body).ok().filter(|_| shape.is_object())?;
    fields.keep_the_rules().then_some(fields)
}

/// The email of a line of a batch, and its receipt.
pub(crate) type Line = (Fields, Option<String>);

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct LineMembers {
    email_subject: String,
    email_sender: String,
    email_timestream: String,
    email_content: String,
    receipt: Option<String>,
    #[serde(rename = "digest")]
    _digest: Option<String>,
    #[serde(rename = "accepted_at")]
    _accepted_at: Option<String>,
    #[serde(rename = "caller")]
    _caller: Option<String>,
}

pub(crate) fn line(line: &[u8]) -> Option<Line> {
    let LineMembers { email_subject, email_sender, email_timestream, email_content, receipt, .. } =
        serde_json::from_slice(line).ok()?;
    let fields = Fields { email_subject, email_sender, email_timestream, email_content };
    fields.keep_the_rules().then_some((fields, receipt))
}

pub(crate) fn shape(body: &[u8]) -> Shape {
    let starts_an_object = body.trim_ascii_start().starts_with(b"{");
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(_)) => {
            let Tokens(tokens) = serde_json::from_slice(body).expect("an object");
            let texts: Option<_> = tokens.iter().map(|token| token.as_str().map(str::to_owned)).collect();
            Shape::Object { presented: texts.unwrap_or_default() }
        }
        Err(_) if starts_an_object && serde_json::from_slice::<IgnoredAny>(body).is_ok() => Shape::Borderline,
        Ok(_) | Err(_) => Shape::Unreadable,
    }
}

impl Fields {
    pub(crate) fn of(email: &email::Email) -> Self {
        Self {
            email_subject: email.subject.clone(),
            email_sender: email.sender.as_str().to_owned(),
            email_timestream: email.timestamp.as_str().to_owned(),
            email_content: email.content.clone(),
        }
    }

    /// The length of the email as the body of a message: JSON without white space, in characters that SQS accepts.
    pub(crate) fn bytes_in_the_queue(&self) -> usize {
        let texts = [&self.email_subject, &self.email_sender, &self.email_timestream, &self.email_content];
        let frame = r#"{"email_subject":"","email_sender":"","email_timestream":"","email_content":""}"#;
        frame.len() + texts.into_iter().flat_map(|text| text.chars().map(escaped_length)).sum::<usize>()
    }

    fn keep_the_rules(&self) -> bool {
        let digits = self.email_timestream.as_bytes();
        let is_a_number = matches!(digits.len(), 1..=12) && digits.iter().all(u8::is_ascii_digit);
        let before_10000 = is_a_number && self.email_timestream.parse::<u64>().unwrap() <= 253_402_300_799;
        before_10000 && !self.email_sender.chars().all(is_white_space)
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
#[derive(Default)]
struct Tokens(Vec<Value>);

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self::default())
    }
}

impl<'de> Visitor<'de> for Tokens {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "token" {
                self.0.push(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(self)
    }
}
