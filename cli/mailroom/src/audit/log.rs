//! Receipts in the functions' logs: docs/LOGGING.md has the lines.

use crate::system::{Explain, System};
use anyhow::Result;
use email::Receipt;
use indicatif::ProgressBar;
use serde::Deserialize;
use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

/// The part of a line that an audit needs.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    message: Cow<'a, str>,
    receipt: Option<&'a str>,
}

/// Calls `found` with each receipt that was accepted between two times.
pub(crate) async fn accepted(
    system: &System,
    from: SystemTime,
    until: SystemTime,
    bar: &ProgressBar,
    found: impl FnMut(Receipt),
) -> Result<()> {
    read(system, &system.outputs.api_log_group, "accepted", (from, Some(until)), bar, found).await
}

/// Calls `found` with each receipt that was stored since then, or whose email was found stored already.
pub(crate) async fn stored(
    system: &System,
    from: SystemTime,
    bar: &ProgressBar,
    found: impl FnMut(Receipt),
) -> Result<()> {
    read(system, &system.outputs.worker_log_group, "filed", (from, None), bar, found).await
}

async fn read(
    system: &System,
    group: &str,
    message: &str,
    (from, until): (SystemTime, Option<SystemTime>),
    bar: &ProgressBar,
    mut found: impl FnMut(Receipt),
) -> Result<()> {
    let filter = system.logs.filter_log_events().log_group_name(group).start_time(milliseconds(from));
    let filter = filter
        .set_end_time(until.map(milliseconds))
        .filter_pattern(format!(r#"{{ $.message = "{message}" }}"#));
    let mut pages = filter.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.explain(format!("can't read the log group {group}"))?;
        for event in page.events() {
            // Lambda's own lines and an older version's come through the filter too.
            let line = serde_json::from_str::<Line<'_>>(event.message().unwrap_or_default());
            let Ok(line) = line else { continue };
            if let (true, Some(Ok(receipt))) = (line.message == message, line.receipt.map(str::parse)) {
                found(receipt);
            }
        }
        bar.inc(page.events().len() as u64);
    }
    Ok(())
}

/// Milliseconds since 1970, as CloudWatch Logs counts.
fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
