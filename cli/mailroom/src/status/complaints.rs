//! What the functions complained about lately: docs/LOGGING.md has the lines.

use super::health::{Part, State};
use crate::report::{count, grouped};
use crate::system::{Explain, System};
use anyhow::Result;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How far back.
const LATELY: Duration = Duration::from_secs(15 * 60);
/// Pages of the log that are read of each function: enough to see what is wrong, not to count all of a storm.
const PAGES: usize = 5;
/// Different complaints that are shown.
const SHOWN: usize = 3;
/// Both levels that somebody should know of.
const PATTERN: &str = r#"{ $.level = "ERROR" || $.level = "WARN" }"#;

/// What a line says. It holds nothing of an email.
#[derive(Deserialize)]
struct Line {
    level: String,
    message: String,
    error: Option<String>,
    reason: Option<String>,
}

/// Complaints with how often each was made.
type Counted = BTreeMap<String, u64>;

/// Whether the functions complained. What they complain about is tried again or told by an alarm, so it is worth a look
/// and no more.
pub(crate) async fn complaints(system: &System) -> Result<Part> {
    let groups = [("api", &system.outputs.api_log_group), ("worker", &system.outputs.worker_log_group)];
    let mut counted = Counted::new();
    for (function, group) in groups {
        read(system, function, group, &mut counted).await?;
    }
    let all = counted.values().sum();
    let minutes = LATELY.as_secs() / 60;
    if all == 0 {
        return Ok(Part::new("functions", State::Well, format!("no complaint in {minutes} minutes")));
    }
    let mut most: Vec<_> = counted.iter().collect();
    most.sort_by_key(|(_, times)| std::cmp::Reverse(**times));
    let shown = most.iter().take(SHOWN).map(|(what, times)| format!("{} x {what}", grouped(**times)));
    let detail =
        format!("{} in {minutes} minutes: {}", count(all, "complaint"), shown.collect::<Vec<_>>().join("; "));
    Ok(Part::new("functions", State::Watch, detail).with("complaints", all))
}

async fn read(system: &System, function: &str, group: &str, counted: &mut Counted) -> Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(LATELY);
    let filter = system.logs.filter_log_events().log_group_name(group).filter_pattern(PATTERN);
    let filter = filter.start_time(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    let mut pages = filter.into_paginator().send();
    for _ in 0..PAGES {
        let Some(page) = pages.next().await else { break };
        let page = page.explain(format!("the log group {group} can't be read"))?;
        for event in page.events() {
            if let Some(complaint) = complaint(function, event.message().unwrap_or_default()) {
                *counted.entry(complaint).or_default() += 1;
            }
        }
    }
    Ok(())
}

/// What a line complains about; nothing if it doesn't, or is none of ours.
fn complaint(function: &str, line: &str) -> Option<String> {
    let Line { level, message, error, reason } = serde_json::from_str(line).ok()?;
    let why = error.or(reason).map(|why| format!(" ({why})")).unwrap_or_default();
    ["ERROR", "WARN"].contains(&level.as_str()).then(|| format!("{function}: {message}{why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_who_what_and_why() {
        for (line, complains) in [
            (r#"{"level":"WARN","message":"not filed: given back","error":"refused: NoSuchBucket"}"#, true),
            (r#"{"level":"INFO","message":"not filed: given back","error":"refused: NoSuchBucket"}"#, false),
            ("REPORT RequestId: 1", false),
        ] {
            let expected = "worker: not filed: given back (refused: NoSuchBucket)".to_owned();
            assert_eq!(complaint("worker", line), complains.then_some(expected), "{line}");
        }
    }
}
