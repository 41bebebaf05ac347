//! The objects and versions of a bucket in order, as their files are now.

use super::Bucket;
use crate::s3::ObjectInfo;
use std::ops::Bound;

/// So many files are looked at together.
const TOGETHER: usize = 256;

impl Bucket {
    /// Every object from `start` on, in the order of their keys' bytes, as long as `visit` wants more.
    pub(crate) fn scan(&self, start: &str, mut visit: impl FnMut(&ObjectInfo) -> bool) {
        let mut from = Bound::Included(start.to_owned());
        loop {
            let keys = self.keys(&from, |_| true);
            let index = self.index.lock();
            let objects = keys.iter().filter_map(|key| index.current(key));
            if !objects.into_iter().all(&mut visit) || keys.len() < TOGETHER {
                return;
            }
            from = keys.last().map_or(Bound::Unbounded, |last| Bound::Excluded(last.clone()));
        }
    }

    /// Every version of every key that starts with `prefix`, by key, the latest first, and whether it is the latest.
    pub(crate) fn versions(&self, prefix: &str) -> Vec<(ObjectInfo, bool)> {
        let mut versions = Vec::new();
        let mut from = Bound::Included(prefix.to_owned());
        loop {
            let keys = self.keys(&from, |key| key.starts_with(prefix));
            let index = self.index.lock();
            for key in &keys {
                let latest_first = index.of_key(key).iter().rev();
                versions.extend(latest_first.enumerate().map(|(n, info)| (info.clone(), n == 0)));
            }
            if keys.len() < TOGETHER {
                return versions;
            }
            from = keys.last().map_or(Bound::Unbounded, |last| Bound::Excluded(last.clone()));
        }
    }

    /// The next keys, whose files were looked at.
    fn keys(&self, from: &Bound<String>, wanted: impl Fn(&String) -> bool) -> Vec<String> {
        let index = self.index.lock();
        let range = (from.as_ref().map(String::as_str), Bound::Unbounded);
        let keys = index.versions.range::<str, _>(range).map(|(key, _)| key);
        let keys: Vec<_> = keys.take_while(|key| wanted(key)).take(TOGETHER).cloned().collect();
        let changed: Vec<_> = keys.iter().filter(|key| self.is_changed(&index, key)).collect();
        drop(index);
        for key in changed {
            if let Err(error) = self.freshen(key) {
                tracing::error!(%error, key, "a changed file can't be read");
            }
        }
        keys
    }
}
