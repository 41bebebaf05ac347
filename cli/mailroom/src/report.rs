//! The output of a command: a report for people or for programs, and progress meanwhile.

use crate::system::{Identity, System};
use anyhow::{Context, Result};
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use serde::Serialize;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use terminal::{Outcome, print, text::printable_json};

const TICK: Duration = Duration::from_millis(100);

/// The result of a command. Its fields are the JSON document of `--json`: once released, names stay.
pub(crate) trait Report: Serialize {
    /// The same for a person, with styles. Each line ends in a line feed.
    fn text(&self) -> String;

    fn outcome(&self) -> Outcome;

    /// Prints the text below the line with which [`System::find`] has named the system, or the JSON document with the
    /// system in it.
    fn print(&self, system: &System, output: &Output) -> Result<Outcome> {
        if output.json {
            let document = Document { report: self, system: &system.identity };
            let json = serde_json::to_string(&document).context("can't write the report as JSON")?;
            print(&format!("{}\n", printable_json(&json)))?;
        } else {
            print(&self.text())?;
        }
        Ok(self.outcome())
    }
}

#[derive(Serialize)]
struct Document<'a, T: ?Sized> {
    #[serde(flatten)]
    report: &'a T,
    system: &'a Identity,
}

#[derive(clap::Args)]
pub(crate) struct Output {
    /// Print one JSON document to stdout instead of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// "1 email", "2,000 emails".
pub(crate) fn count(n: u64, thing: &str) -> String {
    format!("{} {thing}{}", HumanCount(n), if n == 1 { "" } else { "s" })
}

/// The end of the year 9999 in seconds since 1970, the last second that RFC 3339 can write. A receipt may hold a later time.
const LAST_SECOND: u64 = 253_402_300_799;

/// To the second.
pub(crate) fn rfc_3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(writable(time)).to_string()
}

/// To the millisecond.
pub(crate) fn rfc_3339_millis(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(writable(time)).to_string()
}

/// The time so many milliseconds after 1970; nothing after the year 9999.
pub(crate) fn time_of(milliseconds: u64) -> Option<SystemTime> {
    let since = Duration::from_millis(milliseconds);
    (since.as_secs() <= LAST_SECOND).then(|| UNIX_EPOCH + since)
}

fn writable(time: SystemTime) -> SystemTime {
    time.clamp(UNIX_EPOCH, UNIX_EPOCH + Duration::from_secs(LAST_SECOND))
}

/// A progress bar on stderr for an input of this many bytes; its prefix is the number of lines. Only a terminal shows it.
pub(crate) fn bytes_bar(of: u64) -> ProgressBar {
    styled(ProgressBar::new(of), "{bar:40} {percent} %, {prefix} lines, {eta} left  {msg}")
}

/// The same for an unknown number of things.
pub(crate) fn spinner(things: &str) -> ProgressBar {
    styled(ProgressBar::new_spinner(), &format!("{{spinner}} {{human_pos}} {things}  {{msg}}"))
}

/// A template that indicatif can't read leaves its own style. While nothing happens, ticks let the estimate grow.
fn styled(bar: ProgressBar, template: &str) -> ProgressBar {
    bar.enable_steady_tick(TICK);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_rfc_3339_cannot_write_is_the_nearest_that_it_can() {
        let seconds = |n| rfc_3339(UNIX_EPOCH + Duration::from_secs(n));
        assert_eq!([seconds(0), seconds(1_693_561_101)], ["1970-01-01T00:00:00Z", "2023-09-01T09:38:21Z"]);
        assert_eq!(seconds(LAST_SECOND + 1), "9999-12-31T23:59:59Z");
        assert_eq!(rfc_3339(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01T00:00:00Z");
        let receipt: email::Receipt = "ffffffff-ffff-7fff-bfff-ffffffffffff".parse().unwrap();
        assert_eq!(rfc_3339_millis(receipt.accepted_at().unwrap()), "9999-12-31T23:59:59.000Z");
    }

    #[test]
    fn one_is_singular_and_large_numbers_have_commas() {
        assert_eq!([count(1, "email"), count(2_000, "email")], ["1 email", "2,000 emails"]);
    }
}
