//! Deleting: a marker over an object, or a version for good.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/DeletingObjectVersions.html>.

use super::{Bucket, Index, check_key};
use crate::s3::ObjectInfo;
use crate::s3::disk::unless_missing;
use crate::s3::error::Result;
use fs_err as fs;

impl Bucket {
    /// Puts a delete marker over whatever the key has, even nothing, and returns the marker.
    pub(crate) fn delete(&self, key: &str) -> Result<ObjectInfo> {
        check_key(key)?;
        let mut index = self.open_index()?;
        let marker = ObjectInfo::delete_marker(key, index.next_sequence());
        let current = index.objects.get(key).cloned();
        if let Some(current) = &current {
            self.keep(&mut index, current)?;
        }
        // From here on the object is deleted, even if the process is killed.
        self.history.describe(&marker)?;
        index.add_older(marker.clone());
        if let Some(current) = current {
            self.remove_current(&mut index, &current)?;
        }
        Ok(marker)
    }

    /// Deletes one version for good, and returns it; `None` if the version doesn't exist. The one before it
    /// becomes the current one if this was the latest.
    pub(crate) fn delete_version(&self, key: &str, version_id: &str) -> Result<Option<ObjectInfo>> {
        check_key(key)?;
        let mut index = self.index.lock();
        let current = index.objects.get(key).filter(|info| info.version_id == version_id).cloned();
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
        self.promote(&mut index, key)?;
        Ok(deleted)
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
