//! The functions' recent warnings and errors, and which of them are resolved: docs/LOGGING.md has the lines.

use super::complaints::{Complaints, ago};
use super::queue::Policy;
use super::{Part, State};
use crate::report::spinner;
use crate::system::{CLOCK_SKEW, Depth, Function, LogLine, LogSearch, System, Wanted};
use anyhow::Result;
use indicatif::{HumanCount, ProgressBar};
use std::ops::ControlFlow;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const RECENT: Duration = Duration::from_secs(15 * 60);
/// How long the logs are read. The log of a storm is longer than anybody waits for a screen.
const READ_FOR: Duration = Duration::from_secs(60);

/// How far the logs were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    ToTheEnd,
    /// The time was up.
    InPart,
}

/// An email that a function complains about and that is not stored yet is a problem, even if it is tried again: the cause
/// may stay.
pub(crate) async fn functions(system: &System) -> Result<Part> {
    let (bar, stop) = (spinner("log lines"), Instant::now() + READ_FOR);
    let mut complaints = Complaints::default();
    let read = read(system, &mut complaints, stop, &bar).await;
    bar.finish_and_clear();
    let read = read?;
    let now = SystemTime::now();
    if complaints.retrying() > 0 {
        let policy = Policy::of(system).await?;
        let depth = Depth::of(system, &system.outputs.queue_url).await?;
        complaints.queue(depth, policy.receives, policy.visibility, now);
    }
    Ok(part(&complaints, read, now))
}

/// Reads the complaints, then the successes that may have ended them.
async fn read(
    system: &System,
    complaints: &mut Complaints,
    stop: Instant,
    bar: &ProgressBar,
) -> Result<Read> {
    let since = SystemTime::now().checked_sub(RECENT).unwrap_or(UNIX_EPOCH);
    let (api, worker) = (&system.outputs.api_log_group, &system.outputs.worker_log_group);
    for (function, group) in [(Function::Api, api), (Function::Worker, worker)] {
        let search = LogSearch::new(&system.logs, group, Wanted::COMPLAINTS, since, None);
        let add = |line: &LogLine| {
            complaints.add(function, line);
            ControlFlow::Continue(())
        };
        if each(search, stop, bar, add).await? == Read::InPart {
            return Ok(Read::InPart);
        }
    }
    if let Some(from) = complaints.open_since(Function::Api) {
        let search = LogSearch::new(&system.logs, api, [Wanted::Message("accepted")], from, None);
        let worked = |line: &LogLine| {
            complaints.worked(Function::Api, line.time);
            ControlFlow::Break(())
        };
        if each(search, stop, bar, worked).await? == Read::InPart {
            return Ok(Read::InPart);
        }
    }
    if let Some(from) = complaints.open_since(Function::Worker) {
        let from = from.checked_sub(CLOCK_SKEW).unwrap_or(UNIX_EPOCH);
        let search = LogSearch::new(&system.logs, worker, [Wanted::Message("filed")], from, None);
        let stored = |line: &LogLine| {
            complaints.stored(line);
            match complaints.open_since(Function::Worker) {
                Some(_) => ControlFlow::Continue(()),
                None => ControlFlow::Break(()),
            }
        };
        return each(search, stop, bar, stored).await;
    }
    Ok(Read::ToTheEnd)
}

/// Calls `see` with each line until it has seen enough, at most until a time.
async fn each(
    mut search: LogSearch<'_>,
    stop: Instant,
    bar: &ProgressBar,
    mut see: impl FnMut(&LogLine) -> ControlFlow<()>,
) -> Result<Read> {
    while Instant::now() < stop {
        let Some(lines) = search.next_page().await? else { return Ok(Read::ToTheEnd) };
        bar.inc(lines.len() as u64);
        if lines.iter().try_for_each(&mut see).is_break() {
            return Ok(Read::ToTheEnd);
        }
    }
    Ok(Read::InPart)
}

fn warnings(lines: u64) -> String {
    match lines {
        1 => "1 warning or error".to_owned(),
        _ => format!("{} warnings or errors", HumanCount(lines)),
    }
}

