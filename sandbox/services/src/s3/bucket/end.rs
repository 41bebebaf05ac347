//! The end of a bucket, and of one that could not be created.

use super::Bucket;
use super::rows::{BUCKETS, BucketRow, PLACING, VERSIONS};
use crate::s3::disk::unless_missing;
use crate::s3::error::{Result, S3StorageError};
use fs_err as fs;
use std::io::{self, ErrorKind};

impl Bucket {
    /// Deletes the bucket, which must have no objects, older versions or delete markers.
    pub(crate) fn end(&self) -> Result<()> {
        let mut index = self.index.lock();
        self.freed.wait_while(&mut index, |index| !index.busy.is_empty());
        if !index.versions.is_empty() {
            return Err(S3StorageError::BucketNotEmpty);
        }
        index.deleted = true;
        let placing: Vec<_> = index.placing.keys().map(|file| PLACING.delete(self.row_key(file))).collect();
        self.disk.append(|| placing.into_iter().chain([BUCKETS.delete(self.name.clone())]));
        drop(index);
        if let Err(error) = self.disk.wait() {
            self.revive();
            return Err(error.into());
        }
        if let Err(error) = self.remove_directories() {
            tracing::warn!(%error, bucket = self.name, "a directory of a deleted bucket stays");
        }
        Ok(())
    }

    /// Takes a deletion back that the disk refused. The store tries it again, and then this.
    fn revive(&self) {
        let mut index = self.index.lock();
        index.deleted = false;
        let row = BucketRow { versioning: index.versioning, created_ms: self.created_ms };
        let placing = index.placing.iter().map(|(file, row)| PLACING.put(self.row_key(file), row));
        self.disk.append(|| placing.chain([BUCKETS.put(self.name.clone(), &row)]));
    }

    fn remove_directories(&self) -> io::Result<()> {
        unless_missing(fs::remove_dir_all(&self.bytes_dir))?;
        unless_missing(fs::remove_dir_all(self.uploads.dir()))?;
        match unless_missing(fs::remove_dir(&self.objects_dir)) {
            // A file that a person put there is not an object, and not ours to remove.
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => Ok(()),
            removed => removed,
        }
    }

    /// Forgets a bucket that could not be created. The files that were in its directory stay.
    pub(crate) fn forget(&self) {
        let index = self.index.lock();
        let versions: Vec<_> = index.versions.values().flatten().collect();
        let rows = versions.iter().map(|info| VERSIONS.delete(self.row_key(&info.id)));
        let placing = index.placing.keys().map(|file| PLACING.delete(self.row_key(file)));
        self.disk.append(|| rows.chain(placing).chain([BUCKETS.delete(self.name.clone())]));
        for info in versions {
            if let Err(error) = unless_missing(fs::remove_file(self.bytes_path(&info.id))) {
                tracing::warn!(%error, "the bytes of a version that is gone stay until the next start");
            }
        }
    }
}
