//! Emails in batches: their lines hold what the metadata of other objects does.

use super::listing::{self, Entry};
use super::object::{Object, Origin, fate};
use crate::batch::{self, Seen};
use crate::system::System;
use anyhow::Result;
use email::{BatchKey, BatchLine, Receipt, Sender};
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use std::cmp::Reverse;
use std::time::SystemTime;

/// Batches that are read at a time.
const AT_ONCE: usize = 16;

/// The email with this receipt in the batch with this key, deleted versions included.
pub(crate) async fn with_receipt(system: &System, key: &str, receipt: Receipt) -> Result<Option<Object>> {
    for entry in listing::history(system, key).await?.iter().filter(|entry| !entry.is_marker) {
        if let Some(object) = version_with_receipt(system, entry, receipt).await? {
            return Ok(Some(object));
        }
    }
    Ok(None)
}

/// The same in one version.
pub(crate) async fn version_with_receipt(
    system: &System,
    entry: &Entry,
    receipt: Receipt,
) -> Result<Option<Object>> {
    let found = read(system, entry).await?.into_iter().find(|(_, line)| line.receipt == Some(receipt));
    match found {
        Some((number, line)) => {
            Ok(Some(held(Object::of(system, entry, Origin::default()).await?, number, &line)))
        }
        None => Ok(None),
    }
}

/// The emails of the newest version under a key that is not a delete marker; none if it is not a batch.
pub(crate) async fn all(system: &System, key: &str) -> Result<Vec<Object>> {
    if !batch::is_batch(key) {
        return Ok(Vec::new());
    }
    let history = listing::history(system, key).await?;
    let Some(newest) = history.iter().find(|entry| !entry.is_marker) else { return Ok(Vec::new()) };
    let object = Object::new(newest, Origin::default(), fate(newest, &history));
    let lines = read(system, newest).await?;
    Ok(lines.iter().map(|(number, line)| held(object.clone(), *number, line)).collect())
}

/// The sender's emails in batches that were written since then, the newest first; at most `most`, and how many there are.
///
/// Each counts once. Current versions come first, so that an email is not taken for deleted while another batch has it.
pub(crate) async fn of_sender(
    system: &System,
    sender: &Sender,
    since: SystemTime,
    most: usize,
    bar: &ProgressBar,
) -> Result<(Vec<Object>, u64)> {
    let mut entries = Vec::new();
    listing::versions(system, BatchKey::PREFIX, |page| {
        bar.inc(page.len() as u64);
        entries.extend(page.into_iter().filter(|entry| !entry.is_marker && entry.written >= since));
        true
    })
    .await?;
    entries.sort_by_key(|entry| (!entry.is_latest, Reverse(entry.written)));
    let (mut seen, mut objects, mut all) = (Seen::default(), Vec::new(), 0);
    let reads = stream::iter(&entries).map(async |entry| {
        let own = read(system, entry).await?.into_iter().filter(|(_, line)| line.email.sender == *sender);
        anyhow::Ok((entry, own.collect::<Vec<_>>()))
    });
    let mut reads = std::pin::pin!(reads.buffered(AT_ONCE));
    while let Some((entry, own)) = reads.try_next().await? {
        let new: Vec<_> = own.into_iter().filter(|(_, line)| seen.is_new(line)).collect();
        if new.is_empty() {
            continue;
        }
        all += new.len() as u64;
        let object = Object::of(system, entry, Origin::default()).await?;
        objects.extend(new.iter().map(|(number, line)| held(object.clone(), *number, line)));
        objects.sort_by_key(|object: &Object| Reverse(object.written));
        objects.truncate(most);
    }
    Ok((objects, all))
}

async fn read(system: &System, entry: &Entry) -> Result<Vec<(u64, BatchLine)>> {
    let version_id = entry.version_id.clone().filter(|_| !entry.is_latest);
    let body = batch::read(system, &entry.key, version_id).await?.unwrap_or_default();
    Ok(batch::lines(&body).collect())
}

/// The batch as the object of one of its emails.
fn held(batch: Object, number: u64, line: &BatchLine) -> Object {
    let origin = Origin { receipt: line.receipt, caller: line.caller.clone() };
    Object { line: Some(number), origin, ..batch }
}
