//! Deleting: a marker over an object, or a version for good.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html>.

use super::{Bucket, Index, check_key};
use crate::s3::disk::unless_missing;
use crate::s3::error::{Result, S3StorageError};
use crate::s3::object::{NULL_VERSION, sequence_of};
use crate::s3::{DeleteCondition, Deletion, ObjectInfo, Versioning};
use fs_err as fs;

impl Bucket {
    /// Deletes the object of a key, if the condition holds. In a bucket with versions, a delete marker then covers what
    /// the key has, even nothing.
    pub(crate) fn delete(&self, key: &str, condition: &DeleteCondition) -> Result<Deletion> {
        check_key(key)?;
        let mut index = self.open_index()?;
        let current = index.objects.get(key).cloned();
        check(condition, current.as_ref())?;
        let sequence = index.next_sequence();
        index.deletions.insert(key.to_owned(), sequence);
        let versioning = index.versioning;
        if versioning == Versioning::Unversioned {
            if let Some(current) = &current {
                self.remove_current(&mut index, current)?;
            }
            return Ok(Deletion { version_id: None, delete_marker: false });
        }
        let marker = ObjectInfo::delete_marker(key, sequence, versioning);
        if let Some(current) = current.as_ref().filter(|current| stays(current, versioning)) {
            self.keep(&mut index, current)?;
        }
        // From here on the object is deleted, even if the process is killed.
        self.history.describe(&marker)?;
        if marker.version_id.is_none() {
            self.history.forget_bytes(&marker)?;
            index.forget_older(&marker);
        }
        index.add_older(marker.clone());
        if let Some(current) = current {
            self.remove_current(&mut index, &current)?;
        }
        Ok(Deletion { version_id: Some(marker.shown_id().to_owned()), delete_marker: true })
    }

    /// Deletes one version for good, if the condition holds for the current one. The one before it becomes the current
    /// one if this was the latest. A version that is gone already is no error, an id that never was one is.
    pub(crate) fn delete_version(
        &self,
        key: &str,
        version_id: &str,
        condition: &DeleteCondition,
    ) -> Result<Deletion> {
        check_key(key)?;
        let mut index = self.open_index()?;
        check(condition, index.objects.get(key))?;
        let current = index.objects.get(key).filter(|info| info.shown_id() == version_id).cloned();
        let deleted = if let Some(current) = current {
            self.remove_current(&mut index, &current)?;
            Some(current)
        } else {
            let found = index.older(key, version_id).cloned();
            if let Some(version) = &found {
                self.history.forget(version)?;
                index.forget_older(version);
            }
            found
        };
        if deleted.is_none() && version_id != NULL_VERSION && sequence_of(version_id).is_none() {
            return Err(S3StorageError::InvalidVersionId(version_id.to_owned()));
        }
        self.promote(&mut index, key)?;
        let unversioned = index.versioning == Versioning::Unversioned;
        Ok(Deletion {
            version_id: (!unversioned).then(|| version_id.to_owned()),
            delete_marker: deleted.is_some_and(|info| info.delete_marker),
        })
    }

    /// Keeps the current version of a key as an older one.
    pub(crate) fn keep(&self, index: &mut Index, current: &ObjectInfo) -> Result<()> {
        if self.history.keep(current, &self.objects_dir.join(&current.file))? {
            index.add_older(current.clone());
        }
        Ok(())
    }

    /// Makes the latest of the older versions the current one, if there is none and nothing marks it deleted.
    pub(crate) fn promote(&self, index: &mut Index, key: &str) -> Result<()> {
        let latest = index.latest_older(key).filter(|latest| !latest.delete_marker);
        let Some(latest) = latest.filter(|_| !index.objects.contains_key(key)).cloned() else {
            return Ok(());
        };
        let bytes = fs::read(self.history.bytes(&latest))?;
        let current = ObjectInfo { file: self.free_file(index, key), ..latest.clone() };
        self.put_in_place(self.write_aside(&bytes)?, &current)?;
        index.set_current(current);
        self.history.forget(&latest)?;
        index.forget_older(&latest);
        Ok(())
    }

    pub(crate) fn remove_current(&self, index: &mut Index, info: &ObjectInfo) -> Result<()> {
        fs::remove_file(self.metadata_path(&info.key))?;
        index.objects.remove(&info.key);
        index.files.release(&info.file);
        let path = self.objects_dir.join(&info.file);
        unless_missing(fs::remove_file(&path))?;
        // An empty directory would stand in the way of a key of its name; one in use refuses to go.
        let mut directories = path.ancestors().skip(1).take_while(|dir| *dir != self.objects_dir);
        directories.all(|dir| fs::remove_dir(dir).is_ok());
        Ok(())
    }
}

/// True for an object that is kept as a version when another or a delete marker takes its place.
pub(crate) fn stays(old: &ObjectInfo, versioning: Versioning) -> bool {
    match versioning {
        Versioning::Unversioned => false,
        Versioning::Enabled => true,
        Versioning::Suspended => old.version_id.is_some(),
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
