//! One page of a listing:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>.

use super::{ObjectInfo, bucket::Bucket};

pub(crate) mod versions;

/// What to list.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListRequest {
    pub(crate) prefix: String,
    /// What comes after it in a key, up to the first of these, is one common prefix.
    pub(crate) delimiter: Option<String>,
    /// Only what comes after this: a key, or a common prefix as a whole.
    pub(crate) after: Option<String>,
    /// The most keys and common prefixes together.
    pub(crate) max: usize,
}

/// What was listed.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) objects: Vec<ObjectInfo>,
    pub(crate) common_prefixes: Vec<String>,
    /// The last key or common prefix, if there is more behind it.
    pub(crate) next: Option<String>,
}

pub(crate) fn list(bucket: &Bucket, request: &ListRequest) -> Page {
    let after = request.after.as_deref().unwrap_or_default();
    let start = after.max(&request.prefix);
    let mut page = Page::default();
    let mut last: Option<String> = None;
    bucket.scan(start, |info| {
        if !info.key.starts_with(&request.prefix) {
            return false;
        }
        let common = common_prefix(&info.key, request);
        let item = common.unwrap_or(&info.key);
        let seen = info.key.as_str() <= after || common == Some(after) || last.as_deref() == Some(item);
        if seen {
            return true;
        }
        if page.objects.len() + page.common_prefixes.len() == request.max {
            page.next.clone_from(&last);
            return false;
        }
        last = Some(item.to_owned());
        match common {
            Some(common) => page.common_prefixes.push(common.to_owned()),
            None => page.objects.push(info.clone()),
        }
        true
    });
    page
}

fn common_prefix<'a>(key: &'a str, request: &ListRequest) -> Option<&'a str> {
    let delimiter = request.delimiter.as_deref()?;
    let at = key[request.prefix.len()..].find(delimiter)?;
    Some(&key[..request.prefix.len() + at + delimiter.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::{Checksums, Durability, NewObject, disk::Disk};
    use std::sync::Arc;

    fn bucket(keys: &[&str]) -> (tempfile::TempDir, Bucket) {
        let dir = tempfile::tempdir().unwrap();
        let bucket = Bucket::open(
            dir.path().join("bucket"),
            &dir.path().join("state"),
            &Arc::new(Disk::new(Durability::Process)),
        )
        .unwrap();
        for key in keys {
            let object = NewObject { key: (*key).into(), ..NewObject::default() };
            bucket.put(object, Checksums::default(), 0).unwrap();
        }
        (dir, bucket)
    }

    /// Every page's keys and common prefixes, pages separated by `|`.
    fn pages(bucket: &Bucket, prefix: &str, delimiter: Option<&str>, max: usize) -> String {
        let delimiter = delimiter.map(str::to_owned);
        let mut request = ListRequest { prefix: prefix.into(), delimiter, after: None, max };
        let mut pages = Vec::new();
        loop {
            let page = list(bucket, &request);
            let mut items: Vec<_> = page.objects.into_iter().map(|info| info.key).collect();
            items.extend(page.common_prefixes);
            pages.push(items.join(" "));
            match page.next {
                Some(next) => request.after = Some(next),
                None => return pages.join("|"),
            }
        }
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
}
