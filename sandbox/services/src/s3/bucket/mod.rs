//! One bucket on the disk. Everything in here blocks: [`super::S3Storage`] calls it off the async threads.
//!
//! `DATA_DIR/BUCKET/` holds the objects as readable files. The bytes of every version are in a directory of their own, so
//! that the readable file is a second name of the current version's. The store has a row for each version. `commit` is
//! the one way to change them; `people` follows what is done to the readable files from outside.

use super::disk::{Disk, Stamp, is_missing};
use super::error::{Result, S3StorageError};
use super::object::{NULL_VERSION, is_of, sequence_of};
use super::uploads::Uploads;
use super::{
    ObjectChange, ObjectEvent, ObjectInfo, STATE_DIR, StoredObject, UPLOADS_DIR, VERSIONS_DIR, Versioning,
};
use crate::store::Change;
use fs_err as fs;
use index::Index;
use parking_lot::{Condvar, Mutex};
use people::ATTEMPTS;
use rows::{BUCKETS, BucketRow, Rows, row_key};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc::UnboundedSender;

mod aside;
mod commit;
mod delete;
mod end;
mod index;
mod list;
mod lost;
mod people;
mod put;
mod recovery;
pub(crate) mod rows;
#[cfg(test)]
pub(crate) mod tests;

#[derive(Debug)]
pub(crate) struct Bucket {
    name: String,
    objects_dir: PathBuf,
    bytes_dir: PathBuf,
    disk: Arc<Disk>,
    pub(crate) uploads: Uploads,
    created_ms: u64,
    index: Mutex<Index>,
    /// Notified when a key is busy no more.
    freed: Condvar,
    listener: Mutex<Option<UnboundedSender<ObjectEvent>>>,
}

/// A key that only its owner may change, until this is dropped.
struct Busy<'a> {
    bucket: &'a Bucket,
    key: &'a str,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.bucket.index.lock().busy.remove(self.key);
        self.bucket.freed.notify_all();
    }
}

impl Bucket {
    pub(crate) fn open(
        name: &str,
        data_dir: &Path,
        disk: &Arc<Disk>,
        settings: &BucketRow,
        rows: Rows,
    ) -> Result<Self> {
        let bucket = Self::new(name, data_dir, disk, settings)?;
        bucket.recover(rows)?;
        Ok(bucket)
    }

    /// A bucket with directories, which has not read its rows.
    pub(crate) fn new(name: &str, data_dir: &Path, disk: &Arc<Disk>, settings: &BucketRow) -> Result<Self> {
        let (objects_dir, state_dir) = (data_dir.join(name), data_dir.join(STATE_DIR));
        let bytes_dir = state_dir.join(VERSIONS_DIR).join(name);
        fs::create_dir_all(&objects_dir)?;
        fs::create_dir_all(&bytes_dir)?;
        Ok(Self {
            name: name.to_owned(),
            objects_dir,
            bytes_dir,
            uploads: Uploads::open(state_dir.join(UPLOADS_DIR).join(name), Arc::clone(disk))?,
            disk: Arc::clone(disk),
            created_ms: settings.created_ms,
            index: Mutex::new(Index { versioning: settings.versioning, ..Index::default() }),
            freed: Condvar::new(),
            listener: Mutex::default(),
        })
    }

    pub(crate) fn notify(&self, listener: UnboundedSender<ObjectEvent>) {
        *self.listener.lock() = Some(listener);
    }

    /// Tells the listener, while the key is busy, so that events of one key come in their order.
    fn tell(&self, info: &ObjectInfo, sequence: u64, change: ObjectChange) {
        if let Some(listener) = &*self.listener.lock() {
            let (bucket, key, version_id) = (self.name.clone(), info.key.clone(), info.version_id.clone());
            let event = ObjectEvent { bucket, key, at: SystemTime::now(), version_id, sequence, change };
            // The listener ends with its stack.
            let _ = listener.send(event);
        }
    }

