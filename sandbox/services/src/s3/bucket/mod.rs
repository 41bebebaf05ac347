//! One bucket on the disk. Everything in here blocks: [`super::S3Storage`] calls it off the async threads.
//!
//! `DATA_DIR/BUCKET/` holds the objects, `DATA_DIR/.mailroom/BUCKET/` what is known of them, and their older
//! versions. An object is there when its metadata is. A write announces itself (`.next`), puts the bytes in place,
//! and then makes the announcement the metadata: a process killed at any point leaves the old object or the new
//! one, whole. An older version is kept before anything takes its place.

use super::{ObjectInfo, S3StorageError, StoredObject, disk::Disk, layout};
use crate::locked::locked;
use history::History;
use index::Index;
use std::{
    fs, io,
    ops::Bound,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::SystemTime,
};
use tempfile::NamedTempFile;

mod delete;
mod history;
mod index;
mod put;

/// A bucket and what is in it.
#[derive(Debug)]
pub(crate) struct Bucket {
    objects_dir: PathBuf,
    state_dir: PathBuf,
    metadata_dir: PathBuf,
    /// What is being written: on the same disk, so that a rename puts it in place.
    unfinished_dir: PathBuf,
    disk: Arc<Disk>,
    history: History,
    created_at: SystemTime,
    index: Mutex<Index>,
}

