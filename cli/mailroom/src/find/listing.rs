//! Listing the bucket's versions, deleted ones included.

use crate::system::{Explain, System};
use anyhow::{Result, bail};
use aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types::{DeleteMarkerEntry, EncodingType, ObjectVersion};
use percent_encoding::percent_decode_str;
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
        // A key may have characters that XML can't hold.
        let list = list.encoding_type(EncodingType::Url);
        let list = list.set_key_marker(key.clone()).set_version_id_marker(version.clone());
        let answer = list.send().await;
        let answer = answer.explain(format!("can't list the objects of {}", system.outputs.bucket))?;
        let decode = |key: Option<&str>| decoded(key?, &answer);
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
            key: decoded(version.key()?, page)?,
            version_id: version.version_id().map(str::to_owned),
            written: time(version.last_modified())?,
            size: version.size().and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            is_latest: version.is_latest() == Some(true),
            is_marker: false,
        })
    };
    let marker = |marker: &DeleteMarkerEntry| {
        Some(Entry {
            key: decoded(marker.key()?, page)?,
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

/// A key as it is. Moto doesn't encode keys, and doesn't claim to.
fn decoded(key: &str, page: &ListObjectVersionsOutput) -> Option<String> {
    if page.encoding_type() != Some(&EncodingType::Url) {
        return Some(key.to_owned());
    }
    let spaces = key.replace('+', " ");
    Some(percent_decode_str(&spaces).decode_utf8().ok()?.into_owned())
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
    fn a_key_is_decoded_if_it_is_encoded() {
        let plain = ListObjectVersionsOutput::builder().build();
        let encoded = ListObjectVersionsOutput::builder().encoding_type(EncodingType::Url).build();
        assert_eq!(decoded("a+b%20", &plain).unwrap(), "a+b%20");
        assert_eq!(decoded("John+doe%2B%1B%C3%A9_1.json", &encoded).unwrap(), "John doe+\u{1b}é_1.json");
        assert_eq!(decoded("%FF", &encoded), None, "no key is other than UTF-8");
    }

    #[test]
    fn a_time_that_no_clock_shows_is_left_out() {
        assert_eq!(time(Some(&DateTime::from_secs(1))), Some(UNIX_EPOCH + Duration::from_secs(1)));
        for seconds in [-1, i64::MAX, 253_402_300_800] {
            assert_eq!(time(Some(&DateTime::from_secs(seconds))), None);
        }
    }
}
