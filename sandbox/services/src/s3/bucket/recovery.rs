//! Opening a bucket: reads its rows, completes the work of a killed process, and looks at what people did to the files
//! meanwhile.

use super::commit::Readable;
use super::index::{Index, current};
use super::rows::{Placing, Rows};
use super::{Bucket, Change};
use crate::s3::ObjectInfo;
use crate::s3::disk::{Stamp, unless_missing};
use crate::s3::error::Result;
use crate::s3::object::is_of;
use fs_err as fs;
use std::collections::{HashMap, HashSet};

impl Bucket {
    /// Reads the rows, and makes rows and files agree.
    pub(crate) fn recover(&self, rows: Rows) -> Result<()> {
        let files = rows.placing.clone();
        let is_unknown = rows.versions.is_empty() && files.is_empty();
        let versioning = self.versioning();
        *self.index.lock() = Index { versioning, ..read(rows) };
        self.take_back(&self.index.lock())?;
        self.finish_placing(files)?;
        if is_unknown {
            self.set_aside()?;
        }
        self.remove_unreferenced()?;
        let keys: Vec<_> = self.index.lock().versions.keys().cloned().collect();
        let mut lost = Vec::new();
        for key in &keys {
            self.settle(key)?;
            lost.extend(self.check_older(key)?);
        }
        self.warn_lost(&lost);
        self.adopt_files("")?;
        self.index.lock().starting = false;
        Ok(self.disk.wait()?)
    }

    /// Puts files in place, or removes them, where a killed process hadn't done so.
    fn finish_placing(&self, files: Vec<(String, Placing)>) -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let mut index = self.index.lock();
        let all = index.versions.values().filter_map(|versions| current(versions));
        let by_file: HashMap<_, _> = all.map(|info| (info.file.clone(), info.clone())).collect();
        let placing: HashSet<_> = files.iter().map(|(file, _)| file.as_str()).collect();
        // A file that is about to go may be all that is left of a version.
        for info in index.versions.values().flatten().filter(|info| placing.contains(info.file.as_str())) {
            self.has_bytes(info)?;
        }
        for (file, Placing { before }) in files {
            let now = Stamp::at(&self.objects_dir.join(&file))?;
            let is_ours = now.is_none_or(|now| before.contains(&now));
            match by_file.get(&file) {
                Some(info) if is_ours && now != Some(info.stamp()) => self.place(&mut index, &info.key, None),
                None if is_ours => {
                    self.remove_readable(&file, &before)?;
                    index.placed.push(file);
                }
                // It is in place, or a person's.
                _ => index.placed.push(file),
            }
        }
        let settled = self.settled_files(&mut index);
        self.disk.append(|| settled);
        Ok(())
    }

    /// Removes the bytes of unfinished writes and of versions that are gone.
    fn remove_unreferenced(&self) -> Result<()> {
        let index = self.index.lock();
        let ids: HashSet<_> = index.versions.values().flatten().map(|info| info.id.as_str()).collect();
        for entry in fs::read_dir(&self.bytes_dir)? {
            let entry = entry?;
            if !entry.file_name().to_str().is_some_and(|name| ids.contains(name)) {
                unless_missing(fs::remove_file(entry.path()))?;
            }
        }
        Ok(())
    }

    /// Makes the older versions of a key agree with their files: a copied directory has other times. Returns those
    /// without a file, which are gone.
    pub(crate) fn check_older(&self, key: &str) -> Result<Vec<ObjectInfo>> {
        let old = self.index.lock().of_key(key).to_vec();
        let (mut versions, mut lost) = (Vec::new(), Vec::new());
        for (n, info) in old.iter().enumerate() {
            let is_current = n + 1 == old.len();
            if is_current || info.delete_marker {
                versions.push(info.clone());
            } else {
                match self.as_in_file(info)? {
                    Some(info) => versions.push(info),
                    None => lost.push(info.clone()),
                }
            }
        }
        if versions != old {
            self.commit(key, versions, Readable::Stays)?;
        }
        Ok(lost)
    }

    /// A version as its file is now; `None` without a file.
    fn as_in_file(&self, info: &ObjectInfo) -> Result<Option<ObjectInfo>> {
        let path = self.bytes_path(&info.id);
        if !self.has_bytes(info)? {
            return Ok(None);
        }
        let Some(stamp) = Stamp::at(&path)? else { return Ok(None) };
        if stamp == info.stamp() {
            return Ok(Some(info.clone()));
        }
        let bytes = fs::read(&path)?;
        let mut changed = info.clone();
        if !is_of(&bytes, info) {
            tracing::warn!(key = info.key, version = info.shown_id(), "the bytes of a version were changed");
            changed.set_bytes(&bytes);
        }
        (changed.size, changed.file_modified_ns) = (stamp.size, stamp.modified_ns);
        Ok(Some(changed))
    }

    /// The changes that a clean end leaves to be written: all files are in place.
    pub(crate) fn close(&self) {
        let mut index = self.index.lock();
        let settled: Vec<Change> = self.settled_files(&mut index);
        self.disk.append(|| settled);
    }
}

fn read(rows: Rows) -> Index {
    let mut index = Index { starting: true, placing: rows.placing.into_iter().collect(), ..Index::default() };
    index.sequence = rows.versions.iter().map(|info| info.sequence + 1).max().unwrap_or(0);
    for info in rows.versions {
        index.versions.entry(info.key.clone()).or_default().push(info);
    }
    for versions in index.versions.values_mut() {
        versions.sort_by_key(|info| info.sequence);
    }
    for current in index.versions.values().filter_map(|versions| current(versions)) {
        index.files.take(&current.file);
    }
    index
}
