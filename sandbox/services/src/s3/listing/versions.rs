//! One page of a listing of versions:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>.

use crate::s3::{ObjectInfo, bucket::Bucket};

/// What to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct VersionsRequest {
    pub(crate) prefix: String,
    pub(crate) delimiter: Option<String>,
    /// Only what comes after this key, or after one of its versions.
    pub(crate) after: Option<(String, Option<String>)>,
    /// The most versions, markers and common prefixes together.
    pub(crate) max: usize,
}

/// What was listed.
#[derive(Debug, Default)]
pub(crate) struct VersionsPage {
    /// Versions and delete markers, and whether each is its key's latest.
    pub(crate) versions: Vec<(ObjectInfo, bool)>,
    pub(crate) common_prefixes: Vec<String>,
    /// The last key, or common prefix, and version, if there is more behind it.
    pub(crate) next: Option<(String, Option<String>)>,
}

pub(crate) fn list(bucket: &Bucket, request: &VersionsRequest) -> VersionsPage {
    let mut page = VersionsPage::default();
    let mut last = None;
    let mut passed = false;
    for (info, latest) in bucket.versions(&request.prefix) {
        let common = common_prefix(&info.key, request);
        if !is_after(&info, common.as_deref(), request, &mut passed)
            || (common.is_some() && page.common_prefixes.last() == common.as_ref())
        {
            continue;
        }
        if page.versions.len() + page.common_prefixes.len() == request.max {
            page.next = last;
            break;
        }
        if let Some(common) = common {
            last = Some((common.clone(), None));
            page.common_prefixes.push(common);
        } else {
            last = Some((info.key.clone(), Some(info.version_id.clone())));
            page.versions.push((info, latest));
        }
    }
    page
}

/// Whether a version comes after the marker; `passed` remembers that the marked version was seen.
fn is_after(info: &ObjectInfo, common: Option<&str>, request: &VersionsRequest, passed: &mut bool) -> bool {
    let Some((key, version_id)) = &request.after else { return true };
    if info.key != *key {
        return info.key > *key && common != Some(key);
    }
    let after = *passed;
    *passed |= version_id.as_ref() == Some(&info.version_id);
    after
}

fn common_prefix(key: &str, request: &VersionsRequest) -> Option<String> {
    let delimiter = request.delimiter.as_deref()?;
    let at = key[request.prefix.len()..].find(delimiter)?;
    Some(key[..request.prefix.len() + at + delimiter.len()].to_owned())
}
