//! Versions without bytes: somebody removed the file, or copied the directory while it was written.

use super::commit::Readable;
use super::index::current;
use super::{Bucket, Index};
use crate::s3::ObjectInfo;
use crate::s3::disk::Stamp;
use crate::s3::error::Result;
use crate::s3::object::is_of;
use fs_err as fs;

impl Bucket {
    /// True if the bytes of a version are there. A readable file that still has them gives them back.
    pub(crate) fn has_bytes(&self, info: &ObjectInfo) -> Result<bool> {
        let (path, readable) = (self.bytes_path(&info.id), self.objects_dir.join(&info.file));
        if Stamp::at(&path)?.is_some() {
            return Ok(true);
        }
        // A later version may have the same size and time.
        if Stamp::at(&readable)? != Some(info.stamp()) || !is_of(&fs::read(&readable)?, info) {
            return Ok(false);
        }
        self.disk.link(&readable, &path)?;
        self.disk.sync(&self.bytes_dir)?;
        Ok(true)
    }

    /// Takes the latest versions away until one can be read, so that it can be the current one.
    pub(crate) fn pop_lost(&self, versions: &mut Vec<ObjectInfo>) -> Result<()> {
        while let Some(last) = current(versions)
            && !self.has_bytes(last)?
        {
            self.warn_lost(std::slice::from_ref(last));
            versions.pop();
        }
        Ok(())
    }

    /// Makes the latest version that can be read the current one of a busy key.
    pub(crate) fn drop_lost(&self, key: &str) -> Result<()> {
        let mut index = self.index.lock();
        let mut versions = index.of_key(key).to_vec();
        self.pop_lost(&mut versions)?;
        if versions == index.of_key(key) {
            return Ok(());
        }
        self.give_file(&mut index, key, &mut versions);
        drop(index);
        self.commit(key, versions, Readable::Follows)
    }

    /// Gives the version that is to be the current one a readable file.
    pub(crate) fn give_file(&self, index: &mut Index, key: &str, versions: &mut [ObjectInfo]) {
        let file = current(versions).map(|_| self.file_for(index, key));
        if let (Some(last), Some(file)) = (versions.last_mut(), file) {
            last.file = file;
        }
    }

    /// Forgets the versions of a key that can't be read.
    pub(crate) fn forget_lost(&self, key: &str) -> Result<()> {
        let _busy = self.busy(key)?;
        self.settle(key)?;
        self.warn_lost(&self.check_older(key)?);
        Ok(())
    }

    pub(crate) fn warn_lost(&self, lost: &[ObjectInfo]) {
        if !lost.is_empty() {
            let names: Vec<_> =
                lost.iter().map(|info| format!("{} ({})", info.key, info.shown_id())).collect();
            let (bucket, versions) = (&self.name, names.join(", "));
            tracing::warn!(bucket, versions, "versions whose bytes were removed are gone");
        }
    }
}
