//! One page of a listing of objects or versions:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>.

use super::{ObjectInfo, bucket::Bucket};

#[derive(Clone, Debug, Default)]
pub(crate) struct ListRequest<After> {
    pub(crate) prefix: String,
    /// The part of a key behind the prefix, up to the first of these, is one common prefix.
    pub(crate) delimiter: Option<String>,
    pub(crate) after: Option<After>,
    /// The most keys or versions, and common prefixes, together.
    pub(crate) max: usize,
}

#[derive(Debug)]
pub(crate) struct Page<Item, After> {
    pub(crate) items: Vec<Item>,
    pub(crate) common_prefixes: Vec<String>,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<After>,
}

/// A key, or a common prefix as a whole.
pub(crate) type AfterKey = String;
/// A key or a common prefix, and the version.
pub(crate) type AfterVersion = (String, Option<String>);
/// A version or delete marker, and whether it is its key's latest.
pub(crate) type Version = (ObjectInfo, bool);

impl<Item, After> Page<Item, After> {
    fn new() -> Self {
        Self { items: Vec::new(), common_prefixes: Vec::new(), next: None }
    }

    fn len(&self) -> usize {
        self.items.len() + self.common_prefixes.len()
    }
}

impl<After> ListRequest<After> {
    fn common_prefix<'a>(&self, key: &'a str) -> Option<&'a str> {
        let delimiter = self.delimiter.as_deref()?;
        let at = key[self.prefix.len()..].find(delimiter)?;
        Some(&key[..self.prefix.len() + at + delimiter.len()])
    }
}

pub(crate) fn objects(bucket: &Bucket, request: &ListRequest<AfterKey>) -> Page<ObjectInfo, AfterKey> {
    let after = request.after.as_deref().unwrap_or_default();
    let mut page = Page::new();
    let mut last: Option<String> = None;
    bucket.scan(after.max(&request.prefix), |info| {
        if !info.key.starts_with(&request.prefix) {
            return false;
        }
        let common = request.common_prefix(&info.key);
        let item = common.unwrap_or(&info.key);
        if info.key.as_str() <= after || common == Some(after) || last.as_deref() == Some(item) {
            return true;
        }
        if page.len() == request.max {
            page.next.clone_from(&last);
            return false;
        }
        last = Some(item.to_owned());
        match common {
            Some(common) => page.common_prefixes.push(common.to_owned()),
            None => page.items.push(info.clone()),
        }
        true
    });
    page
}

pub(crate) fn versions(bucket: &Bucket, request: &ListRequest<AfterVersion>) -> Page<Version, AfterVersion> {
    let mut page = Page::new();
    let mut last = None;
    let mut passed = false;
    for (info, latest) in bucket.versions(&request.prefix) {
        let common = request.common_prefix(&info.key).map(str::to_owned);
        if !is_after(&info, common.as_deref(), request, &mut passed)
            || (common.is_some() && page.common_prefixes.last() == common.as_ref())
        {
            continue;
        }
        if page.len() == request.max {
            page.next = last;
            break;
        }
        if let Some(common) = common {
            last = Some((common.clone(), None));
            page.common_prefixes.push(common);
        } else {
            last = Some((info.key.clone(), Some(info.shown_id().to_owned())));
            page.items.push((info, latest));
        }
    }
    page
}

/// True for a version behind the marker; `passed` remembers that the marked version was seen.
fn is_after(
    info: &ObjectInfo,
    common: Option<&str>,
    request: &ListRequest<AfterVersion>,
    passed: &mut bool,
) -> bool {
    let Some((key, version_id)) = &request.after else { return true };
    if info.key != *key {
        return info.key > *key && common != Some(key);
    }
    let after = *passed;
    *passed |= version_id.as_deref() == Some(info.shown_id());
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::{Checksums, DeleteCondition, Durability, NewObject, Versioning, disk::Disk};
    use std::sync::Arc;

    fn bucket(keys: &[&str]) -> (tempfile::TempDir, Bucket) {
        let dir = tempfile::tempdir().unwrap();
        let (objects, state) = (dir.path().join("bucket"), dir.path().join("state"));
        let bucket = Bucket::open(objects, &state, &Arc::new(Disk::new(Durability::Process))).unwrap();
        bucket.set_versioning(Versioning::Enabled).unwrap();
        for key in keys {
            let object = NewObject { key: (*key).into(), ..NewObject::default() };
            bucket.put(object, Checksums::default(), 0).unwrap();
        }
        (dir, bucket)
    }

    /// Every page of a listing, as `list` gives it with where the next one begins, separated by `|`.
    fn all<After>(mut list: impl FnMut(Option<After>) -> (Vec<String>, Option<After>)) -> String {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let (keys, next) = list(after);
            pages.push(keys.join(" "));
            if next.is_none() {
                return pages.join("|");
            }
            after = next;
        }
    }

    /// Keys, then common prefixes.
    fn pages(bucket: &Bucket, prefix: &str, delimiter: Option<&str>, max: usize) -> String {
        all(|after| {
            let (prefix, delimiter) = (prefix.to_owned(), delimiter.map(str::to_owned));
            let page = objects(bucket, &ListRequest { prefix, delimiter, after, max });
            let keys = page.items.into_iter().map(|info| info.key);
            (keys.chain(page.common_prefixes).collect(), page.next)
        })
    }

    #[test]
    fn keys_come_in_the_order_of_their_bytes() {
        let (_dir, bucket) = bucket(&["b", "a", "B", "é", "z", "a/b", "a-b"]);
        assert_eq!(pages(&bucket, "", None, 1_000), "B a a-b a/b b z é");
    }

    #[test]
    fn a_prefix_and_a_delimiter_list_one_level() {
        let (_dir, bucket) = bucket(&["a/1", "a/b/2", "a/b/3", "a/c", "b"]);
        assert_eq!(pages(&bucket, "a/", Some("/"), 1_000), "a/1 a/c a/b/");
        assert_eq!(pages(&bucket, "", Some("/"), 1_000), "b a/");
        assert_eq!(pages(&bucket, "x", None, 1_000), "");
    }

    #[test]
    fn pages_neither_lose_nor_repeat_anything() {
        let (_dir, bucket) = bucket(&["a/1", "a/2", "b", "c/1", "c/2", "d"]);
        assert_eq!(pages(&bucket, "", None, 2), "a/1 a/2|b c/1|c/2 d");
        assert_eq!(pages(&bucket, "", Some("/"), 1), "a/|b|c/|d");
    }

    #[test]
    fn pages_of_versions_neither_lose_nor_repeat_anything() {
        let (_dir, bucket) = bucket(&["a/1", "a/2", "b", "b", "b", "c"]);
        bucket.delete("c", &DeleteCondition::None).unwrap();
        for (delimiter, max, expected) in [
            (None, 2, "a/1 a/2|b b|b c|c"),
            (None, 1_000, "a/1 a/2 b b b c c"),
            (Some("/"), 1, "a/|b|b|b|c|c"),
        ] {
            let pages = all(|after| {
                let (prefix, delimiter) = (String::new(), delimiter.map(str::to_owned));
                let page = versions(&bucket, &ListRequest { prefix, delimiter, after, max });
                let keys = page.items.into_iter().map(|(info, _)| info.key);
                (page.common_prefixes.into_iter().chain(keys).collect(), page.next)
            });
            assert_eq!(pages, expected);
        }
    }
}
