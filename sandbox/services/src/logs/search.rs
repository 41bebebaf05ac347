//! A page of the lines that a request asks for.

use super::LogGroup;
use super::group::{From, Line};
use super::pattern::Pattern;
use crate::error::Result;

/// How many lines a page looks at. AWS too looks for a while and then answers with what it has, which may be nothing yet.
pub(crate) const LOOKED_AT: usize = 10_000;
/// The most bytes of a page's lines, with 26 more for each, as AWS counts lines that are put.
const PAGE_BYTES: usize = 1_048_576;
const LINE_OVERHEAD: usize = 26;

#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) from: From,
    /// The last millisecond.
    pub(crate) until: i64,
    pub(crate) streams: Streams,
    pub(crate) pattern: Pattern,
    /// The most lines of a page.
    pub(crate) limit: usize,
}

#[derive(Debug)]
pub(crate) enum Streams {
    All,
    Named(Vec<String>),
    Prefixed(String),
}

impl Search {
    /// The lines of a page, and the number from which there may be more.
    pub(crate) fn page(&self, group: &LogGroup) -> Result<(Vec<Line>, Option<u64>)> {
        let looked_at = group.lines(self.from, LOOKED_AT)?;
        let more = (looked_at.len() == LOOKED_AT).then(|| looked_at.last().map(|line| line.number + 1));
        let (mut lines, mut bytes) = (Vec::new(), 0);
        for line in looked_at {
            if line.time > self.until {
                return Ok((lines, None));
            }
            if !self.streams.have(&line.stream) || !self.pattern.matches(&line.text) {
                continue;
            }
            bytes += line.text.len() + LINE_OVERHEAD;
            if lines.len() == self.limit || (bytes > PAGE_BYTES && !lines.is_empty()) {
                return Ok((lines, Some(line.number)));
            }
            lines.push(line);
        }
        Ok((lines, more.flatten()))
    }
}

impl Streams {
    fn have(&self, stream: &str) -> bool {
        match self {
            Self::All => true,
            Self::Named(names) => names.iter().any(|name| name == stream),
            Self::Prefixed(prefix) => stream.starts_with(prefix),
        }
    }
}
