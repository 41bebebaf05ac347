//! Bytes of versions that the store doesn't know: somebody moved its file away, and may put it back.

use super::Bucket;
use super::index::Index;
use crate::s3::error::Result;
use fs_err as fs;
use std::collections::HashSet;
use std::path::PathBuf;

impl Bucket {
    /// Moves the bytes of a bucket without rows away.
    pub(crate) fn set_aside(&self) -> Result<()> {
        if fs::read_dir(&self.bytes_dir)?.next().is_none() {
            return Ok(());
        }
        let mut numbers = 1..;
        let free = numbers.by_ref().map(|n: u64| self.aside(n)).find(|path| !path.exists());
        if let Some(aside) = free {
            tracing::warn!(
                bucket = self.name,
                aside = %aside.display(),
                "the bytes of versions that the store doesn't know are moved aside: a start with their store takes \
                 them back"
            );
            fs::rename(&self.bytes_dir, aside)?;
            fs::create_dir(&self.bytes_dir)?;
        }
        Ok(())
    }

    /// Takes the bytes of versions back that a start without their rows moved aside.
    pub(crate) fn take_back(&self, index: &Index) -> Result<()> {
        let ids: HashSet<_> = index.versions.values().flatten().map(|info| info.id.as_str()).collect();
        for aside in (1..).map(|n| self.aside(n)).take_while(|path| path.exists()) {
            for entry in fs::read_dir(&aside)? {
                let (name, path) = entry.map(|entry| (entry.file_name(), entry.path()))?;
                let known = name.to_str().filter(|name| ids.contains(name)).map(|id| self.bytes_path(id));
                if let Some(bytes) = known.filter(|bytes| !bytes.exists()) {
                    fs::rename(path, bytes)?;
                }
            }
        }
        Ok(())
    }

    /// No bucket has a `~` in its name.
    fn aside(&self, n: u64) -> PathBuf {
        self.bytes_dir.with_file_name(format!("{}~{n}", self.name))
    }
}
