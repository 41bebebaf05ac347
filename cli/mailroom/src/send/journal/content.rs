//! The content of a journal.

use crate::system::System;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use terminal::text::Printable;

/// The first line: receipts of one stack say nothing about another.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Head {
    /// For people. A later stack may have the same one.
    pub(crate) url: Printable,
    /// The stack's ARN, which no other stack ever has.
    pub(crate) stack_id: Printable,
}

/// The first line as older versions wrote it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadWithoutStack {
    #[serde(rename = "url")]
    _url: Printable,
}

/// An accepted line.
#[derive(Deserialize, Serialize)]
pub(crate) struct Entry {
    pub(crate) line: u64,
    pub(crate) sha256: String,
    pub(crate) receipt: Printable,
}

#[derive(Debug)]
pub(crate) enum Content {
    /// Nothing, or the beginning of the head.
    New,
    Ours {
        accepted: HashSet<[u8; 32]>,
        /// The bytes without a last line that was cut off.
        whole: u64,
        /// False if those lack the last line feed.
        ends: bool,
    },
    /// Another stack's.
    Foreign(Head),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotUsable {
    #[error(
        "is not a journal: the file holds something else and stays unchanged; name another with --journal"
    )]
    NotAJournal,
    #[error(
        "was written by an older version and names no stack: delete it to send every line to this stack, or name another \
         with --journal"
    )]
    WithoutStack,
    #[error("is damaged in line {0}: delete it to send every line again, or name another with --journal")]
    Damaged(u64),
}

impl Head {
    pub(crate) fn of(system: &System) -> anyhow::Result<Self> {
        Ok(Self { url: system.url()?.into(), stack_id: system.identity.stack_id.as_str().into() })
    }

    /// Why this stack's journal is not that of `other`, and what to do.
    pub(crate) fn is_not(&self, other: &Self) -> String {
        let Self { url, stack_id } = self;
        if self.url == other.url {
            format!(
                "belongs to an earlier stack at {url}, {stack_id}: name another with --journal, or delete it to send every \
                 line to the present stack, {}",
                other.stack_id
            )
        } else {
            format!(
                "belongs to another stack, {stack_id} at {url}: name another with --journal for {} at {}",
                other.stack_id, other.url
            )
        }
    }
}

impl Content {
    /// Reads the bytes of a journal, for the stack of this head.
    pub(crate) fn read(bytes: &[u8], head: &Head) -> Result<Self, NotUsable> {
        let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
            let ours = serde_json::to_vec(head).map_err(|_| NotUsable::NotAJournal)?;
            return if ours.starts_with(bytes) { Ok(Self::New) } else { Err(NotUsable::NotAJournal) };
        };
        let (first, entries) = (&bytes[..end], &bytes[end + 1..]);
        let Ok(found) = serde_json::from_slice::<Head>(first) else {
            return Err(match serde_json::from_slice::<HeadWithoutStack>(first) {
                Ok(_) => NotUsable::WithoutStack,
                Err(_) => NotUsable::NotAJournal,
            });
        };
        if found.stack_id != head.stack_id {
            return Ok(Self::Foreign(found));
        }
        let (mut accepted, mut whole, mut ends) = (HashSet::new(), end as u64 + 1, true);
        for (line, number) in entries.split_inclusive(|byte| *byte == b'\n').zip(2..) {
            ends = line.ends_with(b"\n");
            match digest(line) {
                Ok(digest) => _ = accepted.insert(digest),
                Err(error) if !ends && error.is_eof() => {
                    ends = true;
                    break;
                }
                Err(_) => return Err(NotUsable::Damaged(number)),
            }
            whole += line.len() as u64;
        }
        Ok(Self::Ours { accepted, whole, ends })
    }
}

fn digest(line: &[u8]) -> Result<[u8; 32], serde_json::Error> {
    let entry: Entry = serde_json::from_slice(line)?;
    let mut digest = [0; 32];
    hex::decode_to_slice(entry.sha256, &mut digest).map_err(serde::de::Error::custom)?;
    Ok(digest)
}
