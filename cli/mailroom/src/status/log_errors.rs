//! The functions' recent warnings and errors: docs/LOGGING.md has the lines.

use super::{Part, State};
use crate::system::{LogLine, LogSearch, System, Wanted};
use anyhow::Result;
use indicatif::HumanCount;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const RECENT: Duration = Duration::from_secs(15 * 60);
/// Different lines that are shown.
const SHOWN: usize = 3;

/// An email that the functions complain about is tried again or brings an alarm, so their lines are worth a look and no
/// more.
pub(crate) async fn log_errors(system: &System) -> Result<Part> {
    let groups = [("api", &system.outputs.api_log_group), ("worker", &system.outputs.worker_log_group)];
    let mut counts = BTreeMap::new();
    for (function, group) in groups {
        read(system, function, group, &mut counts).await?;
    }
    let (all, minutes) = (counts.values().sum(), RECENT.as_secs() / 60);
    if all == 0 {
        let detail = format!("no warnings or errors in {minutes} minutes");
        return Ok(Part::new("functions", State::Well, detail));
    }
    let mut most: Vec<_> = counts.into_iter().collect();
    most.sort_by_key(|(_, times)| Reverse(*times));
    let shown = most.iter().take(SHOWN).map(|(line, times)| format!("{} x {line}", HumanCount(*times)));
    let shown = shown.collect::<Vec<_>>().join("; ");
    let detail = format!("{} warnings and errors in {minutes} minutes: {shown}", HumanCount(all));
    Ok(Part::new("functions", State::Watch, detail).with([("complaints", all)]))
}

async fn read(
    system: &System,
    function: &str,
    group: &str,
    counts: &mut BTreeMap<String, u64>,
) -> Result<()> {
    let since = SystemTime::now().checked_sub(RECENT).unwrap_or(UNIX_EPOCH);
    let mut search = LogSearch::new(&system.logs, group, Wanted::COMPLAINTS, since, None);
    while let Some(lines) = search.next_page().await? {
        for line in lines {
            *counts.entry(summary(function, &line)).or_default() += 1;
        }
    }
    Ok(())
}

fn summary(function: &str, line: &LogLine) -> String {
    let why = line.why().map(|why| format!(" ({why})")).unwrap_or_default();
    format!("{function}: {}{why}", line.message)
}
