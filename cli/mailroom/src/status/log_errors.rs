//! The functions' recent warnings and errors: docs/LOGGING.md has the lines.

use super::{Part, State};
use crate::system::{Explain, System};
use anyhow::Result;
use indicatif::HumanCount;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const RECENT: Duration = Duration::from_secs(15 * 60);
/// Pages of a function's log that are read: enough to see what is wrong, not to count a storm.
const PAGES: usize = 5;
/// Different lines that are shown.
const SHOWN: usize = 3;
const PATTERN: &str = r#"{ $.level = "ERROR" || $.level = "WARN" }"#;

/// None of these holds anything of an email.
#[derive(Deserialize)]
struct Line {
    level: String,
    message: String,
    error: Option<String>,
    reason: Option<String>,
}

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
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(RECENT);
    let filter = system.logs.filter_log_events().log_group_name(group).filter_pattern(PATTERN);
    let filter = filter.start_time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    let mut pages = filter.into_paginator().send();
    for _ in 0..PAGES {
        let Some(page) = pages.next().await else { break };
        let page = page.explain(format!("can't read the log group {group}"))?;
        for event in page.events() {
            if let Some(line) = summary(function, event.message().unwrap_or_default()) {
                *counts.entry(line).or_default() += 1;
            }
        }
    }
    Ok(())
}

/// Nothing if the line is neither a warning nor an error of the functions.
fn summary(function: &str, line: &str) -> Option<String> {
    let Line { level, message, error, reason } = serde_json::from_str(line).ok()?;
    let why = error.or(reason).map(|why| format!(" ({why})")).unwrap_or_default();
    ["ERROR", "WARN"].contains(&level.as_str()).then(|| format!("{function}: {message}{why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_function_message_and_reason() {
        for (line, complains) in [
            (r#"{"level":"WARN","message":"not filed: given back","error":"refused: NoSuchBucket"}"#, true),
            (r#"{"level":"INFO","message":"not filed: given back","error":"refused: NoSuchBucket"}"#, false),
            ("REPORT RequestId: 1", false),
        ] {
            let expected = "worker: not filed: given back (refused: NoSuchBucket)".to_owned();
            assert_eq!(summary("worker", line), complains.then_some(expected), "{line}");
        }
    }
}
