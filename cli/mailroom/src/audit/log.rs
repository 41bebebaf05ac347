//! Receipts in the functions' log lines: docs/LOGGING.md has the lines.

use crate::system::{Explain, System};
use anyhow::Result;
use email::Receipt;
use indicatif::ProgressBar;
use serde::Deserialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// What a line says, as far as it matters here.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    message: std::borrow::Cow<'a, str>,
    receipt: Option<&'a str>,
}

/// Tells each receipt that was accepted between two moments.
pub(crate) async fn accepted(
    system: &System,
    from: SystemTime,
    until: SystemTime,
    bar: &ProgressBar,
    tell: impl FnMut(Receipt),
) -> Result<()> {
    read(system, &system.outputs.api_log_group, "accepted", (from, Some(until)), bar, tell).await
}

/// Tells each receipt that was filed since a moment: newly, or found to be there already.
pub(crate) async fn filed(
    system: &System,
    from: SystemTime,
    bar: &ProgressBar,
    tell: impl FnMut(Receipt),
) -> Result<()> {
    read(system, &system.outputs.worker_log_group, "filed", (from, None), bar, tell).await
}

async fn read(
    system: &System,
    group: &str,
    message: &str,
    (from, until): (SystemTime, Option<SystemTime>),
    bar: &ProgressBar,
    mut tell: impl FnMut(Receipt),
) -> Result<()> {
    let filter = system.logs.filter_log_events().log_group_name(group).start_time(milliseconds(from));
    let filter = filter
        .set_end_time(until.map(milliseconds))
        .filter_pattern(format!(r#"{{ $.message = "{message}" }}"#));
    let mut pages = filter.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.explain(format!("the log group {group} can't be read"))?;
        for event in page.events() {
            // Whatever else came through the filter: a line of Lambda's own, or an older version's.
            let line = serde_json::from_str::<Line<'_>>(event.message().unwrap_or_default());
            let Ok(line) = line else { continue };
            if let (true, Some(Ok(receipt))) = (line.message == message, line.receipt.map(str::parse)) {
                tell(receipt);
            }
        }
        bar.inc(page.events().len() as u64);
    }
    Ok(())
}

/// Milliseconds since 1970, as CloudWatch Logs counts.
fn milliseconds(moment: SystemTime) -> i64 {
    let since = moment.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
