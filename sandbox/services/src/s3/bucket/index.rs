//! What is on the disk, as the bucket remembers it.

use super::{Bucket, history::Versions, read_info};
use crate::s3::{ObjectInfo, S3StorageError, layout::Files};
use md5::{Digest, Md5};
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
};

/// What is on the disk; locked while the disk is changed.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The current versions.
    pub(crate) objects: BTreeMap<String, ObjectInfo>,
    /// The older versions of each key and its delete markers, the oldest first.
    pub(crate) versions: Versions,
    pub(crate) files: Files,
    /// The keys that a conditional write is at.
    pub(crate) in_progress: HashSet<String>,
    /// The number of the next version: what has a smaller one is older.
    pub(crate) sequence: u64,
    /// The bucket is no more.
    pub(crate) deleted: bool,
}

impl Index {
    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence - 1
    }

    /// An older version or delete marker.
    pub(crate) fn version(&self, key: &str, version_id: &str) -> Option<&ObjectInfo> {
        self.versions.get(key)?.iter().find(|info| info.version_id == version_id)
    }

    pub(crate) fn forget(&mut self, info: &ObjectInfo) {
        if let Some(versions) = self.versions.get_mut(&info.key) {
            versions.retain(|version| version.version_id != info.version_id);
            if versions.is_empty() {
                self.versions.remove(&info.key);
            }
        }
    }

    /// The delete marker over a key, if it is deleted.
    pub(crate) fn marker(&self, key: &str) -> Option<&ObjectInfo> {
        let latest = self.versions.get(key)?.last()?;
        (latest.delete_marker && !self.objects.contains_key(key)).then_some(latest)
    }
}

impl Bucket {
    /// Reads what is on the disk and ends what a killed process had begun.
    pub(crate) fn read_index(&self) -> Result<Index, S3StorageError> {
        let error = || S3StorageError::io(&self.metadata_dir);
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.metadata_dir).map_err(error())? {
            paths.push(entry.map_err(error())?.path());
        }
        for next in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "next")) {
            finish(&self.objects_dir, next)?;
        }
        let mut index = Index { versions: self.history.read()?, ..Index::default() };
        let mut tidied_up = HashSet::new();
        for path in paths.iter().map(|path| path.with_extension("json")).filter(|path| path.exists()) {
            let info = read_info(&path)?;
            if self.objects_dir.join(&info.file).is_file() {
                index.files.take(&info.file);
                index.objects.insert(info.key.clone(), info);
            } else {
                tidied_up.insert(info.key);
            }
        }
        for key in index.versions.keys().cloned().collect::<Vec<_>>() {
            self.settle(&mut index, &key)?;
            // What a person removed with `rm` must not come back as its older self.
            if !tidied_up.contains(&key) {
                self.promote(&mut index, &key)?;
            }
        }
        let all = index.objects.values().chain(index.versions.values().flatten());
        index.sequence = all.map(|info| info.sequence + 1).max().unwrap_or(0);
        Ok(index)
    }

    /// Ends a deletion or a replacement of an object, forwards if it had been decided, else back.
    fn settle(&self, index: &mut Index, key: &str) -> Result<(), S3StorageError> {
        let Some(current) = index.objects.get(key).cloned() else { return Ok(()) };
        let latest = index.versions.get(key).and_then(|versions| versions.last());
        if latest.is_some_and(|latest| latest.delete_marker && latest.sequence > current.sequence) {
            self.remove_current(index, &current)
        } else if let Some(kept) = index.version(key, &current.version_id).cloned() {
            index.forget(&kept);
            self.history.forget(&kept)
        } else {
            Ok(())
        }
    }
}

/// Ends a write that a killed process had begun: forwards if the bytes are in place, else back.
fn finish(objects_dir: &Path, next: &Path) -> Result<(), S3StorageError> {
    let info = read_info(next)?;
    let in_place = fs::read(objects_dir.join(&info.file))
        .is_ok_and(|bytes| hex::encode(Md5::digest(&bytes)) == info.etag);
    let done = if in_place { fs::rename(next, next.with_extension("json")) } else { fs::remove_file(next) };
    done.map_err(S3StorageError::io(next))
}