    pub(crate) fn created_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.created_ms)
    }

    pub(crate) fn versioning(&self) -> Versioning {
        self.index.lock().versioning
    }

    /// Decides what becomes of objects that are replaced or deleted from now on.
    pub(crate) fn set_versioning(&self, versioning: Versioning) -> Result<()> {
        let mut index = self.index.lock();
        if index.deleted {
            return Err(S3StorageError::NoSuchBucket(self.name.clone()));
        }
        if index.versioning != versioning {
            let row = BucketRow { versioning, created_ms: self.created_ms };
            self.disk.append(|| [BUCKETS.put(self.name.clone(), &row)]);
            index.versioning = versioning;
        }
        drop(index);
        Ok(self.disk.wait()?)
    }

    /// The number that the next version will have: versions with this or a higher one came later than now.
    pub(crate) fn sequence(&self) -> u64 {
        self.index.lock().sequence
    }

    /// Waits until the key isn't busy. A request may have found the bucket just before it was deleted.
    fn busy<'a>(&'a self, key: &'a str) -> Result<Busy<'a>> {
        let mut index = self.index.lock();
        self.freed.wait_while(&mut index, |index| index.busy.contains(key));
        if index.deleted {
            return Err(S3StorageError::NoSuchBucket(self.name.clone()));
        }
        index.busy.insert(key.to_owned());
        Ok(Busy { bucket: self, key })
    }

    fn row_key(&self, name: &str) -> String {
        row_key(&self.name, name)
    }

    /// The readable file of a key's next version: the one that it has, or a new one that is kept for it.
    fn file_for(&self, index: &mut Index, key: &str) -> String {
        if let Some(current) = index.current(key) {
            return current.file.clone();
        }
        // A file that a person put there stays.
        let is_blocked = |file: &str| {
            let path = self.objects_dir.join(file);
            let mut above = path.ancestors().skip(1).take_while(|dir| *dir != self.objects_dir);
            path.exists() || above.any(|dir| dir.exists() && !dir.is_dir())
        };
        let file = index.files.place(key, is_blocked);
        index.files.take(&file);
        file
    }

    /// The metadata of an object, or of one of its versions.
    pub(crate) fn info(&self, key: &str, version_id: Option<&str>) -> Result<ObjectInfo> {
        self.freshen(key)?;
        self.find(&self.index.lock(), key, version_id).map(|(info, _)| info)
    }

    /// A version of an object, with the id to show, and where its bytes are.
    fn find(&self, index: &Index, key: &str, version_id: Option<&str>) -> Result<(ObjectInfo, PathBuf)> {
        let shown = |info: &ObjectInfo| {
            let versioned = index.versioning != Versioning::Unversioned;
            let version_id = versioned.then(|| info.shown_id().to_owned());
            ObjectInfo { version_id, ..info.clone() }
        };
        let current = index.current(key);
        if let Some(current) = current.filter(|info| version_id.is_none_or(|id| id == info.shown_id())) {
            let placed = !index.unplaced.contains_key(key);
            let readable = || self.objects_dir.join(&current.file);
            let path = if placed { readable() } else { self.bytes_path(&current.id) };
            return Ok((shown(current), path));
        }
        let Some(version_id) = version_id else {
            return Err(match index.marker(key) {
                Some(marker) => S3StorageError::Deleted { version_id: marker.shown_id().to_owned() },
                None => S3StorageError::NoSuchKey,
            });
        };
        match index.version(key, version_id) {
            Some(info) if info.delete_marker => Err(S3StorageError::IsDeleteMarker),
            Some(info) => Ok((shown(info), self.bytes_path(&info.id))),
            None if version_id != NULL_VERSION && sequence_of(version_id).is_none() => {
                Err(S3StorageError::InvalidVersionId(version_id.to_owned()))
            }
            None => Err(S3StorageError::NoSuchVersion),
        }
    }

    /// An object, or one of its versions.
    pub(crate) fn get(&self, key: &str, version_id: Option<&str>) -> Result<StoredObject> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            self.freshen(key)?;
            let (info, opened) = {
                let index = self.index.lock();
                let (info, path) = self.find(&index, key, version_id)?;
                // Opened under the lock: a write renames another file over this one, but can't change it.
                (info, std::fs::File::open(path))
            };
            match opened.and_then(|file| read(file, info.stamp())) {
                Ok((bytes, true)) if is_of(&bytes, &info) => {
                    return Ok(StoredObject { info, bytes: bytes.into() });
                }
                Ok((_, true)) if attempts == 1 => self.take_in_current(key)?,
                Ok((bytes, _)) if attempts == ATTEMPTS => return Ok(as_read(info, bytes)),
                Err(error) if is_missing(&error) && attempts == ATTEMPTS => {
                    self.forget_lost(key)?;
                    let missing =
                        version_id.map_or(S3StorageError::NoSuchKey, |_| S3StorageError::NoSuchVersion);
                    return Err(missing);
                }
                Err(error) if !is_missing(&error) => return Err(error.into()),
                // A person is changing the file right now.
                _ => {}
            }
        }
    }
}

/// The bytes of a file, and whether it is the one that `stamp` describes.
fn read(mut file: std::fs::File, stamp: Stamp) -> std::io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let is_whole = Stamp::of(&file.metadata()?)? == Some(stamp) && bytes.len() as u64 == stamp.size;
    Ok((bytes, is_whole))
}

/// A version whose file changes all the time, as it was when it was read.
fn as_read(mut info: ObjectInfo, bytes: Vec<u8>) -> StoredObject {
    info.set_bytes(&bytes);
    StoredObject { info, bytes: bytes.into() }
}

/// The versions that stay when another one or a delete marker comes.
fn keep_versions(versions: &[ObjectInfo], versioning: Versioning) -> Vec<ObjectInfo> {
    let stays = |info: &&ObjectInfo| versioning == Versioning::Enabled || info.version_id.is_some();
    versions.iter().filter(stays).cloned().collect()
}

fn check_key(key: &str) -> Result<()> {
    if key.is_empty() || key.len() > 1_024 { Err(S3StorageError::InvalidKey(key.len())) } else { Ok(()) }
}
