//! Listing the bucket's versions, deleted ones included.

use crate::system::{Explain, KEYS, System, listed_key};
use anyhow::{Result, bail};
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

/// Calls `found` with the versions of all keys that begin with `prefix`, a page at a time, until it returns false.
pub(crate) async fn versions(
    system: &System,
    prefix: &str,
    mut found: impl FnMut(Vec<Entry>) -> bool,
) -> Result<()> {
    let (mut key, mut version) = (None, None);
    loop {
        let list = system.s3.list_object_versions().bucket(&system.outputs.bucket).prefix(prefix);
        let list = list.encoding_type(KEYS);
        let list = list.set_key_marker(key.clone()).set_version_id_marker(version.clone());
        let answer = list.send().await;
        let answer = answer.explain(format!("can't list the objects of {}", system.outputs.bucket))?;
        let decode = |key: Option<&str>| listed_key(key?, answer.encoding_type());
        let next = (decode(answer.next_key_marker()), answer.next_version_id_marker().map(str::to_owned));
        let is_last = answer.is_truncated() != Some(true);
        if !found(entries(&answer)) || is_last {
            return Ok(());
        }
        if next.0.is_none() || next == (key, version) {
            bail!("can't list the objects of {} to the end: S3 repeats a page", system.outputs.bucket);
        }
        (key, version) = next;
    }
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