impl Bucket {
    /// Opens a bucket, or creates it.
    pub(crate) fn open(
        objects_dir: PathBuf,
        state_dir: &Path,
        disk: &Arc<Disk>,
    ) -> Result<Self, S3StorageError> {
        let (metadata_dir, unfinished_dir) = (state_dir.join("objects"), state_dir.join("unfinished"));
        match fs::remove_dir_all(&unfinished_dir) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(S3StorageError::io(&unfinished_dir)(error));
            }
            _ => {}
        }
        for dir in [&objects_dir, &metadata_dir, &unfinished_dir] {
            fs::create_dir_all(dir).map_err(S3StorageError::io(dir))?;
        }
        let created_at =
            fs::metadata(&metadata_dir).and_then(|m| m.created()).unwrap_or_else(|_| SystemTime::now());
        let history = History::open(state_dir.join("versions"), Arc::clone(disk))?;
        // The bucket itself has to be there as long as what will be in it.
        for dir in [Some(state_dir), state_dir.parent(), objects_dir.parent()].into_iter().flatten() {
            disk.sync(dir)?;
        }
        let (index, disk) = (Mutex::default(), Arc::clone(disk));
        let state_dir = state_dir.to_owned();
        let bucket =
            Self { objects_dir, state_dir, metadata_dir, unfinished_dir, disk, history, created_at, index };
        let index = bucket.read_index()?;
        *locked(&bucket.index) = index;
        Ok(bucket)
    }

    pub(crate) fn created_at(&self) -> SystemTime {
        self.created_at
    }

    /// The number that the next version will have: a version with this or a higher one came later than now.
    pub(crate) fn sequence(&self) -> u64 {
        locked(&self.index).sequence
    }

    /// Deletes the bucket, which has to be empty: of older versions and delete markers too.
    pub(crate) fn end(&self) -> Result<(), S3StorageError> {
        let mut index = locked(&self.index);
        if !index.objects.is_empty() || !index.versions.is_empty() {
            return Err(S3StorageError::BucketNotEmpty);
        }
        fs::remove_dir_all(&self.state_dir).map_err(S3StorageError::io(&self.state_dir))?;
        index.deleted = true;
        match fs::remove_dir(&self.objects_dir) {
            // What a person put there is no object, and not ours to remove.
            Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => {
                Err(S3StorageError::io(&self.objects_dir)(error))
            }
            _ => Ok(()),
        }
    }

    /// What is in the bucket, to be changed; a request may have found the bucket just before it was deleted.
    fn open_index(&self) -> Result<MutexGuard<'_, Index>, S3StorageError> {
        let index = locked(&self.index);
        if index.deleted { Err(S3StorageError::NoSuchBucket(String::new())) } else { Ok(index) }
    }

    fn write_aside(&self, bytes: &[u8]) -> Result<NamedTempFile, S3StorageError> {
        let error = || S3StorageError::io(&self.unfinished_dir);
        let file = NamedTempFile::new_in(&self.unfinished_dir).map_err(error())?;
        fs::write(file.path(), bytes).map_err(error())?;
        self.disk.sync(file.path())?;
        Ok(file)
    }

    fn put_in_place(&self, bytes: NamedTempFile, info: &ObjectInfo) -> Result<(), S3StorageError> {
        let metadata = self.metadata_path(&info.key);
        let json = serde_json::to_vec_pretty(info)
            .map_err(|source| S3StorageError::Metadata { path: metadata.clone(), source })?;
        let next = metadata.with_extension("next");
        persist(self.write_aside(&json)?, &next)?;
        self.disk.sync(&self.metadata_dir)?;
        let path = self.objects_dir.join(&info.file);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).map_err(S3StorageError::io(dir))?;
        }
        persist(bytes, &path)?;
        self.disk.sync_directories(path.parent().unwrap_or(&self.objects_dir), &self.objects_dir)?;
        fs::rename(&next, &metadata).map_err(S3StorageError::io(&metadata))?;
        self.disk.sync(&self.metadata_dir)
    }

    /// What is known of an object, or of one of its versions.
    pub(crate) fn info(&self, key: &str, version_id: Option<&str>) -> Result<ObjectInfo, S3StorageError> {
        self.find(&locked(&self.index), key, version_id).map(|(info, _)| info)
    }

    /// A version of an object, and where its bytes are.
    fn find(
        &self,
        index: &Index,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<(ObjectInfo, PathBuf), S3StorageError> {
        let current = index.objects.get(key);
        if let Some(current) = current.filter(|info| version_id.is_none_or(|id| id == info.version_id)) {
            return Ok((current.clone(), self.objects_dir.join(&current.file)));
        }
        let Some(version_id) = version_id else {
            return Err(match index.marker(key) {
                Some(marker) => S3StorageError::Deleted { version_id: marker.version_id.clone() },
                None => S3StorageError::NoSuchKey,
            });
        };
        match index.version(key, version_id) {
            Some(info) if info.delete_marker => Err(S3StorageError::IsDeleteMarker),
            Some(info) => Ok((info.clone(), self.history.bytes(info))),
            None => Err(S3StorageError::NoSuchVersion),
        }
    }

    /// An object, or one of its versions, and its bytes.
    pub(crate) fn get(&self, key: &str, version_id: Option<&str>) -> Result<StoredObject, S3StorageError> {
        let index = locked(&self.index);
        let (info, path) = self.find(&index, key, version_id)?;
        // Opened under the lock: a write renames another file over this one, but can't change it.
        let opened = fs::File::open(&path);
        drop(index);
        let read = opened.and_then(|mut file| {
            let mut bytes = Vec::new();
            io::Read::read_to_end(&mut file, &mut bytes)?;
            Ok(bytes)
        });
        match read {
            Ok(bytes) => Ok(StoredObject { info, bytes: bytes.into() }),
            // Somebody tidied up with `rm`.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(S3StorageError::NoSuchKey),
            Err(error) => Err(S3StorageError::io(&path)(error)),
        }
    }

    /// Every object from `start` on, in the order of their keys' bytes, as long as `visit` wants more.
    pub(crate) fn scan(&self, start: &str, mut visit: impl FnMut(&ObjectInfo) -> bool) {
        let index = locked(&self.index);
        for info in
            index.objects.range::<str, _>((Bound::Included(start), Bound::Unbounded)).map(|(_, info)| info)
        {
            if !visit(info) {
                break;
            }
        }
    }

    /// Every version of every key that starts with `prefix`: by key, the latest first, which is marked as such.
    pub(crate) fn versions(&self, prefix: &str) -> Vec<(ObjectInfo, bool)> {
        let index = locked(&self.index);
        let with_prefix = |key: &&String| key.starts_with(prefix);
        let keys: std::collections::BTreeSet<_> =
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

fn check_key(key: &str) -> Result<(), S3StorageError> {
    if key.is_empty() || key.len() > 1_024 { Err(S3StorageError::InvalidKey(key.len())) } else { Ok(()) }
}

fn read_info(path: &Path) -> Result<ObjectInfo, S3StorageError> {
    let json = fs::read(path).map_err(S3StorageError::io(path))?;
    serde_json::from_slice(&json).map_err(|source| S3StorageError::Metadata { path: path.to_owned(), source })
}

fn persist(file: NamedTempFile, path: &Path) -> Result<(), S3StorageError> {
    file.persist(path).map(drop).map_err(|error| S3StorageError::io(path)(error.error))
}

#[cfg(test)]
mod tests;
