//! Files that people edit, add, remove or copy.
//!
//! A readable file whose size or time isn't the one that the sandbox gave it was changed by a person. It is read as it
//! is: its bytes become those of the current version, which keeps its metadata. A file that is gone is a deleted object,
//! and a file without an object becomes one.

use super::commit::Readable;
use super::index::Index;
use super::{Bucket, keep_versions};
use crate::s3::disk::{Stamp, is_missing, unless_missing};
use crate::s3::error::Result;
use crate::s3::object::is_of;
use crate::s3::{ObjectInfo, layout};
use fs_err as fs;
use std::path::Path;
use tempfile::TempPath;
use uuid::Uuid;

/// The most attempts to read a file that changes meanwhile.
pub(crate) const ATTEMPTS: usize = 5;

/// The bytes of a file that a person wrote, kept under a name of their own.
struct TakenIn {
    id: String,
    path: TempPath,
    stamp: Stamp,
    bytes: Vec<u8>,
}

impl Bucket {
    /// Takes over what a person did to the file of a key, if anything.
    pub(crate) fn freshen(&self, key: &str) -> Result<()> {
        let is_changed = self.is_changed(&self.index.lock(), key);
        if is_changed {
            let _busy = self.busy(key)?;
            self.settle(key)?;
        }
        Ok(())
    }

    /// True if a key's file is not as its version says. A file that can't be looked at fails when it is read.
    pub(crate) fn is_changed(&self, index: &Index, key: &str) -> bool {
        let stamp = |file: &str| Stamp::at(&self.objects_dir.join(file)).ok().flatten();
        match index.current(key) {
            _ if index.unplaced.contains_key(key) => true,
            Some(current) => stamp(&current.file) != Some(current.stamp()),
            None => added_file(index, key).is_some_and(|file| stamp(&file).is_some()),
        }
    }

    /// Makes a busy key's versions agree with its readable file.
    pub(crate) fn settle(&self, key: &str) -> Result<()> {
        let (current, file) = {
            let mut index = self.index.lock();
            if let Some(stale) = index.unplaced.get(key).cloned() {
                self.place(&mut index, key, stale);
                let is_placed = !index.unplaced.contains_key(key);
                drop(index);
                return if is_placed { Ok(()) } else { self.drop_lost(key) };
            }
            let current = index.current(key).cloned();
            let Some(file) =
                current.as_ref().map(|info| info.file.clone()).or_else(|| added_file(&index, key))
            else {
                return Ok(());
            };
            (current, file)
        };
        let path = self.objects_dir.join(&file);
        let stamp = Stamp::at(&path)?;
        if stamp == current.as_ref().map(ObjectInfo::stamp) && self.is_kept(current.as_ref())? {
            return Ok(());
        }
        match (self.take_in(&path)?, current) {
            (Some(taken), Some(current)) => self.follow(current, taken),
            (Some(taken), None) => self.adopt(key, file, taken),
            (None, Some(_)) => {
                tracing::warn!(file = %path.display(), "the file of an object was removed: the object is deleted");
                self.delete_busy(key).map(drop)
            }
            (None, None) => Ok(()),
        }
    }

    /// Takes in the file of a key whose bytes are not those of its version, although size and time are.
    pub(crate) fn take_in_current(&self, key: &str) -> Result<()> {
        let _busy = self.busy(key)?;
        let current = self.index.lock().current(key).cloned();
        match current.map(|info| (self.take_in(&self.objects_dir.join(&info.file)), info)) {
            Some((taken, info)) => taken?.map_or(Ok(()), |taken| self.follow(info, taken)),
            None => Ok(()),
        }
    }

    /// True unless the readable file is all that is left of the current version.
    fn is_kept(&self, current: Option<&ObjectInfo>) -> Result<bool> {
        current.map_or(Ok(true), |info| Ok(Stamp::at(&self.bytes_path(&info.id))?.is_some()))
    }

    /// Gives the current version the bytes of its changed file.
    fn follow(&self, current: ObjectInfo, taken: TakenIn) -> Result<()> {
        let (key, modified_ms) = (current.key.clone(), current.modified_ms);
        let mut versions = self.index.lock().of_key(&key).to_vec();
        let is_same = is_of(&taken.bytes, &current);
        let mut info = ObjectInfo { id: taken.id, ..current };
        info.set_stamp(taken.stamp);
        // A copied directory has other times, and the same bytes.
        if is_same {
            info.modified_ms = modified_ms;
        } else {
            tracing::warn!(file = %info.file, "the file of an object was changed: it is read as it is");
            info.set_bytes(&taken.bytes);
        }
        versions.pop();
        versions.push(info);
        self.commit(&key, versions, Readable::Stays)?;
        taken.path.keep().map_err(|error| error.error)?;
        Ok(())
    }

