//! Changing the versions of a key.
//!
//! The bytes of a version are on the disk before the store names them, and the store's changes are on the disk before
//! anything else changes: the index, the readable file, the files of versions that are gone. A process killed in between
//! leaves the old versions or the new ones, with a readable file that the start puts in place.

use super::index::{Index, current};
use super::rows::{PLACING, VERSIONS};
use super::{Bucket, Change};
use crate::s3::ObjectInfo;
use crate::s3::disk::{Stamp, unless_missing};
use crate::s3::error::Result;
use fs_err as fs;
use std::io;
use std::path::PathBuf;

/// After so many files the directories are synced, so that the start needn't look at them.
const PLACED: usize = 64;
/// After so many replacements of one file too, so that its row stays small.
const BEFORE: usize = 8;

/// The effect of a change on the readable file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Readable {
    /// It becomes the current version, or goes with it.
    Follows,
    /// It is what a person made of it.
    Stays,
}

impl Bucket {
    /// Makes `new` the versions of a key, which is busy.
    pub(crate) fn commit(&self, key: &str, new: Vec<ObjectInfo>, readable: Readable) -> Result<()> {
        let mut index = self.index.lock();
        let old = index.of_key(key).to_vec();
        let mut settled = Vec::new();
        if must_settle(&index, [current(&old), current(&new)]) {
            settled = self.settled_files(&mut index);
        }
        if readable == Readable::Follows {
            begin_placing(&mut index, current(&old), current(&new));
        }
        self.disk.append(|| settled.into_iter().chain(self.changes(&index, &old, &new, readable)));
        let wait = !index.starting;
        drop(index);
        let durable = if wait { self.disk.wait() } else { Ok(()) };

        let mut index = self.index.lock();
        if let Err(error) = durable {
            // The store tries the changes again, so this takes them back: the store must end with the state in memory.
            self.disk.append(|| self.changes(&index, &new, &old, readable));
            release(&mut index, &old, &new);
            return Err(error.into());
        }
        let file = |versions| current(versions).map(|info: &ObjectInfo| info.file.clone());
        let stale = file(&old).filter(|stale| file(&new).as_ref() != Some(stale));
        let gone = old.into_iter().filter(|old| new.iter().all(|new| new.id != old.id));
        let gone: Vec<_> =
            gone.filter(|info| !info.delete_marker).map(|info| self.bytes_path(&info.id)).collect();
        index.set(key, new);
        if readable == Readable::Follows {
            self.place(&mut index, key, stale);
        }
        drop(index);
        for path in gone {
            if let Err(error) = unless_missing(fs::remove_file(path)) {
                tracing::warn!(%error, "the bytes of a version that is gone stay until the next start");
            }
        }
        Ok(())
    }

    /// The rows that make `old` to `new`.
    fn changes(
        &self,
        index: &Index,
        old: &[ObjectInfo],
        new: &[ObjectInfo],
        readable: Readable,
    ) -> Vec<Change> {
        let row = |info: &ObjectInfo| self.row_key(&info.id);
        let added: Vec<_> = new.iter().filter(|info| !old.contains(info)).collect();
        let gone = old.iter().filter(|old| new.iter().all(|new| new.id != old.id));
        let mut changes: Vec<_> = gone.map(|info| VERSIONS.delete(row(info))).collect();
        if added.iter().any(|info| !info.delete_marker) {
            changes.push(Change::SyncDirectory(self.bytes_dir.clone()));
        }
        changes.extend(added.into_iter().map(|info| VERSIONS.put(row(info), info)));
        if readable == Readable::Follows {
            for info in [current(old), current(new)].into_iter().flatten() {
                let placing =
                    index.placing.get(&info.file).map(|row| PLACING.put(self.row_key(&info.file), row));
                changes.extend(placing);
            }
        }
        changes
    }

