//! One page of a listing of objects or versions:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>,
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>.

use super::{ObjectInfo, bucket::Bucket, object::sequence_of};

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
    if request.after.is_none() {
        bucket.find_added_files(&request.prefix);
    }
    let mut page = Page::new();
    let mut last: Option<String> = None;
    bucket.scan(after.max(&request.prefix), |info| {
        if !info.key.starts_with(&request.prefix) {
            return false;
        }
        let common = request.common_prefix(&info.key);
        let item = common.unwrap_or(&info.key);
        // A marker inside a common prefix stands for all of it.
        if item <= after || last.as_deref() == Some(item) {
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
    if request.after.is_none() {
        bucket.find_added_files(&request.prefix);
    }
    let all = bucket.versions(&request.prefix);
    let passed = request.after.as_ref().map(|(key, version_id)| passed(&all, key, version_id.as_deref()));
    for (info, latest) in all.into_iter().skip(passed.unwrap_or_default()) {
        let common = request.common_prefix(&info.key).map(str::to_owned);
        let marked = request.after.as_ref().map(|(key, _)| key);
        // A marker inside a common prefix stands for all of it.
        if common.is_some() && (common.as_ref() <= marked || page.common_prefixes.last() == common.as_ref()) {
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

/// How many versions come up to the marker and with it. The marked version may have been deleted meanwhile.
fn passed(all: &[Version], key: &str, version_id: Option<&str>) -> usize {
    let of_key = all.partition_point(|(info, _)| info.key.as_str() < key);
    let behind = all.partition_point(|(info, _)| info.key.as_str() <= key);
    let Some(version_id) = version_id else { return behind };
    let versions = &all[of_key..behind];
    let at = versions.iter().position(|(info, _)| info.shown_id() == version_id).map(|at| at + 1);
    let newer = || {
        let marked = sequence_of(version_id)?;
        Some(versions.iter().take_while(|(info, _)| info.sequence >= marked).count())
    };
    at.or_else(newer).map_or(behind, |passed| of_key + passed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::bucket::tests::volatile;
    use crate::s3::{Checksums, DeleteCondition, NewObject};

    fn bucket(keys: &[&str]) -> (tempfile::TempDir, Bucket) {
        let dir = tempfile::tempdir().unwrap();
        let bucket = volatile(dir.path());
        for key in keys {
            let object = NewObject { key: (*key).into(), ..NewObject::default() };
            bucket.put(object, Checksums::default(), u64::MAX).unwrap();
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

    #[test]
    fn a_marker_inside_a_common_prefix_does_not_repeat_it() {
        let (_dir, bucket) = bucket(&["a/1", "a/2", "b"]);
        let delimiter = Some("/".to_owned());
        let after = Some("a/1".to_owned());
        let request = ListRequest { delimiter: delimiter.clone(), after, max: 9, ..Default::default() };
        let page = objects(&bucket, &request);
        assert_eq!((page.common_prefixes.len(), page.items.len()), (0, 1));
        let after = Some(("a/1".to_owned(), None));
        let page = versions(&bucket, &ListRequest { delimiter, after, max: 9, ..Default::default() });
        assert_eq!((page.common_prefixes.len(), page.items.len()), (0, 1));
    }

    #[test]
    fn a_listing_goes_on_behind_a_version_that_was_deleted_meanwhile() {
        let (_dir, bucket) = bucket(&["a", "b", "b", "b", "c"]);
        let rest = |after| {
            let page = versions(&bucket, &ListRequest { after, max: 9, ..Default::default() });
            page.items.into_iter().map(|(info, _)| info.shown_id().to_owned()).collect::<Vec<_>>()
        };
        let all = rest(None);
        let (key, marker) = ("b".to_owned(), all[2].clone());
        assert_eq!(rest(Some((key.clone(), Some(marker.clone())))), all[3..]);
        bucket.delete_version("b", &marker, &DeleteCondition::None).unwrap();
        assert_eq!(rest(Some((key, Some(marker)))), all[3..]);
    }
}
