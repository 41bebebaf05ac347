//! Files: written so that they outlive the process, or the machine's power.

use fs_err as fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::NamedTempFile;

/// The event that stored objects survive. A killed process loses nothing either way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Durability {
    /// The end of the process: the system writes to the disk when it likes.
    Process,
    /// A power cut: files and directories are on the disk before the response.
    Power,
}

#[derive(Debug)]
pub(crate) struct Disk {
    durability: Durability,
    syncs: AtomicU64,
}

impl Disk {
    pub(crate) fn new(durability: Durability) -> Self {
        Self { durability, syncs: AtomicU64::new(0) }
    }

    pub(crate) fn syncs(&self) -> u64 {
        self.syncs.load(Ordering::Relaxed)
    }

    /// Puts the content of a file, or the names in a directory, on the disk.
    pub(crate) fn sync(&self, path: &Path) -> io::Result<()> {
        if self.durability == Durability::Power {
            fs::File::open(path)?.sync_all()?;
            self.syncs.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Syncs the directories from `path` up to `top`: some of them may be new.
    pub(crate) fn sync_directories(&self, path: &Path, top: &Path) -> io::Result<()> {
        path.ancestors().take_while(|dir| dir.starts_with(top)).try_for_each(|dir| self.sync(dir))
    }

    /// Writes a nameless file in `dir`, to be put in place by [`persist`].
    pub(crate) fn write_aside(&self, dir: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
        let file = NamedTempFile::new_in(dir)?;
        fs::write(file.path(), bytes)?;
        self.sync(file.path())?;
        Ok(file)
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
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}