    /// Makes an object of a file that has none.
    fn adopt(&self, key: &str, file: String, taken: TakenIn) -> Result<()> {
        tracing::info!(file, "a file was added to the bucket's directory: it is an object now");
        let mut index = self.index.lock();
        let mut versions = keep_versions(index.of_key(key), index.versioning);
        let mut info = ObjectInfo { id: taken.id, ..ObjectInfo::new(key, file, String::new()) };
        info.set_bytes(&taken.bytes);
        info.become_version(index.next_sequence(), index.versioning);
        info.set_stamp(taken.stamp);
        index.files.take(&info.file);
        versions.push(info);
        drop(index);
        self.commit(key, versions, Readable::Stays)?;
        taken.path.keep().map_err(|error| error.error)?;
        Ok(())
    }

    /// Makes objects of the files that a listing would miss: a client lists from the start once, then goes on.
    pub(crate) fn find_added_files(&self, prefix: &str) {
        if let Err(error) = self.adopt_files(prefix) {
            tracing::error!(%error, bucket = self.name, "the bucket's directory can't be read");
        }
    }

    /// Makes objects of the files that people put below the part of `prefix` that is a directory.
    pub(crate) fn adopt_files(&self, prefix: &str) -> Result<()> {
        let top = match prefix.rsplit_once('/').map(|(directory, _)| layout::plain(directory)) {
            None => self.objects_dir.clone(),
            Some(Some(directory)) => self.objects_dir.join(directory),
            // Objects with such keys have files elsewhere.
            Some(None) => return Ok(()),
        };
        let mut directories = Vec::from([top]);
        while let Some(directory) = directories.pop() {
            let entries = match fs::read_dir(&directory) {
                Err(error) if is_missing(&error) => continue,
                entries => entries?,
            };
            for entry in entries {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    directories.push(entry.path());
                } else {
                    self.adopt_file(&entry.path())?;
                }
            }
        }
        Ok(())
    }

    fn adopt_file(&self, path: &Path) -> Result<()> {
        let relative = path.strip_prefix(&self.objects_dir).unwrap_or(path).to_str();
        if relative.is_some_and(|file| self.index.lock().files.is_taken(file)) {
            return Ok(());
        }
        let key = relative.and_then(layout::plain);
        let Some(key) = key.filter(|key| self.index.lock().current(key).is_none()) else {
            let file = path.display().to_string();
            if self.index.lock().strangers.insert(file.clone()) {
                tracing::warn!(
                    file,
                    "a file in the bucket's directory is not an object: its name can't be a key's"
                );
            }
            return Ok(());
        };
        self.freshen(&key)
    }

    /// Reads a file that a person wrote, and gives it the name of a version. `None` if it has gone.
    fn take_in(&self, file: &Path) -> Result<Option<TakenIn>> {
        let id = Uuid::new_v4().simple().to_string();
        let path = TempPath::try_from_path(self.bytes_path(&id))?;
        let mut attempts = 0;
        loop {
            attempts += 1;
            unless_missing(fs::remove_file(&path))?;
            let Some(before) = Stamp::at(file)? else { return Ok(None) };
            match self.disk.link(file, &path) {
                Err(error) if is_missing(&error) => return Ok(None),
                linked => linked?,
            }
            let bytes = fs::read(&path)?;
            // A file that is still being written is read again. After the last attempt, the next look finds the rest.
            let is_same = |path: &Path| Ok::<_, std::io::Error>(Stamp::at(path)? == Some(before));
            let is_whole = is_same(&path)? && is_same(file)? && bytes.len() as u64 == before.size;
            if is_whole || attempts == ATTEMPTS {
                self.disk.sync(&path)?;
                let stamp = Stamp { size: bytes.len() as u64, ..before };
                return Ok(Some(TakenIn { id, path, stamp, bytes }));
            }
        }
    }
}

/// The file that a person may have put in place of an object that doesn't exist.
fn added_file(index: &Index, key: &str) -> Option<String> {
    layout::plain(key).filter(|file| !index.files.is_taken(file))
}
