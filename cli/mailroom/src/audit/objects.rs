//! Receipts in the bucket itself: for what the log does not say.

use super::ledger::Ledger;
use crate::system::{Explain, System};
use anyhow::Result;
use aws_sdk_s3::types::Object;
use email::Receipt;
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use std::collections::HashSet;
use std::time::SystemTime;

/// Objects that are asked for their receipt at a time.
const AT_ONCE: usize = 32;

/// Looks at every object that was written since the oldest email that is nowhere was accepted: a listing knows the
/// time of an object, and only the object its receipt.
pub(crate) async fn search(system: &System, ledger: &mut Ledger, bar: &ProgressBar) -> Result<()> {
    let mut wanted: HashSet<Receipt> = ledger.nowhere().collect();
    // A receipt without a time in it was accepted whenever.
    let oldest = wanted.iter().map(|receipt| receipt.accepted_at().unwrap_or(SystemTime::UNIX_EPOCH)).min();
    let Some(oldest) = oldest else { return Ok(()) };
    let bucket = &system.outputs.bucket;
    let mut pages = system.s3.list_objects_v2().bucket(bucket).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.explain(format!("the objects of {bucket} can't be listed"))?;
        let recent =
            page.contents().iter().filter(|object| written_since(object, oldest)).filter_map(Object::key);
        let mut receipts = stream::iter(recent).map(|key| receipt(system, key)).buffer_unordered(AT_ONCE);
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

/// By the second, since a listing has no fractions of it.
fn written_since(object: &Object, oldest: SystemTime) -> bool {
    let oldest = oldest.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    object
        .last_modified()
        .is_none_or(|written| u64::try_from(written.secs()).is_ok_and(|written| written >= oldest))
}

/// The receipt of an object. One that went away meanwhile has none: an operator's, since nothing here deletes any.
async fn receipt(system: &System, key: &str) -> Result<Option<Receipt>> {
    let answer = system.s3.head_object().bucket(&system.outputs.bucket).key(key).send().await;
    if answer.as_ref().is_err_and(|error| error.as_service_error().is_some_and(|error| error.is_not_found()))
    {
        return Ok(None);
    }
    // Not the key, which has a sender in it.
    let head = answer.explain("an object can't be asked for its receipt")?;
    Ok(head.metadata().and_then(|metadata| metadata.get(Receipt::NAME)?.parse().ok()))
}
