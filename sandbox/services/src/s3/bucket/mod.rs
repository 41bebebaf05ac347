//! One bucket on the disk. Everything in here blocks: [`super::S3Storage`] calls it off the async threads.
//!
//! `DATA_DIR/BUCKET/` holds the objects, `DATA_DIR/.sandbox/BUCKET/` their metadata and older versions. An object exists
//! when its metadata does. A write announces itself (`.next`), puts the bytes in place, and then makes the announcement
//! the metadata: a process killed at any point leaves the old object or the new one, whole. An older version is kept
//! before anything takes its place.

use super::disk::{Disk, persist, unless_missing};
use super::error::{Result, S3StorageError};
use super::object::{NULL_VERSION, sequence_of};
use super::{ObjectInfo, StoredObject, Versioning, layout};
use crate::s3::uploads::Uploads;
use fs_err as fs;
use history::History;
use index::Index;
use parking_lot::{Mutex, MutexGuard};
use std::collections::BTreeSet;
use std::io::{ErrorKind, Read};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tempfile::NamedTempFile;

mod delete;
mod history;
mod index;
mod put;
mod recovery;
#[cfg(test)]
mod tests;

/// The file in a bucket's state directory that says whether it has versions.
const VERSIONING: &str = "versioning.json";

#[derive(Debug)]
pub(crate) struct Bucket {
    objects_dir: PathBuf,
    state_dir: PathBuf,
    metadata_dir: PathBuf,
    /// Files that are being written: on the same disk, so that a rename puts them in place.
    unfinished_dir: PathBuf,
    disk: Arc<Disk>,
    history: History,
    pub(crate) uploads: Uploads,
    pub(crate) created_at: SystemTime,
    index: Mutex<Index>,
}

impl Bucket {
    pub(crate) fn open(objects_dir: PathBuf, state_dir: &Path, disk: &Arc<Disk>) -> Result<Self> {
        let (metadata_dir, unfinished_dir) = (state_dir.join("objects"), state_dir.join("unfinished"));
        unless_missing(fs::remove_dir_all(&unfinished_dir))?;
        let versioning = read_versioning(state_dir)?;
        for dir in [&objects_dir, &metadata_dir, &unfinished_dir] {
            fs::create_dir_all(dir)?;
        }
        let created_at =
            fs::metadata(&metadata_dir).and_then(|m| m.created()).unwrap_or_else(|_| SystemTime::now());
        let history = History::open(state_dir.join("versions"), Arc::clone(disk))?;
        let uploads = Uploads::open(state_dir.join("uploads"), Arc::clone(disk))?;
        // The bucket itself must be on the disk as long as its objects.
        for dir in [Some(state_dir), state_dir.parent(), objects_dir.parent()].into_iter().flatten() {
            disk.sync(dir)?;
        }
        let (index, disk) = (Mutex::default(), Arc::clone(disk));
        let state_dir = state_dir.to_owned();
        let bucket = Self {
            objects_dir,
            state_dir,
            metadata_dir,
            unfinished_dir,
            disk,
            history,
            uploads,
            created_at,
            index,
        };
        let index = Index { versioning, ..bucket.read_index()? };
        *bucket.index.lock() = index;
        Ok(bucket)
    }

    pub(crate) fn versioning(&self) -> Versioning {
        self.index.lock().versioning
    }

