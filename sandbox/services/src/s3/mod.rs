//! S3: buckets whose objects are plain files.
//!
//! [`S3Storage`] knows the buckets, `bucket` keeps one of them on the disk under the file names of `layout`, and
//! `protocol` is the HTTP side, on top of the crate `s3s`.

use crate::{
    events::{Event, Events},
    locked::locked,
};
use bucket::Bucket;
use disk::Disk;
use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::SystemTime,
};

mod bucket;
mod checksums;
mod disk;
mod error;
mod layout;
mod listing;
mod object;
mod protocol;

pub use checksums::Checksums;
pub use disk::Durability;
pub use error::S3StorageError;
pub use object::{NewObject, ObjectHeaders, ObjectInfo, PutCondition, StoredObject};
pub(crate) use protocol::{error_answer, protocol};

/// Where, in the data directory, is kept what is known of the objects. No bucket can have this name.
const STATE_DIR: &str = ".mailroom";

/// The buckets of one account, in a directory. Cheap to clone.
#[derive(Clone, Debug)]
pub struct S3Storage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    data_dir: PathBuf,
    disk: Arc<Disk>,
    /// Locked as long as this storage is in use; the system lets go of it when the process ends, however it does.
    lock: File,
    buckets: Mutex<BTreeMap<String, Arc<Bucket>>>,
    events: Events,
}

impl S3Storage {
    /// Finds the buckets and objects that are in `data_dir` already.
    pub(crate) async fn open(
        data_dir: PathBuf,
        durability: Durability,
        events: Events,
    ) -> Result<Self, S3StorageError> {
        tokio::task::spawn_blocking(move || {
            let lock = lock(&data_dir)?;
            let disk = Arc::new(Disk::new(durability));
            let storage = Self(Arc::new(Inner { data_dir, disk, lock, buckets: Mutex::default(), events }));
            for name in storage.names_on_disk()? {
                storage.create_bucket(&name)?;
            }
            Ok(storage)
        })
        .await?
    }

    /// Creates a bucket. One that is there already stays as it is.
    pub fn create_bucket(&self, name: &str) -> Result<(), S3StorageError> {
        if !s3s::path::check_bucket_name(name) {
            return Err(S3StorageError::InvalidBucketName(name.to_owned()));
        }
        let mut buckets = locked(&self.0.buckets);
        if !buckets.contains_key(name) {
            let bucket = Bucket::open(self.directory(name), &self.state_dir().join(name), &self.0.disk)?;
            buckets.insert(name.to_owned(), Arc::new(bucket));
        }
        Ok(())
    }

    /// Deletes a bucket, if nothing is in it.
    pub fn delete_bucket(&self, name: &str) -> Result<(), S3StorageError> {
        let mut buckets = locked(&self.0.buckets);
        let bucket = buckets.get(name).ok_or_else(|| S3StorageError::NoSuchBucket(name.to_owned()))?;
        bucket.end()?;
        buckets.remove(name);
        Ok(())
    }

    /// The directory with the objects of a bucket, as files.
    #[must_use]
    pub fn directory(&self, bucket: &str) -> PathBuf {
        self.0.data_dir.join(bucket)
    }

    /// The buckets and when they were created.
    #[must_use]
    pub fn buckets(&self) -> Vec<(String, SystemTime)> {
        let buckets = locked(&self.0.buckets);
        buckets.iter().map(|(name, bucket)| (name.clone(), bucket.created_at())).collect()
    }

    /// Stores an object.
    pub async fn put(&self, bucket: &str, object: NewObject) -> Result<ObjectInfo, S3StorageError> {
        self.put_with(bucket, object, Checksums::default(), u64::MAX).await
    }

    /// Stores an object with the kinds of checksums that `kinds` has, for a request that came at `began`.
    async fn put_with(
        &self,
        bucket: &str,
        object: NewObject,
        kinds: Checksums,
        began: u64,
    ) -> Result<ObjectInfo, S3StorageError> {
        let events = self.0.events.clone();
        let name = bucket.to_owned();
        self.with(bucket, move |bucket| {
            let checksums = Checksums::of(&object.bytes, &kinds);
            let info = bucket.put(object, checksums, began)?;
            // Told from here: the object is stored even if nobody waits for the answer any more.
            let (key, metadata) = (info.key.clone(), info.metadata.clone());
            events.send(Event::ObjectCreated { bucket: name, key, bytes: info.size, metadata });
            Ok(info)
        })
        .await
    }

    /// Reads an object.
    pub async fn get(&self, bucket: &str, key: &str) -> Result<StoredObject, S3StorageError> {
        let key = key.to_owned();
        self.with(bucket, move |bucket| bucket.get(&key, None)).await
    }

    /// What is known of an object.
    pub async fn info(&self, bucket: &str, key: &str) -> Result<ObjectInfo, S3StorageError> {
        let key = key.to_owned();
        self.with(bucket, move |bucket| bucket.info(&key, None)).await
    }

    /// Every object whose key starts with `prefix`, in the order of the keys' bytes.
    pub async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectInfo>, S3StorageError> {
        let prefix = prefix.to_owned();
        self.with(bucket, move |bucket| {
            let all = listing::ListRequest { prefix, max: usize::MAX, ..Default::default() };
            Ok(listing::list(bucket, &all).objects)
        })
        .await
    }

    /// Deletes an object: its versions stay. One that is not there is no error.
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<(), S3StorageError> {
        let key = key.to_owned();
        self.with(bucket, move |bucket| bucket.delete(&key).map(drop)).await
    }

    /// How often something was synced to the disk: what [`Durability::Power`] costs.
    #[must_use]
    pub fn syncs(&self) -> u64 {
        self.0.disk.syncs()
    }

    /// Lets others use the data directory.
    pub(crate) fn release(&self) {
        if let Err(error) = self.0.lock.unlock() {
            tracing::warn!(%error, "the data directory stays locked until this process ends");
        }
    }

    /// Works on a bucket off the async threads: the disk may take its time.
    async fn with<T: Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(&Bucket) -> Result<T, S3StorageError> + Send + 'static,
    ) -> Result<T, S3StorageError> {
        let bucket = locked(&self.0.buckets).get(name).cloned();
        let bucket = bucket.ok_or_else(|| S3StorageError::NoSuchBucket(name.to_owned()))?;
        tokio::task::spawn_blocking(move || work(&bucket)).await?
    }

    fn state_dir(&self) -> PathBuf {
        self.0.data_dir.join(STATE_DIR)
    }

    fn names_on_disk(&self) -> Result<Vec<String>, S3StorageError> {
        let dir = self.state_dir();
        fs::create_dir_all(&dir).map_err(S3StorageError::io(&dir))?;
        let mut names = Vec::new();
        for entry in fs::read_dir(&dir).map_err(S3StorageError::io(&dir))? {
            let name = entry.map_err(S3StorageError::io(Path::new(&dir)))?.file_name();
            names.extend(name.to_str().filter(|name| s3s::path::check_bucket_name(name)).map(str::to_owned));
        }
        Ok(names)
    }
}

/// Keeps other processes out of a data directory.
fn lock(data_dir: &Path) -> Result<File, S3StorageError> {
    let dir = data_dir.join(STATE_DIR);
    fs::create_dir_all(&dir).map_err(S3StorageError::io(&dir))?;
    // No bucket's name begins with a dot.
    let path = dir.join(".lock");
    let file = File::create(&path).map_err(S3StorageError::io(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(S3StorageError::InUse(data_dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(S3StorageError::io(&path)(error)),
    }
}

#[cfg(test)]
mod tests;
