//! Listing the bucket's versions, deleted ones included.

use crate::system::{Explain, KEYS, System, listed_key};
use anyhow::{Result, bail};
use aws_sdk_s3::Client;
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{DeleteMarkerEntry, ObjectVersion};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A version of an object, or a delete marker.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) version_id: Option<String>,
    /// By the second.
    pub(crate) written: SystemTime,
    pub(crate) size: u64,
    pub(crate) is_latest: bool,
    pub(crate) is_marker: bool,
}

/// The versions and delete markers of all keys of a bucket that begin with a prefix, in the order of the keys, a page at a
/// time. Versions may be deleted meanwhile.
pub(crate) struct Versions<'a> {
    s3: &'a Client,
    bucket: &'a str,
    prefix: &'a str,
    /// The key and the version after which the next page begins; nothing after the last page.
    next: Option<(Option<String>, Option<String>)>,
}

impl<'a> Versions<'a> {
    pub(crate) fn new(s3: &'a Client, bucket: &'a str, prefix: &'a str) -> Self {
        Self { s3, bucket, prefix, next: Some((None, None)) }
    }

    pub(crate) async fn next_page(&mut self) -> Result<Option<Vec<Entry>>> {
        let Some((key, version)) = self.next.take() else { return Ok(None) };
        let list = self.s3.list_object_versions().bucket(self.bucket).prefix(self.prefix);
        let list = list.encoding_type(KEYS);
        let list = list.set_key_marker(key.clone()).set_version_id_marker(version.clone());
        let answer = list.send().await;
        let answer = answer.explain(format!("can't list the objects of {}", self.bucket))?;
        if answer.is_truncated() == Some(true) {
            let decode = |key: Option<&str>| listed_key(key?, answer.encoding_type());
            let next = (decode(answer.next_key_marker()), answer.next_version_id_marker().map(str::to_owned));
            if next.0.is_none() || next == (key, version) {
                bail!("can't list the objects of {} to the end: S3 repeats a page", self.bucket);
            }
            self.next = Some(next);
        }
        Ok(Some(entries(&answer)))
    }
}

/// Calls `found` with the versions of all keys that begin with `prefix`, a page at a time, until it returns false.
pub(crate) async fn versions(
    system: &System,
    prefix: &str,
    mut found: impl FnMut(Vec<Entry>) -> bool,
) -> Result<()> {
    let mut pages = Versions::new(&system.s3, &system.outputs.bucket, prefix);
    while let Some(page) = pages.next_page().await? {
        if !found(page) {
            break;
        }
    }
    Ok(())
}

/// The versions and delete markers of one key, the newest first. One page holds a thousand, which no key has.
pub(crate) async fn history(system: &System, key: &str) -> Result<Vec<Entry>> {
    let mut history = Vec::new();
    versions(system, key, |page| {
        history.extend(page.into_iter().filter(|entry| entry.key == key));
        false // longer keys that begin with this one come after it
    })
    .await?;
    // S3 lists them in this order, the SDK in two lists. Two of one second keep their order as far as it is known.
    history.sort_by_key(|entry| (!entry.is_latest, std::cmp::Reverse(entry.written), !entry.is_marker));
    Ok(history)
}

fn entries(page: &ListObjectVersionsOutput) -> Vec<Entry> {
    let version = |version: &ObjectVersion| {
        Some(Entry {
            key: listed_key(version.key()?, page.encoding_type())?,
            version_id: version.version_id().map(str::to_owned),
            written: time(version.last_modified())?,
            size: version.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            is_latest: version.is_latest() == Some(true),
            is_marker: false,
        })
    };
    let marker = |marker: &DeleteMarkerEntry| {
        Some(Entry {
            key: listed_key(marker.key()?, page.encoding_type())?,
            version_id: marker.version_id().map(str::to_owned),
            written: time(marker.last_modified())?,
            size: 0,
            is_latest: marker.is_latest() == Some(true),
            is_marker: true,
        })
    };
    let versions = page.versions().iter().filter_map(version);
    versions.chain(page.delete_markers().iter().filter_map(marker)).collect()
}

/// Nothing before 1970 or after 9999, which no object is from.
fn time(date: Option<&DateTime>) -> Option<SystemTime> {
    let seconds = u64::try_from(date?.secs()).ok().filter(|seconds| *seconds <= 253_402_300_799)?;
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_no_clock_shows_is_left_out() {
        assert_eq!(time(Some(&DateTime::from_secs(1))), Some(UNIX_EPOCH + Duration::from_secs(1)));
        for seconds in [-1, i64::MAX, 253_402_300_800] {
            assert_eq!(time(Some(&DateTime::from_secs(seconds))), None);
        }
    }
}
