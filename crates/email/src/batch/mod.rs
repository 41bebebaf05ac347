//! An object of the layout `batch`: the emails of one invocation, a line of JSON each.
//!
//! An email may be in several objects, since SQS may deliver its message again, with others. Readers tell such copies by
//! their [`Identity`].

use crate::json::{self, InvalidJson, Lookup, Members, Value};
use crate::{AcceptedAt, Caller, ContentDigest, Email, FieldError, Receipt, wire_format};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::time::SystemTime;

/// An email of a batch, with the rest of its line.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchLine {
    pub email: Email,
    pub digest: ContentDigest,
    /// Messages of other senders than `api` may have none.
    pub receipt: Option<Receipt>,
    pub accepted_at: Option<AcceptedAt>,
    pub caller: Option<Caller>,
}

/// The same for each copy of an accepted email.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    Receipt(Receipt),
    /// Identifies an email without a receipt.
    Digest(ContentDigest),
}

/// The text of an error holds nothing of the line.
#[derive(Debug, thiserror::Error)]
pub enum InvalidLine {
    #[error(transparent)]
    Json(#[from] InvalidJson),
    #[error("not a JSON object")]
    NotAnObject,
    #[error("`{0}` is repeated or has no such value")]
    Member(&'static str),
    #[error("not an email: {0:?}")]
    Fields(Vec<FieldError>),
    #[error("the email has another digest than its line says")]
    Changed,
}

impl BatchLine {
    /// `sent` is the time at which SQS took the message. It stands in for the time of acceptance if no receipt holds that.
    pub fn new(
        email: Email,
        receipt: Option<Receipt>,
        sent: Option<SystemTime>,
        caller: Option<Caller>,
    ) -> Self {
        let of_receipt = receipt.and_then(|receipt| AcceptedAt::new(receipt.accepted_at()?));
        let accepted_at = of_receipt.or_else(|| AcceptedAt::new(sent?));
        Self { digest: ContentDigest::of(&email), email, receipt, accepted_at, caller }
    }

    pub fn identity(&self) -> Identity {
        self.receipt.map_or(Identity::Digest(self.digest), Identity::Receipt)
    }

    /// The same for lines of which an object needs one. Two emails with one receipt are both kept.
    pub fn copy_of(&self) -> (Identity, ContentDigest) {
        (self.identity(), self.digest)
    }

    /// Reads a line, without its line feed. The email must have the digest that the line gives.
    pub fn parse(line: &[u8]) -> Result<Self, InvalidLine> {
        let Value::Object(mut members) = json::parse(line)? else { return Err(InvalidLine::NotAnObject) };
        let digest = take(&mut members, ContentDigest::LINE_NAME)?;
        let receipt = parsed(&mut members, Receipt::NAME)?;
        let accepted_at = parsed(&mut members, AcceptedAt::NAME)?;
        let caller = parsed(&mut members, Caller::NAME)?;
        let email = Email::from_members(members, "").map_err(InvalidLine::Fields)?;
        let line = Self { digest: ContentDigest::of(&email), email, receipt, accepted_at, caller };
        if digest.is_some_and(|digest| digest != line.digest.to_string()) {
            return Err(InvalidLine::Changed);
        }
        Ok(line)
    }

    /// The four fields first, as in an object of the other layouts, then the others that have a value.
    pub fn encode(&self) -> String {
        let mut json = wire_format::encode(&self.email);
        json.pop(); // the closing brace
        let mut add = |name, value: Option<String>| {
            // No value has a character that JSON escapes.
            json.extend(value.map(|value| format!(r#","{name}":"{value}""#)));
        };
        add(Receipt::NAME, self.receipt.map(|receipt| receipt.to_string()));
        add(ContentDigest::LINE_NAME, Some(self.digest.to_string()));
        add(AcceptedAt::NAME, self.accepted_at.as_ref().map(ToString::to_string));
        add(Caller::NAME, self.caller.as_ref().map(ToString::to_string));
        json.push('}');
        json
    }
}

fn take(members: &mut Members, name: &'static str) -> Result<Option<String>, InvalidLine> {
    match members.take(name) {
        Lookup::Missing => Ok(None),
        Lookup::Once(Value::String(text)) => Ok(Some(text)),
        Lookup::Once(_) | Lookup::Repeated(_) => Err(InvalidLine::Member(name)),
    }
}

fn parsed<T: std::str::FromStr>(members: &mut Members, name: &'static str) -> Result<Option<T>, InvalidLine> {
    let text = take(members, name)?;
    text.map(|text| text.parse().map_err(|_| InvalidLine::Member(name))).transpose()
}

/// The object that holds some emails, and its key.
///
/// The key holds the SHA-256 of the body, so the same messages have the same object whenever they are delivered together.
pub struct BatchObject {
    pub key: BatchKey,
    pub body: String,
    /// The number of lines.
    pub emails: usize,
}

impl BatchObject {
    /// The content type of the body: JSON, one value a line.
    pub const CONTENT_TYPE: &str = "application/x-ndjson";
    /// The key of the object metadata with the number of lines.
    pub const EMAILS: &str = "emails";

    /// Sorts the lines by time, those without one last, and keeps the first of each email's copies. `now` stands in if no
    /// email says when it was accepted. `None` without lines.
    ///
    /// The order depends on every member of a line: copies differ if other programs send them, in the caller, or in the time
    /// at which SQS took them.
    pub fn new(mut lines: Vec<BatchLine>, now: SystemTime) -> Option<Self> {
        lines.sort_by_cached_key(|line| {
            let time = line.accepted_at.clone();
            (time.is_none(), time, line.copy_of(), line.caller.clone())
        });
        let mut seen = HashSet::new();
        lines.retain(|line| seen.insert(line.copy_of()));
        let earliest = lines.first()?.accepted_at.clone();
        let hour = earliest.or_else(|| AcceptedAt::new(now))?.hour();
        let body: String = lines.iter().map(|line| line.encode() + "\n").collect();
        let digest = hex::encode(Sha256::digest(&body));
        Some(Self { key: BatchKey { hour, digest }, body, emails: lines.len() })
    }
}

/// `batches/YYYY/MM/DD/HH/{digest}.ndjson`: the hour in UTC in which the first of the emails was accepted, and the SHA-256
/// of the object. It holds nothing of the emails, so it may be logged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchKey {
    hour: String,
    digest: String,
}

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("not the key of a batch")]
pub struct InvalidBatchKey;

impl BatchKey {
    /// The beginning of all keys of batches.
    pub const PREFIX: &str = "batches/";
    /// The key of the object metadata that carries the digest.
    pub const DIGEST: &str = "digest";
    const EXTENSION: &str = ".ndjson";

    /// The SHA-256 of the object, 64 hex digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The beginning of the keys of the batches whose first email was accepted in the hour of this time, in UTC.
    pub fn prefix_of_hour(time: SystemTime) -> Option<String> {
        Some(format!("{}{}/", Self::PREFIX, AcceptedAt::new(time)?.hour()))
    }
}

impl std::fmt::Display for BatchKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}/{}{}", Self::PREFIX, self.hour, self.digest, Self::EXTENSION)
    }
}

impl std::str::FromStr for BatchKey {
    type Err = InvalidBatchKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.strip_prefix(Self::PREFIX).and_then(|rest| rest.strip_suffix(Self::EXTENSION));
        let (hour, digest) = path.and_then(|path| path.rsplit_once('/')).ok_or(InvalidBatchKey)?;
        let is_hour = AcceptedAt::is_hour(hour);
        let is_digest = digest.len() == 64 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if is_hour && is_digest {
            Ok(Self { hour: hour.to_owned(), digest: digest.to_owned() })
        } else {
            Err(InvalidBatchKey)
        }
    }
}

#[cfg(test)]
mod tests;
