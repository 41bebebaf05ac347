//! A bucket's memory of its disk.

use super::rows::Placing;
use crate::s3::{ObjectInfo, Versioning, layout::Files};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The state on the disk. A change is on the disk before it is in here.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The versions and delete markers of each key, the oldest first. The last one is the current one, unless it is a
    /// marker.
    pub(crate) versions: BTreeMap<String, Vec<ObjectInfo>>,
    pub(crate) files: Files,
    /// The keys of conditional writes in progress.
    pub(crate) in_progress: HashSet<String>,
    /// The keys that are being changed.
    pub(crate) busy: HashSet<String>,
    /// The keys whose readable file could not be put in place, and one that could not be removed.
    pub(crate) unplaced: HashMap<String, Option<String>>,
    /// The files whose place may not be on the disk yet.
    pub(crate) placing: BTreeMap<String, Placing>,
    /// Those of `placing` that are in place, but not synced.
    pub(crate) placed: Vec<String>,
    /// Files that were reported because they can't be objects.
    pub(crate) strangers: HashSet<String>,
    /// The number of the next version: older ones have smaller numbers.
    pub(crate) sequence: u64,
    pub(crate) versioning: Versioning,
    /// When keys were last deleted, as the sequence then, unless they were stored again.
    pub(crate) deletions: HashMap<String, u64>,
    /// True during the start, when changes don't wait for the store.
    pub(crate) starting: bool,
    /// The bucket is gone.
    pub(crate) deleted: bool,
}

impl Index {
    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence - 1
    }

    pub(crate) fn of_key(&self, key: &str) -> &[ObjectInfo] {
        self.versions.get(key).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn current(&self, key: &str) -> Option<&ObjectInfo> {
        current(self.of_key(key))
    }

    /// The delete marker over a key, if it is deleted.
    pub(crate) fn marker(&self, key: &str) -> Option<&ObjectInfo> {
        self.of_key(key).last().filter(|last| last.delete_marker)
    }

    pub(crate) fn version(&self, key: &str, version_id: &str) -> Option<&ObjectInfo> {
        self.of_key(key).iter().find(|info| info.shown_id() == version_id)
    }

    pub(crate) fn set(&mut self, key: &str, versions: Vec<ObjectInfo>) {
        if let Some(old) = self.current(key).map(|old| old.file.clone()) {
            self.files.release(&old);
        }
        if let Some(new) = current(&versions) {
            self.files.take(&new.file);
        }
        if versions.is_empty() {
            self.versions.remove(key);
        } else {
            self.versions.insert(key.to_owned(), versions);
        }
    }
}

/// The current one of a key's versions.
pub(crate) fn current(versions: &[ObjectInfo]) -> Option<&ObjectInfo> {
    versions.last().filter(|last| !last.delete_marker)
}
