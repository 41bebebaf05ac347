//! Opening a bucket: reads its files, and completes or undoes the work of a killed process.

use super::{Bucket, Index};
use crate::s3::ObjectInfo;
use crate::s3::error::Result;
use crate::s3::object::etag;
use fs_err as fs;
use std::{collections::HashSet, path::Path};

impl Bucket {
    pub(crate) fn read_index(&self) -> Result<Index> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.metadata_dir)? {
            paths.push(entry?.path());
        }
        for next in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "next")) {
            finish(&self.objects_dir, next)?;
        }
        let mut index = Index { versions: self.history.read()?, ..Index::default() };
        let mut tidied_up = HashSet::new();
        for path in paths.iter().map(|path| path.with_extension("json")).filter(|path| path.exists()) {
            let info = ObjectInfo::read(&path)?;
            if self.objects_dir.join(&info.file).is_file() {
                index.set_current(info);
            } else {
                tidied_up.insert(info.key);
            }
        }
        for key in index.versions.keys().cloned().collect::<Vec<_>>() {
            self.settle(&mut index, &key)?;
            // A file that a person removed with `rm` must not come back as its older self.
            if !tidied_up.contains(&key) {
                self.promote(&mut index, &key)?;
            }
        }
        let all = index.objects.values().chain(index.versions.values().flatten());
        index.sequence = all.map(|info| info.sequence + 1).max().unwrap_or(0);
        Ok(index)
    }

    /// Completes the deletion or replacement of an object if it had been decided, else undoes it.
    fn settle(&self, index: &mut Index, key: &str) -> Result<()> {
        let Some(current) = index.objects.get(key).cloned() else { return Ok(()) };
        let latest = index.latest_older(key);
        if latest.is_some_and(|latest| latest.delete_marker && latest.sequence > current.sequence) {
            self.remove_current(index, &current)?;
        } else if let Some(kept) = index.older(key, current.shown_id()).cloned() {
            index.forget_older(&kept);
            self.history.forget(&kept)?;
        }
        Ok(())
    }
}

/// Completes a write if its bytes are in place, else undoes it.
fn finish(objects_dir: &Path, next: &Path) -> Result<()> {
    let info = ObjectInfo::read(next)?;
    let in_place =
        fs::read(objects_dir.join(&info.file)).is_ok_and(|bytes| etag(&bytes, &info.parts) == info.etag);
    Ok(if in_place { fs::rename(next, next.with_extension("json")) } else { fs::remove_file(next) }?)
}
