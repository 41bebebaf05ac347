//! Files, and the store behind them.

use crate::store::{Change, Store, StoreError};
use fs_err as fs;
use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::{NamedTempFile, TempPath};

/// The event that everything in a data directory survives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Durability {
    /// None: the directory goes with the stack. Objects are files, the rest is in memory.
    Process,
    /// The end of the process and a power cut: everything is on the disk before the response.
    Power,
}

/// The size and time of a file. Another stamp means that the file was changed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Stamp {
    pub(crate) size: u64,
    /// Since 1970.
    pub(crate) modified_ns: i64,
}

impl Stamp {
    /// The stamp of what is at `path`, if it is a file.
    pub(crate) fn at(path: &Path) -> io::Result<Option<Self>> {
        match fs::metadata(path) {
            Ok(metadata) => Self::of(&metadata),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(crate) fn of(metadata: &std::fs::Metadata) -> io::Result<Option<Self>> {
        let stamp = Self { size: metadata.len(), modified_ns: nanoseconds(metadata.modified()?) };
        Ok(metadata.is_file().then_some(stamp))
    }

    /// In milliseconds.
    pub(crate) fn modified_ms(&self) -> u64 {
        u64::try_from(self.modified_ns / 1_000_000).unwrap_or(0)
    }
}

fn nanoseconds(time: SystemTime) -> i64 {
    let signed = |duration: std::time::Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => signed(since),
        Err(before) => -signed(before.duration()),
    }
}

#[derive(Debug)]
pub(crate) struct Disk {
    store: Store,
    syncs: AtomicU64,
}

impl Disk {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, syncs: AtomicU64::new(0) }
    }

    /// The syncs of files, and those of the store.
    pub(crate) fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed) + self.store.syncs()
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn append<I: IntoIterator<Item = Change>>(&self, changes: impl FnOnce() -> I) {
        self.store.append(changes);
    }

    /// Waits until everything that was appended is on the disk. Blocks.
    pub(crate) fn wait(&self) -> Result<(), StoreError> {
        futures::executor::block_on(self.store.durable())
    }

    /// Puts the content of a file, or the names in a directory, on the disk.
    pub(crate) fn sync(&self, path: &Path) -> io::Result<()> {
        if self.store.is_durable() {
            fs::File::open(path)?.sync_all()?;
            self.syncs.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Writes a new file, with this time of its last change.
    pub(crate) fn write(&self, path: &Path, bytes: &[u8], modified: SystemTime) -> io::Result<Stamp> {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
        file.write_all(bytes)?;
        file.file().set_modified(modified)?;
        // A disk may round the time.
        let stamp = Stamp::of(&file.metadata()?)?;
        self.sync(path)?;
        stamp.ok_or_else(|| io::Error::other(format!("{} is not a file", path.display())))
    }

    /// Writes a nameless file in `dir`, to be put in place by [`persist`].
    pub(crate) fn write_aside(&self, dir: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
        let file = NamedTempFile::new_in(dir)?;
        fs::write(file.path(), bytes)?;
        self.sync(file.path())?;
        Ok(file)
    }

    /// Gives a file a second name. False if something has that name, and on a disk without links.
    pub(crate) fn link_new(&self, file: &Path, name: &Path) -> bool {
        // A link to a symbolic link would point elsewhere.
        !file.is_symlink() && fs::hard_link(file, name).is_ok()
    }

    /// Gives a file a second name; a disk without links gets a copy, which has the same stamp.
    pub(crate) fn link(&self, file: &Path, name: &Path) -> io::Result<()> {
        unless_missing(fs::remove_file(name))?;
        if self.link_new(file, name) {
            return Ok(());
        }
        // Removed unless it is whole.
        let copy = TempPath::try_from_path(name)?;
        let modified = fs::metadata(file)?.modified()?;
        fs::copy(file, name)?;
        fs::OpenOptions::new().write(true).open(name)?.file().set_modified(modified)?;
        self.sync(name)?;
        copy.keep().map(drop).map_err(|error| error.error)
    }
}

/// Puts a file in place of what has this name.
pub(crate) fn persist(file: NamedTempFile, path: &Path) -> io::Result<()> {
    let named = |source: io::Error| io::Error::new(source.kind(), format!("{}: {source}", path.display()));
    file.persist(path).map(drop).map_err(|error| named(error.error))
}

/// The result of a removal, which ignores that a file is missing.
pub(crate) fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if is_missing(&error) => Ok(()),
        result => result,
    }
}

pub(crate) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_name_takes_no_name_that_is_taken_and_leads_to_no_symbolic_link() {
        let dir = tempfile::tempdir().unwrap();
        let [file, taken, symlink, name] =
            ["file", "taken", "symlink", "name"].map(|name| dir.path().join(name));
        fs::write(&file, "ours").unwrap();
        fs::write(&taken, "a person's").unwrap();
        fs_err::os::unix::fs::symlink(&file, &symlink).unwrap();
        let disk = Disk::new(Store::volatile());
        assert!(!disk.link_new(&file, &taken) && !disk.link_new(&symlink, &name));
        assert_eq!(fs::read_to_string(&taken).unwrap(), "a person's");
        assert!(disk.link_new(&file, &name));
        assert_eq!(fs::read_to_string(&name).unwrap(), "ours");
    }
}
