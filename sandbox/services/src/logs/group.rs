//! The lines of a log group, the oldest of which give way.

use super::invalid;
use crate::clock::{iso_8601, milliseconds};
use crate::error::Result;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;
use uuid::Uuid;

/// A log group. Cheap to clone: all clones are one.
#[derive(Clone)]
pub struct LogGroup(Arc<Inner>);

struct Inner {
    name: String,
    /// The most bytes of lines that are kept.
    most: usize,
    lines: Mutex<Lines>,
}

#[derive(Default)]
struct Lines {
    /// In the order of their numbers and times.
    kept: VecDeque<Line>,
    bytes: usize,
    /// The number of the next line.
    next: u64,
    /// The time of the last line that was dropped.
    dropped: Option<i64>,
}

#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Its place in the group, from 0.
    pub(crate) number: u64,
    /// When it arrived: milliseconds since 1970, never before the line in front of it, whatever the clock did.
    pub(crate) time: i64,
    pub(crate) stream: Arc<str>,
    pub(crate) text: Arc<str>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum From {
    Time(i64),
    Number(u64),
}

impl LogGroup {
    /// An empty group that keeps so many bytes of lines.
    pub(crate) fn new(name: &str, most: usize) -> Self {
        Self(Arc::new(Inner { name: name.to_owned(), most, lines: Mutex::default() }))
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// A stream for a new instance of `function`, named as Lambda does, which names the function too where the group
    /// could be another's: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html>.
    pub fn new_stream(&self, function: &str) -> LogStream {
        let now = iso_8601(SystemTime::now());
        let day = now.get(..10).unwrap_or_default().replace('-', "/");
        let instance = Uuid::new_v4().simple();
        let name = if self.name() == format!("/aws/lambda/{function}") {
            format!("{day}/[$LATEST]{instance}")
        } else {
            format!("{day}/{function}[$LATEST][{instance}]")
        };
        LogStream { group: self.clone(), name: name.into() }
    }

    /// The lines that are kept, the oldest first.
    pub fn peek(&self) -> Vec<String> {
        self.0.lines.lock().kept.iter().map(|line| line.text.to_string()).collect()
    }

    /// The lines that are kept of the time from `from` to `until`, the oldest first, and when each was printed. Times are
    /// in milliseconds since 1970.
    pub fn between(&self, from: u64, until: u64) -> Vec<(u64, Arc<str>)> {
        let lines = self.0.lines.lock();
        let first = lines.kept.partition_point(|line| line.time.cast_unsigned() < from);
        let lines =
            lines.kept.iter().skip(first).map(|line| (line.time.cast_unsigned(), Arc::clone(&line.text)));
        lines.take_while(|(time, _)| *time <= until).collect()
    }

    pub(crate) fn put_at(&self, time: i64, stream: &Arc<str>, text: &str) {
        let mut lines = self.0.lines.lock();
        let time = lines.kept.back().map_or(time, |last| last.time.max(time));
        let line = Line { number: lines.next, time, stream: Arc::clone(stream), text: text.into() };
        lines.next += 1;
        lines.bytes += line.bytes();
        lines.kept.push_back(line);
        while lines.bytes > self.0.most
            && lines.kept.len() > 1
            && let Some(oldest) = lines.kept.pop_front()
        {
            lines.bytes -= oldest.bytes();
            if lines.dropped.replace(oldest.time).is_none() {
                tracing::warn!(
                    group = self.0.name,
                    kept = self.0.most,
                    "the oldest lines of a log are dropped from now on"
                );
            }
        }
    }

    /// The next `most` lines, unless some of them were dropped.
    pub(crate) fn lines(&self, from: From, most: usize) -> Result<Vec<Line>> {
        let lines = self.0.lines.lock();
        let first = match from {
            From::Time(time) => lines.kept.partition_point(|line| line.time < time),
            From::Number(number) => lines.kept.partition_point(|line| line.number < number),
        };
        if let Some(dropped) = lines.dropped {
            let oldest = lines.kept.front().map_or(lines.next, |line| line.number);
            let gone = match from {
                From::Time(time) => time <= dropped,
                From::Number(number) => number < oldest,
            };
            if gone {
                // AWS has no such error: it keeps all lines.
                return Err(invalid(format!(
                    "Lines of that time were dropped: the sandbox keeps the newest {} bytes of a log group. \
                     With a startTime from {} on the answer is complete.",
                    self.0.most,
                    dropped + 1
                )));
            }
        }
        Ok(lines.kept.iter().skip(first).take(most).cloned().collect())
    }
}

/// Without the lines, which are many.
impl fmt::Debug for LogGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogGroup").field(&self.0.name).finish()
    }
}

impl Line {
    /// The memory that it takes.
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len()
    }
}

/// The log stream of one instance of a function. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LogStream {
    group: LogGroup,
    name: Arc<str>,
}

impl LogStream {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn put(&self, line: &str) {
        self.group.put_at(milliseconds(SystemTime::now()).cast_signed(), &self.name, line);
    }
}
