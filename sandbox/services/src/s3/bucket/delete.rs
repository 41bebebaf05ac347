//! Deleting: a marker over an object, or a version for good.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html>.

use super::{Bucket, Index, check_key};
use crate::{
    locked::locked,
    s3::{ObjectInfo, S3StorageError},
};
use std::{fs, io, path::Path};

impl Bucket {
    /// Puts a delete marker over whatever the key has, even nothing, and gives the marker.
    pub(crate) fn delete(&self, key: &str) -> Result<ObjectInfo, S3StorageError> {
        check_key(key)?;
        let mut index = self.open_index()?;
        let marker = ObjectInfo::delete_marker(key, index.next_sequence());
        let current = index.objects.get(key).cloned();
        if let Some(current) = &current {
            self.keep(&mut index, current)?;
        }
        // From here on the object is deleted, whenever the process is killed.
        self.history.describe(&marker)?;
        index.versions.entry(key.to_owned()).or_default().push(marker.clone());
        if let Some(current) = current {
            self.remove_current(&mut index, &current)?;
        }
        Ok(marker)
    }

    /// Deletes one version for good, and gives it; nothing if there is no such version. The one before it
    /// becomes the current one if this was the latest.
    pub(crate) fn delete_version(
        &self,
        key: &str,
        version_id: &str,
    ) -> Result<Option<ObjectInfo>, S3StorageError> {
        check_key(key)?;
        let mut index = locked(&self.index);
        let current = index.objects.get(key).filter(|info| info.version_id == version_id).cloned();
        let deleted = if let Some(current) = current {
            self.remove_current(&mut index, &current)?;
            Some(current)
        } else {
            let found = index.version(key, version_id).cloned();
            if let Some(version) = &found {
                self.history.forget(version)?;
                index.forget(version);
            }
            found
        };
        self.promote(&mut index, key)?;
        Ok(deleted)
    }

    /// Keeps the current version of a key as an older one.
    pub(crate) fn keep(&self, index: &mut Index, current: &ObjectInfo) -> Result<(), S3StorageError> {
        if self.history.keep(current, &self.objects_dir.join(&current.file))? {
            index.versions.entry(current.key.clone()).or_default().push(current.clone());
        }
        Ok(())
    }

    /// Lets the latest of the older versions be the current one, if there is none and nothing marks it deleted.
    pub(crate) fn promote(&self, index: &mut Index, key: &str) -> Result<(), S3StorageError> {
        let latest = index.versions.get(key).and_then(|versions| versions.last());
        let Some(latest) = latest.filter(|latest| !latest.delete_marker).cloned() else { return Ok(()) };
        if index.objects.contains_key(key) {
            return Ok(());
        }
        let path = self.history.bytes(&latest);
        let bytes = fs::read(&path).map_err(S3StorageError::io(&path))?;
        let file = index.files.place(key, |file| self.objects_dir.join(file).is_dir());
        let current = ObjectInfo { file, ..latest.clone() };
        self.put_in_place(self.write_aside(&bytes)?, &current)?;
        index.files.take(&current.file);
        index.objects.insert(key.to_owned(), current);
        self.history.forget(&latest)?;
        index.forget(&latest);
        Ok(())
    }

    pub(crate) fn remove_current(&self, index: &mut Index, info: &ObjectInfo) -> Result<(), S3StorageError> {
        let metadata = self.metadata_path(&info.key);
        fs::remove_file(&metadata).map_err(S3StorageError::io(&metadata))?;
        index.objects.remove(&info.key);
        index.files.release(&info.file);
        remove_file(&self.objects_dir, &info.file)
    }
}

/// Removes an object's file and the directories that are empty without it.
fn remove_file(objects_dir: &Path, file: &str) -> Result<(), S3StorageError> {
    let path = objects_dir.join(file);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(S3StorageError::io(&path)(error));
        }
        _ => {}
    }
    // An empty directory would stand in the way of a key of its name; one in use refuses to go.
    for dir in path.ancestors().skip(1).take_while(|dir| *dir != objects_dir) {
        if fs::remove_dir(dir).is_err() {
            break;
        }
    }
    Ok(())
}
