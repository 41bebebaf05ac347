//! One bucket on the disk. Everything in here blocks: [`super::S3Storage`] calls it off the async threads.
//!
//! `DATA_DIR/BUCKET/` holds the objects, `DATA_DIR/.mailroom/BUCKET/` what is known of them. An object is there
//! when its metadata is. A write announces itself (`.next`), puts the bytes in place, and then makes the
//! announcement the metadata: a process killed at any point leaves the old object or the new one, whole.

use super::{
    Checksums, NewObject, ObjectInfo, PutCondition, S3StorageError, StoredObject,
    layout::{self, Files},
};
use crate::aws::locked::locked;
use md5::{Digest, Md5};
use std::{
    collections::BTreeMap,
    fs, io,
    ops::Bound,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{SystemTime, UNIX_EPOCH},
};
use tempfile::NamedTempFile;

/// A bucket and what is in it.
#[derive(Debug)]
pub(super) struct Bucket {
    objects_dir: PathBuf,
    metadata_dir: PathBuf,
    /// What is being written: on the same disk, so that a rename puts it in place.
    unfinished_dir: PathBuf,
    created_at: SystemTime,
    index: Mutex<Index>,
}

/// What is on the disk; locked while the disk is changed.
#[derive(Debug, Default)]
struct Index {
    objects: BTreeMap<String, ObjectInfo>,
    files: Files,
}

impl Bucket {
    /// Opens a bucket, or creates it.
    pub(super) fn open(objects_dir: PathBuf, state_dir: &Path) -> Result<Self, S3StorageError> {
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
        let index = Mutex::new(Index::read(&objects_dir, &metadata_dir)?);
        Ok(Self { objects_dir, metadata_dir, unfinished_dir, created_at, index })
    }

    pub(super) fn created_at(&self) -> SystemTime {
        self.created_at
    }

    /// Stores an object: looking whether it may and doing it are one step.
    pub(super) fn put(&self, object: NewObject, checksums: Checksums) -> Result<ObjectInfo, S3StorageError> {
        if object.key.is_empty() || object.key.len() > 1_024 {
            return Err(S3StorageError::InvalidKey(object.key.len()));
        }
        let bytes = self.write_aside(&object.bytes)?;
        let mut index = locked(&self.index);
        let old = index.objects.get(&object.key);
        match (&object.condition, old) {
            (PutCondition::None, _) | (PutCondition::Absent, None) => {}
            (PutCondition::Matches(etag), Some(old)) if old.etag == *etag => {}
            (PutCondition::Matches(_), None) => return Err(S3StorageError::NoSuchKey),
            _ => return Err(S3StorageError::PreconditionFailed),
        }
        let file = match old {
            Some(old) => old.file.clone(),
            None => index.files.place(&object.key, |file| self.objects_dir.join(file).is_dir()),
        };
        let info = ObjectInfo {
            key: object.key,
            file,
            size: object.bytes.len() as u64,
            etag: hex::encode(Md5::digest(&object.bytes)),
            modified_ms: now_ms(),
            headers: object.headers,
            metadata: object.metadata,
            checksums,
        };
        self.put_in_place(bytes, &info)?;
        index.files.take(&info.file);
        index.objects.insert(info.key.clone(), info.clone());
        Ok(info)
    }

    fn write_aside(&self, bytes: &[u8]) -> Result<NamedTempFile, S3StorageError> {
        let error = || S3StorageError::io(&self.unfinished_dir);
        let file = NamedTempFile::new_in(&self.unfinished_dir).map_err(error())?;
        fs::write(file.path(), bytes).map_err(error())?;
        Ok(file)
    }

