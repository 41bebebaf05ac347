//! Whether what was written outlives the machine's power.

use super::S3StorageError;
use std::{
    fs::File,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

/// What has to be survived by what was answered. A killed process loses nothing either way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Durability {
    /// The end of the process: the system writes to the disk when it likes.
    Process,
    /// A power cut: files and directories are on the disk before the answer.
    Power,
}

/// The disk that a storage writes to.
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

    /// Puts what was written to a file, or what happened to the names in a directory, on the disk.
    pub(crate) fn sync(&self, path: &Path) -> Result<(), S3StorageError> {
        if self.durability == Durability::Power {
            File::open(path).and_then(|file| file.sync_all()).map_err(S3StorageError::io(path))?;
            self.syncs.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Puts the directories from `path` up to `top` on the disk: some of them may be new.
    pub(crate) fn sync_directories(&self, path: &Path, top: &Path) -> Result<(), S3StorageError> {
        path.ancestors().take_while(|dir| dir.starts_with(top)).try_for_each(|dir| self.sync(dir))
    }
}
