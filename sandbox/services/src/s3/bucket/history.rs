//! What a key was before: its older versions and delete markers, in a directory nobody has to look at.
//!
//! A version is there when its description (`.json`) is; its bytes lie beside it (`.bytes`).

use super::{persist, read_info};
use crate::s3::{ObjectInfo, S3StorageError, disk::Disk, layout};
use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::NamedTempFile;

/// The older versions of each key, the oldest first.
pub(crate) type Versions = BTreeMap<String, Vec<ObjectInfo>>;

/// The directory with the older versions of a bucket's objects.
#[derive(Debug)]
pub(crate) struct History {
    dir: PathBuf,
    disk: Arc<Disk>,
}

impl History {
    pub(crate) fn open(dir: PathBuf, disk: Arc<Disk>) -> Result<Self, S3StorageError> {
        fs::create_dir_all(&dir).map_err(S3StorageError::io(&dir))?;
        Ok(Self { dir, disk })
    }

    /// Everything that is there.
    pub(crate) fn read(&self) -> Result<Versions, S3StorageError> {
        let error = || S3StorageError::io(&self.dir);
        let mut versions = Versions::new();
        for entry in fs::read_dir(&self.dir).map_err(error())? {
            let path = entry.map_err(error())?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let info = read_info(&path)?;
                versions.entry(info.key.clone()).or_default().push(info);
            }
        }
        for of_key in versions.values_mut() {
            of_key.sort_by_key(|info| info.sequence);
        }
        Ok(versions)
    }

    /// Keeps a version, with the bytes that are now in `file`. False if somebody removed that file.
    pub(crate) fn keep(&self, info: &ObjectInfo, file: &Path) -> Result<bool, S3StorageError> {
        let kept = self.bytes(info);
        // Left over from a write that was killed.
        let _ = fs::remove_file(&kept);
        // A link costs nothing and can't be half done; a disk that knows no links gets a copy.
        match fs::hard_link(file, &kept).or_else(|_| fs::copy(file, &kept).map(drop)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            result => result.map_err(S3StorageError::io(&kept))?,
        }
        self.disk.sync(&kept)?;
        self.describe(info)?;
        Ok(true)
    }

    /// Keeps a delete marker, or the description of a version whose bytes are there.
    pub(crate) fn describe(&self, info: &ObjectInfo) -> Result<(), S3StorageError> {
        let path = self.path(info, "json");
        let json = serde_json::to_vec_pretty(info)
            .map_err(|source| S3StorageError::Metadata { path: path.clone(), source })?;
        let error = || S3StorageError::io(&self.dir);
        let file = NamedTempFile::new_in(&self.dir).map_err(error())?;
        fs::write(file.path(), json).map_err(error())?;
        self.disk.sync(file.path())?;
        persist(file, &path)?;
        self.disk.sync(&self.dir)
    }

    /// Forgets a version or a delete marker.
    pub(crate) fn forget(&self, info: &ObjectInfo) -> Result<(), S3StorageError> {
        for extension in ["json", "bytes"] {
            let path = self.path(info, extension);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(S3StorageError::io(&path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Where the bytes of a version are.
    pub(crate) fn bytes(&self, info: &ObjectInfo) -> PathBuf {
        self.path(info, "bytes")
    }

    fn path(&self, info: &ObjectInfo, extension: &str) -> PathBuf {
        let key = layout::metadata_name(&info.key);
        self.dir.join(format!("{key}-{}.{extension}", info.version_id))
    }
}
