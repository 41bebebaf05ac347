//! Storing an object, if its condition holds.

use super::{Bucket, check_key, delete::stays};
use crate::s3::error::{Result, S3StorageError};
use crate::s3::object::{NULL_VERSION, etag};
use crate::s3::{Checksums, NewObject, ObjectInfo, PutCondition};

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
        // Before the lock on the index, so that it is released after it.
        let _hold = self.hold(&object)?;
        let bytes = self.write_aside(&object.bytes)?;
        let mut index = self.open_index()?;
        let absent = object.condition == PutCondition::Absent;
        if absent && index.deletions.get(&object.key).is_some_and(|deleted| *deleted >= began) {
            return Err(S3StorageError::ConditionalRequestConflict);
        }
        let old = index.objects.get(&object.key).cloned();
        check(&object.condition, old.as_ref())?;
        let meant = matches!(object.condition, PutCondition::Matches(_));
        if meant && old.as_ref().is_some_and(|old| old.sequence >= began) {
            return Err(S3StorageError::ConditionalRequestConflict);
        }
        let file = match &old {
            Some(old) => old.file.clone(),
            None => self.free_file(&index, &object.key),
        };
        let versioning = index.versioning;
        let etag = etag(&object.bytes, &object.parts);
        let info = ObjectInfo {
            size: object.bytes.len() as u64,
            parts: object.parts,
            headers: object.headers,
            metadata: object.metadata,
            checksums,
            ..ObjectInfo::new(&object.key, file, etag, index.next_sequence(), versioning)
        };
        let old = old.filter(|old| stays(old, versioning));
        if let Some(old) = &old {
            self.keep(&mut index, old)?;
        }
        if let Err(error) = self.put_in_place(bytes, &info) {
            // The old object is still the current one, not an older version of itself.
            old.iter().for_each(|old| index.forget_older(old));
            return Err(error);
        }
        index.set_current(info.clone());
        index.deletions.remove(&info.key);
        if info.version_id.is_none() && index.older(&info.key, NULL_VERSION).is_some() {
            self.history.forget(&info)?;
            index.forget_older(&info);
        }
        Ok(info)
    }

    /// Keeps other conditional writes of the key away until this one is done.
    pub(crate) fn hold(&self, object: &NewObject) -> Result<Option<Hold<'_>>> {
        if object.condition == PutCondition::None {
            return Ok(None);
        }
        let mut index = self.index.lock();
        check(&object.condition, index.objects.get(&object.key))?;
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
