//! Deleting: a marker over an object, or a version for good.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html>.

use super::commit::Readable;
use super::{Bucket, check_key, keep_versions};
use crate::s3::error::{Result, S3StorageError};
use crate::s3::object::{NULL_VERSION, sequence_of};
use crate::s3::{DeleteCondition, Deletion, ObjectChange, ObjectInfo, Versioning};

impl Bucket {
    /// Deletes the object of a key, if the condition holds. In a bucket with versions, a delete marker then covers the
    /// key's versions, even if it has none.
    pub(crate) fn delete(&self, key: &str, condition: &DeleteCondition) -> Result<Deletion> {
        check_key(key)?;
        let _busy = self.busy(key)?;
        self.settle(key)?;
        check(condition, self.index.lock().current(key))?;
        self.delete_busy(key)
    }

    /// Deletes the object of a key that is busy.
    pub(crate) fn delete_busy(&self, key: &str) -> Result<Deletion> {
        let mut index = self.index.lock();
        let versioning = index.versioning;
        let mut versions = keep_versions(index.of_key(key), versioning);
        self.pop_lost(&mut versions)?;
        let sequence = index.next_sequence();
        let mut deletion = Deletion { version_id: None, delete_marker: false };
        let told = if versioning == Versioning::Unversioned {
            let Some(current) = index.current(key).cloned() else { return Ok(deletion) };
            (current, ObjectChange::Deleted)
        } else {
            let marker = ObjectInfo::delete_marker(key, sequence, versioning);
            deletion = Deletion { version_id: Some(marker.shown_id().to_owned()), delete_marker: true };
            versions.push(marker.clone());
            (marker, ObjectChange::Marked)
        };
        drop(index);
        self.commit(key, versions, Readable::Follows)?;
        self.index.lock().deletions.insert(key.to_owned(), sequence);
        self.tell(&told.0, sequence, told.1);
        Ok(deletion)
    }

    /// Deletes one version for good, if the condition holds for the current one. The one before it becomes the current
    /// one if this was the latest. A version that is gone already is fine; an id that never existed is an error.
    pub(crate) fn delete_version(
        &self,
        key: &str,
        version_id: &str,
        condition: &DeleteCondition,
    ) -> Result<Deletion> {
        check_key(key)?;
        let _busy = self.busy(key)?;
        self.settle(key)?;
        let mut index = self.index.lock();
        check(condition, index.current(key))?;
        let shown = (index.versioning != Versioning::Unversioned).then(|| version_id.to_owned());
        let Some(deleted) = index.version(key, version_id).cloned() else {
            if version_id != NULL_VERSION && sequence_of(version_id).is_none() {
                return Err(S3StorageError::InvalidVersionId(version_id.to_owned()));
            }
            return Ok(Deletion { version_id: shown, delete_marker: false });
        };
        let mut versions = index.of_key(key).to_vec();
        versions.retain(|info| info.id != deleted.id);
        self.give_file(&mut index, key, &mut versions);
        let sequence = index.next_sequence();
        drop(index);
        let is_gone = versions.is_empty();
        self.commit(key, versions, Readable::Follows)?;
        if is_gone {
            self.index.lock().deletions.insert(key.to_owned(), sequence);
        }
        self.tell(&deleted, sequence, ObjectChange::Deleted);
        Ok(Deletion { version_id: shown, delete_marker: deleted.delete_marker })
    }
}

fn check(condition: &DeleteCondition, current: Option<&ObjectInfo>) -> Result<()> {
    match (condition, current) {
        (DeleteCondition::None, _) | (DeleteCondition::Exists, Some(_)) => Ok(()),
        (DeleteCondition::Matches(etag), Some(current)) if current.etag == *etag => Ok(()),
        (_, None) => Err(S3StorageError::NoSuchKey),
        (_, Some(_)) => Err(S3StorageError::PreconditionFailed),
    }
}