    /// The changes that forget which files were put in place: their directories are synced first.
    pub(crate) fn settled_files(&self, index: &mut Index) -> Vec<Change> {
        let mut changes = Vec::new();
        for file in std::mem::take(&mut index.placed) {
            index.placing.remove(&file);
            let path = self.objects_dir.join(&file);
            let directories = path.ancestors().skip(1).take_while(|dir| dir.starts_with(&self.objects_dir));
            changes.extend(directories.map(|dir| Change::SyncDirectory(dir.to_owned())));
            changes.push(PLACING.delete(self.row_key(&file)));
        }
        changes
    }

    /// Puts the readable file of a key in place, and removes one that it had before. A failure leaves the object
    /// readable through S3, and is tried again.
    pub(crate) fn place(&self, index: &mut Index, key: &str, stale: Option<String>) {
        let current = index.current(key).cloned();
        let before =
            |file: &String| index.placing.get(file).map(|row| row.before.clone()).unwrap_or_default();
        let removed = stale.as_ref().map_or(Ok(()), |file| self.remove_readable(file, &before(file)));
        let placed = removed.and_then(|()| current.as_ref().map_or(Ok(()), |info| self.link_readable(info)));
        match placed {
            Ok(()) => {
                index.unplaced.remove(key);
                index.placed.extend(stale.into_iter().chain(current.map(|info| info.file)));
            }
            Err(error) => {
                tracing::error!(%error, key, "the file of an object can't be put in place or removed");
                index.unplaced.insert(key.to_owned(), stale);
            }
        }
    }

    pub(crate) fn link_readable(&self, info: &ObjectInfo) -> io::Result<()> {
        let (bytes, path) = (self.bytes_path(&info.id), self.objects_dir.join(&info.file));
        fs::create_dir_all(path.parent().unwrap_or(&self.objects_dir))?;
        // A new object's file needs no other name first.
        if self.disk.link_new(&bytes, &path) {
            return Ok(());
        }
        let aside = self.bytes_dir.join(format!("{}.link", info.id));
        self.disk.link(&bytes, &aside)?;
        fs::rename(&aside, path)?;
        // It is still there if both were names of the same file.
        unless_missing(fs::remove_file(&aside))
    }

    /// Removes a file of the sandbox, and the directories that it leaves empty.
    pub(crate) fn remove_readable(&self, file: &str, ours: &[Stamp]) -> io::Result<()> {
        let path = self.objects_dir.join(file);
        // A file that a person has just put there stays.
        if Stamp::at(&path)?.is_some_and(|stamp| ours.contains(&stamp)) {
            unless_missing(fs::remove_file(&path))?;
        }
        // An empty directory would stand in the way of a key of its name; one in use refuses to go.
        let mut directories = path.ancestors().skip(1).take_while(|dir| *dir != self.objects_dir);
        directories.all(|dir| fs::remove_dir(dir).is_ok());
        Ok(())
    }

    /// The file with the bytes of a version.
    pub(crate) fn bytes_path(&self, id: &str) -> PathBuf {
        self.bytes_dir.join(id)
    }
}

fn must_settle(index: &Index, changed: [Option<&ObjectInfo>; 2]) -> bool {
    let before = |info: &ObjectInfo| index.placing.get(&info.file).map_or(0, |row| row.before.len());
    index.placed.len() >= PLACED || changed.into_iter().flatten().any(|info| before(info) >= BEFORE)
}

/// Remembers what is at the files that are about to be put in place or removed.
fn begin_placing(index: &mut Index, old: Option<&ObjectInfo>, new: Option<&ObjectInfo>) {
    for (info, is_there) in [(old, true), (new, false)] {
        let Some(info) = info else { continue };
        index.placed.retain(|file| *file != info.file);
        let placing = index.placing.entry(info.file.clone()).or_default();
        placing.before.extend(is_there.then(|| info.stamp()));
    }
}

/// Releases the file that a version had been promised.
fn release(index: &mut Index, old: &[ObjectInfo], new: &[ObjectInfo]) {
    let promised = current(new).filter(|new| current(old).is_none_or(|old| old.file != new.file));
    promised.into_iter().for_each(|new| index.files.release(&new.file));
}
