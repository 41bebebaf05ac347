//! Input that wants to do harm, as tables: each has one answer, ends no process, and reaches the queue only with a 200.
//!
//! - `json`: what trips up parsers;
//! - `unicode`: text that is stored byte for byte, and bytes that are no text;
//! - `size`: bodies that are huge, deep or grow on the way;
//! - `framing`: requests that two servers would cut differently;
//! - `target`: paths and methods that would like to be another one;
//! - `headers`: hosts, encodings and whatever else stands in a head;
//! - `slow`: clients that dawdle, leave or never read, and hundreds that say nothing;
//! - `tokens`: who guesses, in every place, ten thousand times;
//! - `logs`: what would like to be a line of the log;
//! - `page`: the status page and what is shown there.
//!
//! `watch` counts what a system does meanwhile, `wire` speaks to it without an HTTP client's good manners, `http` holds a
//! table of such requests.

mod framing;
mod headers;
mod http;
mod json;
mod logs;
mod page;
mod size;
mod slow;
mod target;
mod tokens;
mod unicode;
mod watch;
mod wire;

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
