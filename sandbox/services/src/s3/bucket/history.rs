//! The older versions and delete markers of a bucket's keys, in a directory of their own.
//!
//! A version exists when its description (`.json`) does; its bytes are beside it (`.bytes`).

use crate::s3::disk::{Disk, persist, unless_missing};
use crate::s3::error::Result;
use crate::s3::{ObjectInfo, layout};
use fs_err as fs;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The older versions of each key, the oldest first.
pub(crate) type Versions = BTreeMap<String, Vec<ObjectInfo>>;

#[derive(Debug)]
pub(crate) struct History {
    dir: PathBuf,
    disk: Arc<Disk>,
}

impl History {
    pub(crate) fn open(dir: PathBuf, disk: Arc<Disk>) -> Result<Self> {
        fs::create_dir_all(&dir)?;
        Ok(Self { dir, disk })
    }

    pub(crate) fn read(&self) -> Result<Versions> {
        let mut versions = Versions::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let info = ObjectInfo::read(&path)?;
                versions.entry(info.key.clone()).or_default().push(info);
            }
        }
        for of_key in versions.values_mut() {
            of_key.sort_by_key(|info| info.sequence);
        }
        Ok(versions)
    }

    /// Keeps a version, with the bytes that are now in `file`. Returns false if that file was removed.
    pub(crate) fn keep(&self, info: &ObjectInfo, file: &Path) -> Result<bool> {
        let kept = self.bytes(info);
        // Left over from a write that was killed.
        let _ = fs::remove_file(&kept);
        // A link costs nothing and can't be half done; a disk without links gets a copy.
        match fs::hard_link(file, &kept).or_else(|_| fs::copy(file, &kept).map(drop)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            result => result?,
        }
        self.disk.sync(&kept)?;
        self.describe(info)?;
        Ok(true)
    }

    /// Keeps a delete marker, or the description of a version whose bytes are there.
    pub(crate) fn describe(&self, info: &ObjectInfo) -> Result<()> {
        let file = self.disk.write_aside(&self.dir, &info.to_json()?)?;
        persist(file, &self.path(info, "json"))?;
        Ok(self.disk.sync(&self.dir)?)
    }

    pub(crate) fn forget(&self, info: &ObjectInfo) -> Result<()> {
        unless_missing(fs::remove_file(self.path(info, "json")))?;
        self.forget_bytes(info)
    }

    /// Forgets the bytes of a version that a delete marker without an id has replaced.
    pub(crate) fn forget_bytes(&self, info: &ObjectInfo) -> Result<()> {
        Ok(unless_missing(fs::remove_file(self.bytes(info)))?)
    }

    /// Where the bytes of a version are.
    pub(crate) fn bytes(&self, info: &ObjectInfo) -> PathBuf {
        self.path(info, "bytes")
    }

    fn path(&self, info: &ObjectInfo, extension: &str) -> PathBuf {
        let key = layout::metadata_name(&info.key);
        self.dir.join(format!("{key}-{}.{extension}", info.shown_id()))
    }
}