    /// Decides what becomes of objects that are replaced or deleted from now on.
    pub(crate) fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        let mut index = self.open_index()?;
        let json = serde_json::to_vec(&versioning).map_err(std::io::Error::from)?;
        persist(self.write_aside(&json)?, &self.state_dir.join(VERSIONING))?;
        self.disk.sync(&self.state_dir)?;
        index.versioning = versioning;
        Ok(())
    }

    /// The number that the next version will have: versions with this or a higher one came later than now.
    pub(crate) fn sequence(&self) -> u64 {
        self.index.lock().sequence
    }

    /// Deletes the bucket, which must have no objects, older versions or delete markers.
    pub(crate) fn end(&self) -> Result<()> {
        let mut index = self.index.lock();
        if !index.objects.is_empty() || !index.versions.is_empty() {
            return Err(S3StorageError::BucketNotEmpty);
        }
        fs::remove_dir_all(&self.state_dir)?;
        index.deleted = true;
        match fs::remove_dir(&self.objects_dir) {
            // A file that a person put there is not an object, and not ours to remove.
            Err(error) if error.kind() != ErrorKind::DirectoryNotEmpty => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The index, to be changed; a request may have found the bucket just before it was deleted.
    fn open_index(&self) -> Result<MutexGuard<'_, Index>> {
        let index = self.index.lock();
        if index.deleted { Err(S3StorageError::NoSuchBucket(String::new())) } else { Ok(index) }
    }

    fn write_aside(&self, bytes: &[u8]) -> Result<NamedTempFile> {
        Ok(self.disk.write_aside(&self.unfinished_dir, bytes)?)
    }

    fn put_in_place(&self, bytes: NamedTempFile, info: &ObjectInfo) -> Result<()> {
        let metadata = self.metadata_path(&info.key);
        let next = metadata.with_extension("next");
        persist(self.write_aside(&info.to_json()?)?, &next)?;
        self.disk.sync(&self.metadata_dir)?;
        let path = self.objects_dir.join(&info.file);
        let dir = path.parent().unwrap_or(&self.objects_dir);
        fs::create_dir_all(dir)?;
        persist(bytes, &path)?;
        self.disk.sync_directories(dir, &self.objects_dir)?;
        fs::rename(&next, &metadata)?;
        Ok(self.disk.sync(&self.metadata_dir)?)
    }

    /// A file for a new key.
    fn free_file(&self, index: &Index, key: &str) -> String {
        index.files.place(key, |file| self.objects_dir.join(file).is_dir())
    }

    /// The metadata of an object, or of one of its versions.
    pub(crate) fn info(&self, key: &str, version_id: Option<&str>) -> Result<ObjectInfo> {
        self.find(&self.index.lock(), key, version_id).map(|(info, _)| info)
    }

    /// A version of an object, with the id to show, and where its bytes are.
    fn find(&self, index: &Index, key: &str, version_id: Option<&str>) -> Result<(ObjectInfo, PathBuf)> {
        let shown = |info: &ObjectInfo| {
            let versioned = index.versioning != Versioning::Unversioned;
            let version_id = versioned.then(|| info.shown_id().to_owned());
            ObjectInfo { version_id, ..info.clone() }
        };
        let current = index.objects.get(key);
        if let Some(current) = current.filter(|info| version_id.is_none_or(|id| id == info.shown_id())) {
            return Ok((shown(current), self.objects_dir.join(&current.file)));
        }
        let Some(version_id) = version_id else {
            return Err(match index.marker(key) {
                Some(marker) => S3StorageError::Deleted { version_id: marker.shown_id().to_owned() },
                None => S3StorageError::NoSuchKey,
            });
        };
        match index.older(key, version_id) {
            Some(info) if info.delete_marker => Err(S3StorageError::IsDeleteMarker),
            Some(info) => Ok((shown(info), self.history.bytes(info))),
            None if version_id != NULL_VERSION && sequence_of(version_id).is_none() => {
                Err(S3StorageError::InvalidVersionId(version_id.to_owned()))
            }
            None => Err(S3StorageError::NoSuchVersion),
        }
    }

    /// An object, or one of its versions.
    pub(crate) fn get(&self, key: &str, version_id: Option<&str>) -> Result<StoredObject> {
        let index = self.index.lock();
        let (info, path) = self.find(&index, key, version_id)?;
        // Opened under the lock: a write renames another file over this one, but can't change it.
        let opened = fs::File::open(&path);
        drop(index);
        let mut bytes = Vec::new();
        match opened.and_then(|mut file| file.read_to_end(&mut bytes)) {
            Ok(_) => Ok(StoredObject { info, bytes: bytes.into() }),
            // A person tidied up with `rm`.
            Err(error) if error.kind() == ErrorKind::NotFound => Err(S3StorageError::NoSuchKey),
            Err(error) => Err(error.into()),
        }
    }

    /// Every object from `start` on, in the order of their keys' bytes, as long as `visit` wants more.
    pub(crate) fn scan(&self, start: &str, mut visit: impl FnMut(&ObjectInfo) -> bool) {
        let index = self.index.lock();
        let mut objects = index.objects.range::<str, _>((Bound::Included(start), Bound::Unbounded));
        objects.all(|(_, info)| visit(info));
    }

    /// Every version of every key that starts with `prefix`, by key, the latest first, and whether it is the latest.
    pub(crate) fn versions(&self, prefix: &str) -> Vec<(ObjectInfo, bool)> {
        let index = self.index.lock();
        let with_prefix = |key: &&String| key.starts_with(prefix);
        let keys: BTreeSet<_> =
            index.objects.keys().chain(index.versions.keys()).filter(with_prefix).collect();
        let mut versions = Vec::new();
        for key in keys {
            let older = index.versions.get(key).into_iter().flatten().rev();
            let all = index.objects.get(key).into_iter().chain(older);
            versions.extend(all.enumerate().map(|(n, info)| (info.clone(), n == 0)));
        }
        versions
    }

    fn metadata_path(&self, key: &str) -> PathBuf {
        self.metadata_dir.join(layout::metadata_name(key)).with_extension("json")
    }
}

/// A bucket that doesn't say is new, or older than the choice: then it had versions.
fn read_versioning(state_dir: &Path) -> Result<Versioning> {
    let path = state_dir.join(VERSIONING);
    match fs::read(&path) {
        Ok(json) => serde_json::from_slice(&json).map_err(|source| S3StorageError::Metadata { path, source }),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Ok(if state_dir.exists() { Versioning::Enabled } else { Versioning::Unversioned })
        }
        Err(error) => Err(error.into()),
    }
}

fn check_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > 1_024 { Err(S3StorageError::InvalidKey(key.len())) } else { Ok(()) }
}
