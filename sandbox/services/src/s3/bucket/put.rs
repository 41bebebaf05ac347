//! Storing an object, if its condition holds.

use super::commit::Readable;
use super::{Bucket, check_key, keep_versions};
use crate::s3::error::{Result, S3StorageError};
use crate::s3::object::etag;
use crate::s3::{Checksums, NewObject, ObjectChange, ObjectInfo, PutCondition};
use tempfile::TempPath;

/// A conditional write in progress: another one of the same key must wait.
#[derive(Debug)]
pub(crate) struct Hold<'a> {
    bucket: &'a Bucket,
    key: String,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        self.bucket.index.lock().in_progress.remove(&self.key);
    }
}

impl Bucket {
    /// Stores an object: checking its condition and storing it are one step. `began` is the bucket's sequence when
    /// the request for it began: a conditional write that finds the key deleted or the object that it means written since
    /// then is a conflict, and so is one that meets another conditional write at work; all can be tried again:
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>.
    pub(crate) fn put(&self, object: NewObject, checksums: Checksums, began: u64) -> Result<ObjectInfo> {
        check_key(&object.key)?;
        let _hold = self.hold(&object)?;
        let etag = etag(&object.bytes, &object.parts);
        let mut info = ObjectInfo {
            parts: object.parts,
            headers: object.headers,
            metadata: object.metadata,
            checksums,
            ..ObjectInfo::new(&object.key, String::new(), etag)
        };
        let path = self.bytes_path(&info.id);
        // Removed if the object isn't stored, and if the disk has room for a part of it only.
        let bytes = TempPath::try_from_path(path)?;
        info.set_stamp(self.disk.write(&bytes, &object.bytes, info.modified_at())?);

        let busy = self.busy(&object.key)?;
        self.settle(&object.key)?;
        let mut index = self.index.lock();
        let absent = object.condition == PutCondition::Absent;
        if absent && index.deletions.get(&object.key).is_some_and(|deleted| *deleted >= began) {
            return Err(S3StorageError::ConditionalRequestConflict);
        }
        let old = index.current(&object.key);
        check(&object.condition, old)?;
        let meant = matches!(object.condition, PutCondition::Matches(_));
        if meant && old.is_some_and(|old| old.sequence >= began) {
            return Err(S3StorageError::ConditionalRequestConflict);
        }
        let mut versions = keep_versions(index.of_key(&object.key), index.versioning);
        let sequence = index.next_sequence();
        info.become_version(sequence, index.versioning);
        info.file = self.file_for(&mut index, &object.key);
        versions.push(info.clone());
        drop(index);
        self.commit(&object.key, versions, Readable::Follows)?;
        bytes.keep().map_err(|error| error.error)?;
        self.index.lock().deletions.remove(&object.key);
        let reason = object.created_by.operation();
        let change = ObjectChange::Created { reason, size: info.size, etag: info.etag.clone() };
        self.tell(&info, sequence, change);
        drop(busy);
        Ok(info)
    }

    /// Keeps other conditional writes of the key away until this one is done.
    pub(crate) fn hold(&self, object: &NewObject) -> Result<Option<Hold<'_>>> {
        if object.condition == PutCondition::None {
            return Ok(None);
        }
        self.freshen(&object.key)?;
        let mut index = self.index.lock();
        check(&object.condition, index.current(&object.key))?;
        if !index.in_progress.insert(object.key.clone()) {
            return Err(S3StorageError::ConditionalRequestConflict);
        }
        Ok(Some(Hold { bucket: self, key: object.key.clone() }))
    }
}

/// Refuses an object that may not take the place of `old`.
fn check(condition: &PutCondition, old: Option<&ObjectInfo>) -> Result<()> {
    match (condition, old) {
        (PutCondition::None, _) | (PutCondition::Absent, None) => Ok(()),
        (PutCondition::Matches(etag), Some(old)) if old.etag == *etag => Ok(()),
        (PutCondition::Matches(_), None) => Err(S3StorageError::NoSuchKey),
        _ => Err(S3StorageError::PreconditionFailed),
    }
}