fn part(complaints: &Complaints, read: Read, now: SystemTime) -> Part {
    let minutes = RECENT.as_secs() / 60;
    let lines = warnings(complaints.lines());
    let last = complaints.last().map(|last| format!(", last {}", ago(last, now))).unwrap_or_default();
    let (state, detail) = match (read, complaints.standing()) {
        (Read::ToTheEnd, 0) if complaints.lines() == 0 => {
            (State::Well, format!("no warnings or errors in {minutes} minutes"))
        }
        (Read::ToTheEnd, 0) => {
            (State::Well, format!("works; {lines} in {minutes} minutes{last}, all resolved"))
        }
        (Read::ToTheEnd, _) => (State::NotWell, complaints.text(now)),
        (Read::InPart, _) => {
            let seconds = READ_FOR.as_secs();
            let detail = format!(
                "the log of {minutes} minutes is too long to read in {seconds} s: {lines} in the part that was \
                 read{last}"
            );
            (State::Unknown, detail)
        }
    };
    let numbers = [
        ("complaints", complaints.lines()),
        ("standing", complaints.standing()),
        ("retrying", complaints.retrying()),
    ];
    let part = Part::new("functions", state, detail).with(numbers);
    match complaints.last() {
        Some(last) => {
            let seconds = now.duration_since(last).unwrap_or_default().as_secs();
            part.with([("seconds_since_last_complaint", seconds)])
        }
        None => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::logs::pages::Pages;
    use serde_json::json;

    fn now() -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(10_000)
    }

    /// With a complaint about `worker` 90 s ago.
    fn complaints() -> Complaints {
        let mut complaints = Complaints::default();
        let line = json!({"message": "the function stopped", "error": "a setting"}).to_string();
        let line = LogLine::parse(now() - Duration::from_secs(90), &line).unwrap();
        complaints.add(Function::Worker, &line);
        complaints
    }

    #[test]
    fn the_functions_are_well_if_nothing_is_unresolved_and_the_whole_log_was_read() {
        let mut over = complaints();
        over.worked(Function::Worker, now());
        for (complaints, read, state, words) in [
            (Complaints::default(), Read::ToTheEnd, State::Well, "no warnings or errors in 15 minutes"),
            (
                over,
                Read::ToTheEnd,
                State::Well,
                "1 warning or error in 15 minutes, last 90 s ago, all resolved",
            ),
            (
                complaints(),
                Read::ToTheEnd,
                State::NotWell,
                "no email stored since worker: the function stopped",
            ),
            (
                Complaints::default(),
                Read::InPart,
                State::Unknown,
                "too long to read in 60 s: 0 warnings or errors in the part",
            ),
            (
                complaints(),
                Read::InPart,
                State::Unknown,
                "1 warning or error in the part that was read, last 90 s ago",
            ),
        ] {
            let part = part(&complaints, read, now());
            assert!(part.state == state && part.detail.contains(words), "{:?} {}", part.state, part.detail);
        }
    }

    #[tokio::test]
    async fn a_log_that_is_not_read_to_its_end_in_time_was_read_in_part() {
        let line = |message: &str| json!({"timestamp": 1, "message": json!({"level": "WARN", "message": message}).to_string()});
        for (minutes, enough, read, seen) in [
            (1, "none", Read::ToTheEnd, 2),
            (1, "a", Read::ToTheEnd, 1), // enough was seen
            (0, "none", Read::InPart, 0),
        ] {
            let pages = Pages::new([
                json!({"events": [line("a")], "nextToken": "1"}),
                json!({"events": [line("b")]}),
            ]);
            let (client, bar) = (pages.client(), ProgressBar::hidden());
            let search = LogSearch::new(&client, "group", Wanted::COMPLAINTS, UNIX_EPOCH, None);
            let stop = Instant::now() + Duration::from_secs(minutes * 60);
            let mut lines = 0;
            let see = |line: &LogLine| {
                lines += 1;
                if line.message.as_str() == enough {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            };
            assert_eq!(each(search, stop, &bar, see).await.unwrap(), read, "{minutes} {enough}");
            assert_eq!(lines, seen, "{minutes} {enough}");
        }
    }
}