    fn put_in_place(&self, bytes: NamedTempFile, info: &ObjectInfo) -> Result<(), S3StorageError> {
        let metadata = self.metadata_path(&info.key);
        let json = serde_json::to_vec_pretty(info)
            .map_err(|source| S3StorageError::Metadata { path: metadata.clone(), source })?;
        let next = metadata.with_extension("next");
        persist(self.write_aside(&json)?, &next)?;
        let path = self.objects_dir.join(&info.file);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir).map_err(S3StorageError::io(dir))?;
        }
        persist(bytes, &path)?;
        fs::rename(&next, &metadata).map_err(S3StorageError::io(&metadata))
    }

    /// What is known of an object.
    pub(super) fn info(&self, key: &str) -> Result<ObjectInfo, S3StorageError> {
        locked(&self.index).objects.get(key).cloned().ok_or(S3StorageError::NoSuchKey)
    }

    /// An object and its bytes.
    pub(super) fn get(&self, key: &str) -> Result<StoredObject, S3StorageError> {
        let index = locked(&self.index);
        let info = index.objects.get(key).cloned().ok_or(S3StorageError::NoSuchKey)?;
        let path = self.objects_dir.join(&info.file);
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

    /// Deletes an object. One that is not there is no error.
    pub(super) fn delete(&self, key: &str) -> Result<(), S3StorageError> {
        let mut index = locked(&self.index);
        let Some(info) = index.objects.get(key) else { return Ok(()) };
        let metadata = self.metadata_path(key);
        fs::remove_file(&metadata).map_err(S3StorageError::io(&metadata))?;
        let file = info.file.clone();
        index.objects.remove(key);
        index.files.release(&file);
        let path = self.objects_dir.join(&file);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(S3StorageError::io(&path)(error));
            }
            _ => {}
        }
        // An empty directory would stand in the way of a key of its name; one in use refuses to go.
        for dir in path.ancestors().skip(1).take_while(|dir| *dir != self.objects_dir) {
            if fs::remove_dir(dir).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Every object from `start` on, in the order of their keys' bytes, as long as `visit` wants more.
    pub(super) fn scan(&self, start: &str, mut visit: impl FnMut(&ObjectInfo) -> bool) {
        let index = locked(&self.index);
        for info in
            index.objects.range::<str, _>((Bound::Included(start), Bound::Unbounded)).map(|(_, info)| info)
        {
            if !visit(info) {
                break;
            }
        }
    }

    fn metadata_path(&self, key: &str) -> PathBuf {
        self.metadata_dir.join(layout::metadata_name(key)).with_extension("json")
    }
}

impl Index {
    fn read(objects_dir: &Path, metadata_dir: &Path) -> Result<Self, S3StorageError> {
        let error = || S3StorageError::io(metadata_dir);
        let mut paths = Vec::new();
        for entry in fs::read_dir(metadata_dir).map_err(error())? {
            paths.push(entry.map_err(error())?.path());
        }
        for next in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "next")) {
            finish(objects_dir, next)?;
        }
        let mut index = Self::default();
        for path in paths.iter().map(|path| path.with_extension("json")).filter(|path| path.exists()) {
            let info = read_info(&path)?;
            if objects_dir.join(&info.file).is_file() {
                index.files.take(&info.file);
                index.objects.insert(info.key.clone(), info);
            }
        }
        Ok(index)
    }
}

/// Ends a write that a killed process had begun: forwards if the bytes are in place, else back.
fn finish(objects_dir: &Path, next: &Path) -> Result<(), S3StorageError> {
    let info = read_info(next)?;
    let in_place = fs::read(objects_dir.join(&info.file))
        .is_ok_and(|bytes| hex::encode(Md5::digest(&bytes)) == info.etag);
    let done = if in_place { fs::rename(next, next.with_extension("json")) } else { fs::remove_file(next) };
    done.map_err(S3StorageError::io(next))
}

fn read_info(path: &Path) -> Result<ObjectInfo, S3StorageError> {
    let json = fs::read(path).map_err(S3StorageError::io(path))?;
    serde_json::from_slice(&json).map_err(|source| S3StorageError::Metadata { path: path.to_owned(), source })
}

fn persist(file: NamedTempFile, path: &Path) -> Result<(), S3StorageError> {
    file.persist(path).map(drop).map_err(|error| S3StorageError::io(path)(error.error))
}

fn now_ms() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
