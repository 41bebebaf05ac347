//! How far `send` is, and that it retries: a bar on a terminal, and now and then a line where stderr is none.

use super::input::{Input, Line};
use crate::report::{bytes_bar, count, spinner};
use indicatif::{HumanCount, ProgressBar};
use std::cell::Cell;
use std::fmt::Display;
use std::io::Write;
use std::time::Duration;
use tokio::time::Instant;

/// Between two lines about retries.
const PAUSE: Duration = Duration::from_secs(30);

pub(crate) struct Progress {
    bar: ProgressBar,
    lines: Cell<u64>,
    /// Batches that wait for another attempt.
    retried: Cell<usize>,
    said: Cell<Option<Instant>>,
}

impl Progress {
    pub(crate) fn new(input: &Input) -> Self {
        let bar = input.size.map_or_else(|| spinner("lines"), bytes_bar);
        Self { bar, lines: Cell::new(0), retried: Cell::new(0), said: Cell::new(None) }
    }

    /// A line was accepted before. The estimate counts the time of posted lines alone.
    pub(crate) fn skipped(&self, line: &Line) {
        self.done(line);
        self.bar.reset_eta();
    }

    /// A line has its result. Lines end in any order.
    pub(crate) fn done(&self, line: &Line) {
        self.lines.set(self.lines.get() + 1);
        if self.bar.length().is_some() {
            self.bar.set_position(self.bar.position().max(line.end));
            self.bar.set_prefix(HumanCount(self.lines.get()).to_string());
        } else {
            self.bar.inc(1);
        }
    }

    /// Prints a line above the bar.
    pub(crate) fn say(&self, text: &str) {
        // A closed stderr does not stop the command.
        let _ = self.bar.suspend(|| writeln!(std::io::stderr(), "mailroom: {text}"));
    }

    /// Says that a line is retried, with this many others, until the value is dropped.
    pub(crate) fn retrying(&self, line: &Line, others: u64, why: impl Display) -> Retrying<'_> {
        self.retried.set(self.retried.get() + 1);
        let others = if others == 0 { String::new() } else { format!(" and {}", count(others, "other")) };
        let message = format!("retrying line {}{others}: {why}", line.number);
        if self.bar.is_hidden() && self.said.get().is_none_or(|said| said.elapsed() >= PAUSE) {
            self.said.set(Some(Instant::now()));
            self.say(&message);
        }
        self.bar.set_message(message);
        Retrying(self)
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Lines that are retried.
pub(crate) struct Retrying<'a>(&'a Progress);

impl Drop for Retrying<'_> {
    fn drop(&mut self) {
        let Self(progress) = self;
        progress.retried.set(progress.retried.get() - 1);
        if progress.retried.get() == 0 {
            progress.bar.set_message("");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_that_lines_are_retried_until_none_is() {
        let bar = ProgressBar::hidden();
        let progress = Progress { bar, lines: Cell::new(0), retried: Cell::new(0), said: Cell::new(None) };
        let line = |number| Line::new(number, Vec::new(), number * 10);
        let first = progress.retrying(&line(1), 2, "503");
        assert_eq!(progress.bar.message(), "retrying line 1 and 2 others: 503");
        let second = progress.retrying(&line(2), 0, "no answer");
        assert_eq!(progress.bar.message(), "retrying line 2: no answer");
        drop(first);
        assert_eq!(progress.bar.message(), "retrying line 2: no answer");
        drop(second);
        assert_eq!(progress.bar.message(), "");
    }

    #[test]
    fn the_bar_is_at_the_furthest_line() {
        let bar = bytes_bar(30);
        let progress = Progress { bar, lines: Cell::new(0), retried: Cell::new(0), said: Cell::new(None) };
        for (number, position) in [(2, 20), (1, 20), (3, 30)] {
            progress.done(&Line::new(number, Vec::new(), number * 10));
            assert_eq!(progress.bar.position(), position);
        }
        assert_eq!(progress.bar.prefix(), "3");
    }
}
