//! Tables of hostile input: each has one answer, ends no process, and reaches the queue only with a 200.
//!
//! - `json`: input that confuses parsers;
//! - `unicode`: text that is stored byte for byte, and invalid text;
//! - `size`: bodies that are huge, deep or grow on the way;
//! - `headers`: hosts, encodings and other headers;
//! - `tokens`: guessed tokens;
//! - `logs`: forged log lines.
//!
//! Framing, targets and slow clients are the load balancer's: the sandbox's tests have them.

mod headers;
mod json;
mod logs;
mod size;
mod tokens;
mod unicode;

use crate::harness::TOKEN;

/// Four good fields, as members of `data`.
const FIELDS: &str =
    r#""email_subject":"s","email_sender":"a","email_timestream":"1693561101","email_content":"c""#;

/// A good request.
fn good() -> String {
    format!(r#"{{"data":{{{FIELDS}}},"token":"{TOKEN}"}}"#)
}

/// A good request with more members in `data`.
fn inside(members: &str) -> String {
    format!(r#"{{"data":{{{FIELDS},{members}}},"token":"{TOKEN}"}}"#)
}

/// A good request with more members beside `data`.
fn beside(members: &str) -> String {
    format!(r#"{{"data":{{{FIELDS}}},"token":"{TOKEN}",{members}}}"#)
}

/// A good request whose content stands there as it is given, between quotes.
fn content(raw: &str) -> String {
    good().replace(r#""c""#, &format!(r#""{raw}""#))
}
