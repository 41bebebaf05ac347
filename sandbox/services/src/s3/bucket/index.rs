//! A bucket's memory of its disk.

use super::history::Versions;
use crate::s3::{ObjectInfo, Versioning, layout::Files};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The content of the disk; locked while the disk is changed.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The current versions.
    pub(crate) objects: BTreeMap<String, ObjectInfo>,
    /// The older versions of each key and its delete markers, the oldest first.
    pub(crate) versions: Versions,
    pub(crate) files: Files,
    /// The keys of conditional writes in progress.
    pub(crate) in_progress: HashSet<String>,
    /// The number of the next version: older ones have smaller numbers.
    pub(crate) sequence: u64,
    pub(crate) versioning: Versioning,
    /// When keys were last deleted, as the sequence then, unless they were stored again.
    pub(crate) deletions: HashMap<String, u64>,
    /// The bucket is gone.
    pub(crate) deleted: bool,
}

impl Index {
    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence - 1
    }

    /// The latest of the older versions and delete markers.
    pub(crate) fn latest_older(&self, key: &str) -> Option<&ObjectInfo> {
        self.versions.get(key)?.last()
    }

    pub(crate) fn older(&self, key: &str, version_id: &str) -> Option<&ObjectInfo> {
        self.versions.get(key)?.iter().find(|info| info.shown_id() == version_id)
    }

    pub(crate) fn add_older(&mut self, info: ObjectInfo) {
        self.versions.entry(info.key.clone()).or_default().push(info);
    }

    pub(crate) fn forget_older(&mut self, info: &ObjectInfo) {
        if let Some(versions) = self.versions.get_mut(&info.key) {
            versions.retain(|version| version.version_id != info.version_id);
            if versions.is_empty() {
                self.versions.remove(&info.key);
            }
        }
    }

    pub(crate) fn set_current(&mut self, info: ObjectInfo) {
        self.files.take(&info.file);
        self.objects.insert(info.key.clone(), info);
    }

    /// The delete marker over a key, if it is deleted.
    pub(crate) fn marker(&self, key: &str) -> Option<&ObjectInfo> {
        let latest = self.latest_older(key)?;
        (latest.delete_marker && !self.objects.contains_key(key)).then_some(latest)
    }
}
