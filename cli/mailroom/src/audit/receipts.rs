//! Where receipts are found: in the functions' logs (docs/LOGGING.md has the lines), and in the bucket for emails that the
//! log does not show as stored.

use super::ledger::Ledger;
use crate::batch;
use crate::system::{CLOCK_SKEW, Explain, KEYS, LogLine, LogSearch, System, Wanted, listed_key};
use anyhow::Result;
use aws_sdk_s3::types::Object;
use email::Receipt;
use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How late a line may arrive in the log, clocks that differ included.
const LATE: Duration = Duration::from_secs(10 * 60);

/// Enters each receipt that was accepted between two times. The canary follows its emails itself, so they are only counted.
pub(crate) async fn accepted(
    system: &System,
    ledger: &mut Ledger,
    (from, until): (SystemTime, SystemTime),
    bar: &ProgressBar,
) -> Result<()> {
    let group = &system.outputs.api_log_group;
    let search = LogSearch::new(&system.logs, group, [Wanted::Message("accepted")], from, Some(until));
    let enter = |receipt, line: LogLine| match line.is_canary {
        true => ledger.canary(receipt),
        false => ledger.accepted(receipt),
    };
    each(search, bar, enter).await
}

/// The worker's lines about stored emails. They are read again and again, since lines arrive late.
pub(crate) struct StoredLines {
    from: SystemTime,
}

impl StoredLines {
    /// Those of emails that were accepted from this time on, by the clock of `api`.
    pub(crate) fn since(accepted: SystemTime) -> Self {
        Self { from: earlier(accepted, CLOCK_SKEW) }
    }

    /// Enters each receipt that was stored, or whose email was found stored already.
    pub(crate) async fn read(
        &mut self,
        system: &System,
        ledger: &mut Ledger,
        bar: &ProgressBar,
    ) -> Result<()> {
        let (group, mut newest) = (&system.outputs.worker_log_group, None);
        let search = LogSearch::new(&system.logs, group, [Wanted::Message("filed")], self.from, None);
        let enter = |receipt, line: LogLine| {
            newest = newest.max(Some(line.time));
            ledger.stored(receipt);
        };
        each(search, bar, enter).await?;
        self.have_read_up_to(newest);
        Ok(())
    }

    /// The next reading begins some time before the newest line. Only the log's own clock counts: by this machine's, which
    /// may be ahead, it could begin after lines that arrive meanwhile.
    fn have_read_up_to(&mut self, newest: Option<SystemTime>) {
        self.from = newest.map_or(self.from, |newest| self.from.max(earlier(newest, LATE)));
    }
}

/// Enters the lines of the worker about emails that are nowhere, which it gave back.
pub(crate) async fn given_back(system: &System, ledger: &mut Ledger, bar: &ProgressBar) -> Result<()> {
    let Some(oldest) = ledger.oldest_nowhere() else { return Ok(()) };
    let (group, from) = (&system.outputs.worker_log_group, earlier(oldest, CLOCK_SKEW));
    let search = LogSearch::new(&system.logs, group, Wanted::COMPLAINTS, from, None);
    each(search, bar, |receipt, line| ledger.given_back(receipt, line)).await
}

/// Calls `see` with each line that has a receipt.
async fn each(
    mut search: LogSearch<'_>,
    bar: &ProgressBar,
    mut see: impl FnMut(Receipt, LogLine),
) -> Result<()> {
    while let Some(lines) = search.next_page().await? {
        bar.inc(lines.len() as u64);
        for line in lines {
            if let Some(receipt) = line.receipt {
                see(receipt, line);
            }
        }
    }
    Ok(())
}

fn earlier(time: SystemTime, by: Duration) -> SystemTime {
    time.checked_sub(by).unwrap_or(UNIX_EPOCH)
}

/// Objects whose metadata is read at a time.
const AT_ONCE: usize = 32;

/// Looks at every object that was written since the oldest email that is nowhere was accepted. A listing has an object's
/// time, but only the object its receipts.
pub(crate) async fn search_bucket(system: &System, ledger: &mut Ledger, bar: &ProgressBar) -> Result<()> {
    let mut wanted: HashSet<Receipt> = ledger.nowhere().collect();
    let Some(oldest) = ledger.oldest_nowhere() else { return Ok(()) };
    let bucket = &system.outputs.bucket;
    let mut pages = system.s3.list_objects_v2().bucket(bucket).encoding_type(KEYS).into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.explain(format!("can't list the objects of {bucket}"))?;
        let recent = page.contents().iter().filter(|object| may_hold(object, oldest));
        let keys: Vec<_> =
            recent.filter_map(|object| listed_key(object.key()?, page.encoding_type())).collect();
        let mut found = stream::iter(&keys).map(|key| receipts(system, key)).buffer_unordered(AT_ONCE);
        while let Some(receipts) = found.try_next().await? {
            bar.inc(1);
            receipts.into_iter().filter(|receipt| wanted.remove(receipt)).for_each(|it| ledger.in_bucket(it));
        }
        if wanted.is_empty() {
            break;
        }
    }
    Ok(())
}

/// True unless the object was written before this email was accepted. The object's time is by S3's clock, the email's by
/// the clock of `api`.
fn may_hold(object: &Object, accepted: SystemTime) -> bool {
    // A listing has no fractions of a second.
    let from = earlier(accepted, CLOCK_SKEW).duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let written = object.last_modified();
    written.is_none_or(|written| u64::try_from(written.secs()).is_ok_and(|written| written >= from))
}

/// Those of a batch, or of the object's only email.
async fn receipts(system: &System, key: &str) -> Result<Vec<Receipt>> {
    if batch::is_batch(key) {
        let body = batch::read(system, key, None).await?.unwrap_or_default();
        return Ok(batch::lines(&body).filter_map(|(_, line)| line.receipt).collect());
    }
    Ok(receipt(system, key).await?.into_iter().collect())
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

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_s3::primitives::DateTime;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn an_object_may_hold_an_email_although_its_clock_is_behind_or_ahead() {
        let object = |seconds| Object::builder().last_modified(DateTime::from_secs(seconds)).build();
        for (written, may) in [(10_000, true), (9_700, true), (9_699, false), (99_999, true)] {
            assert_eq!(may_hold(&object(written), at(10_000)), may, "{written}");
        }
        assert!(may_hold(&Object::builder().build(), at(10_000)), "without a time");
    }

    #[test]
    fn stored_lines_are_read_again_from_before_the_newest_line_whatever_this_clock_says() {
        let mut lines = StoredLines::since(at(10_000));
        assert_eq!(lines.from, at(9_700));
        lines.have_read_up_to(None);
        assert_eq!(lines.from, at(9_700), "an empty log says nothing about the time");
        lines.have_read_up_to(Some(at(20_000)));
        assert_eq!(lines.from, at(19_400));
        lines.have_read_up_to(Some(at(15_000)));
        assert_eq!(lines.from, at(19_400), "it never goes back");
    }
}
