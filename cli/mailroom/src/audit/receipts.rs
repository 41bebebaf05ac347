//! Where receipts are found: in the functions' logs (docs/LOGGING.md has the lines), and in the bucket for emails that the
//! log does not show as stored.

use super::ledger::Ledger;
use crate::system::{Explain, LogSearch, System, Wanted};
use anyhow::Result;
use aws_sdk_s3::types::Object;
use email::Receipt;
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use std::collections::HashSet;
use std::time::{SystemTime, UNIX_EPOCH};

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
    message: &'static str,
    (from, until): (SystemTime, Option<SystemTime>),
    bar: &ProgressBar,
    mut found: impl FnMut(Receipt),
) -> Result<()> {
    let mut search = LogSearch::new(&system.logs, group, [Wanted::Message(message)], from, until);
    while let Some(lines) = search.next_page().await? {
        bar.inc(lines.len() as u64);
        lines.iter().filter_map(|line| line.receipt).for_each(&mut found);
    }
    Ok(())
}

/// Objects whose metadata is read at a time.
const AT_ONCE: usize = 32;

/// Looks at every object that was written since the oldest email that is nowhere was accepted. A listing has an object's
/// time, but only the object its receipt.
pub(crate) async fn search_bucket(system: &System, ledger: &mut Ledger, bar: &ProgressBar) -> Result<()> {
    let mut wanted: HashSet<Receipt> = ledger.nowhere().collect();
    // A receipt without a time in it may have been accepted at any time.
    let oldest = wanted.iter().map(|receipt| receipt.accepted_at().unwrap_or(UNIX_EPOCH)).min();
    let Some(oldest) = oldest else { return Ok(()) };
    let bucket = &system.outputs.bucket;
    let mut pages = system.s3.list_objects_v2().bucket(bucket).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.explain(format!("can't list the objects of {bucket}"))?;
        let recent = page.contents().iter().filter(|object| written_since(object, oldest));
        let keys = recent.filter_map(Object::key);
        let mut receipts = stream::iter(keys).map(|key| receipt(system, key)).buffer_unordered(AT_ONCE);
        while let Some(receipt) = receipts.try_next().await? {
            bar.inc(1);
            if let Some(receipt) = receipt.filter(|receipt| wanted.remove(receipt)) {
                ledger.in_bucket(receipt);
            }
        }
        if wanted.is_empty() {
            break;
        }
    }
    Ok(())
}

/// By the second, since a listing has no fractions.
fn written_since(object: &Object, oldest: SystemTime) -> bool {
    let oldest = oldest.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    object
        .last_modified()
        .is_none_or(|written| u64::try_from(written.secs()).is_ok_and(|written| written >= oldest))
}

/// Nothing if the object was deleted meanwhile.
async fn receipt(system: &System, key: &str) -> Result<Option<Receipt>> {
    let answer = system.s3.head_object().bucket(&system.outputs.bucket).key(key).send().await;
    if answer.as_ref().is_err_and(|error| error.as_service_error().is_some_and(|error| error.is_not_found()))
    {
        return Ok(None);
    }
    // The error must not hold the key, which has a sender in it.
    let head = answer.explain("can't read an object's metadata")?;
    Ok(head.metadata().and_then(|metadata| metadata.get(Receipt::NAME)?.parse().ok()))
}
