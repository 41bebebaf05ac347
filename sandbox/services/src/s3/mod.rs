//! S3: buckets whose objects are plain files.
//!
//! [`S3Storage`] knows the buckets, `bucket` keeps one of them on the disk under the file names of `layout` and in the
//! store, and `protocol` is the HTTP side, on top of the crate `s3s`.

use crate::clock::milliseconds;
use crate::events::{Event, Events};
use crate::store::{Change, Store};
use bucket::Bucket;
use bucket::rows::{BUCKETS, BucketRow, PLACING, Rows, VERSIONS};
use disk::Disk;
use error::Result;
use fs_err as fs;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;
use tokio::sync::mpsc::UnboundedSender;

mod bucket;
mod checksums;
mod convert;
mod disk;
mod error;
mod layout;
mod listing;
mod notifications;
mod object;
mod protocol;
#[cfg(test)]
mod tests;
mod uploads;

pub use checksums::Checksums;
pub use disk::Durability;
pub use error::S3StorageError;
pub use notifications::{CreatedBy, ObjectChange, ObjectEvent};
pub use object::{
    DeleteCondition, Deletion, NewObject, ObjectHeaders, ObjectInfo, PutCondition, StoredObject, Versioning,
};
pub(crate) use protocol::{S3Protocol, error_response};

/// The directory for versions and the store in the data directory. No bucket can have this name.
pub(crate) const STATE_DIR: &str = ".sandbox";
/// The directory for the bytes of versions, in the state directory.
const VERSIONS_DIR: &str = ".versions";
/// The directory for the parts of uploads in progress, in the state directory.
const UPLOADS_DIR: &str = ".uploads";

/// The buckets of one account, in a directory. Cheap to clone.
#[derive(Clone, Debug)]
pub struct S3Storage(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    data_dir: PathBuf,
    disk: Arc<Disk>,
    /// Locked as long as this storage is in use; the system releases it when the process ends, however it does.
    lock: File,
    buckets: Mutex<BTreeMap<String, Arc<Bucket>>>,
    events: Events,
}

impl S3Storage {
    /// Finds the buckets and objects of a data directory, which [`lock`] has locked. Blocks.
    pub(crate) fn open(data_dir: PathBuf, lock: File, store: Store, events: Events) -> Result<Self> {
        let disk = Arc::new(Disk::new(store));
        let storage = Self(Arc::new(Inner { data_dir, disk, lock, buckets: Mutex::default(), events }));
        let store = storage.0.disk.store();
        convert::convert(&storage.0.data_dir, store, &storage.0.disk)?;
        let mut rows: BTreeMap<String, Rows> = BTreeMap::new();
        let bucket =
            |key: &str| key.split_once('/').map(|(bucket, file)| (bucket.to_owned(), file.to_owned()));
        for (key, info) in store.read(&VERSIONS)? {
            if let Some((bucket, _)) = bucket(&key) {
                rows.entry(bucket).or_default().versions.push(info);
            }
        }
        for (key, placing) in store.read(&PLACING)? {
            if let Some((bucket, file)) = bucket(&key) {
                rows.entry(bucket).or_default().placing.push((file, placing));
            }
        }
        for (name, settings) in store.read(&BUCKETS)? {
            let rows = rows.remove(&name).unwrap_or_default();
            let bucket = storage.open_bucket(&name, &settings, rows)?;
            storage.0.buckets.lock().insert(name, Arc::new(bucket));
        }
        Ok(storage)
    }

    fn open_bucket(&self, name: &str, settings: &BucketRow, rows: Rows) -> Result<Bucket> {
        Bucket::open(name, &self.0.data_dir, &self.0.disk, settings, rows)
    }

    /// Creates a bucket without versions, unless it exists. Files that are in its directory already become objects.
    pub fn create_bucket(&self, name: &str) -> Result<()> {
        if !s3s::path::check_bucket_name(name) {
            return Err(S3StorageError::InvalidBucketName(name.to_owned()));
        }
        let mut buckets = self.0.buckets.lock();
        if !buckets.contains_key(name) {
            let created_ms = milliseconds(SystemTime::now());
            let settings = BucketRow { versioning: Versioning::Unversioned, created_ms };
            let state_dir = self.0.data_dir.join(STATE_DIR);
            let mut directories = Vec::from([state_dir.clone(), self.0.data_dir.clone()]);
            for parent in [VERSIONS_DIR, UPLOADS_DIR] {
                fs::create_dir_all(state_dir.join(parent).join(name))?;
                directories.push(state_dir.join(parent));
            }
            fs::create_dir_all(self.directory(name))?;
            let bucket = Bucket::new(name, &self.0.data_dir, &self.0.disk, &settings)?;
            let directories = directories.into_iter().map(Change::SyncDirectory);
            self.0.disk.append(|| directories.chain([BUCKETS.put(name, &settings)]));
            bucket.recover(Rows::default()).inspect_err(|_| bucket.forget())?;
            buckets.insert(name.to_owned(), Arc::new(bucket));
        }
        Ok(())
    }

    /// Decides what becomes of the bucket's objects that are replaced or deleted from now on.
    pub fn set_versioning(&self, bucket: &str, versioning: Versioning) -> Result<()> {
        self.bucket(bucket)?.set_versioning(versioning)
    }

    /// Sends what happens to the bucket's objects from now on, in place of an earlier listener.
    pub fn notify(&self, bucket: &str, listener: UnboundedSender<ObjectEvent>) -> Result<()> {
        self.bucket(bucket)?.notify(listener);
        Ok(())
    }

    /// The number that the bucket's next version will have. Waits for a few changes of files at most: another thread would
    /// cost more.
    fn sequence(&self, bucket: &str) -> Result<u64> {
        Ok(self.bucket(bucket)?.sequence())
    }

    fn bucket(&self, name: &str) -> Result<Arc<Bucket>> {
        let bucket = self.0.buckets.lock().get(name).cloned();
        bucket.ok_or_else(|| S3StorageError::NoSuchBucket(name.to_owned()))
    }

    /// Deletes a bucket, if nothing is in it.
    fn delete_bucket(&self, name: &str) -> Result<()> {
        let mut buckets = self.0.buckets.lock();
        buckets.get(name).ok_or_else(|| S3StorageError::NoSuchBucket(name.to_owned()))?.end()?;
        buckets.remove(name);
        Ok(())
    }

    /// The directory with the objects of a bucket, as files.
    pub fn directory(&self, bucket: &str) -> PathBuf {
        self.0.data_dir.join(bucket)
    }

    /// The buckets and when they were created.
    pub fn buckets(&self) -> Vec<(String, SystemTime)> {
        self.0.buckets.lock().iter().map(|(name, bucket)| (name.clone(), bucket.created_at())).collect()
    }

    pub async fn put(&self, bucket: &str, object: NewObject) -> Result<ObjectInfo> {
        self.put_with(bucket, object, Checksums::default(), u64::MAX).await
    }

    /// Stores an object with the kinds of checksums that `kinds` has, or with `kinds` if they are made of those of the
    /// object's parts, for a request that came at `began`.
    async fn put_with(
        &self,
        bucket: &str,
        object: NewObject,
        kinds: Checksums,
        began: u64,
    ) -> Result<ObjectInfo> {
        let (storage, name) = (self.clone(), bucket.to_owned());
        self.with(bucket, move |bucket| storage.store(bucket, name, object, kinds, began)).await
    }

    fn store(
        &self,
        bucket: &Bucket,
        name: String,
        object: NewObject,
        kinds: Checksums,
        began: u64,
    ) -> Result<ObjectInfo> {
        let checksums = if kinds.composite { kinds } else { Checksums::of(&object.bytes, &kinds) };
        let info = bucket.put(object, checksums, began)?;
        // Sent from here: the object is stored even if the client has gone.
        let (key, metadata) = (info.key.clone(), info.metadata.clone());
        self.0.events.send(Event::ObjectCreated { bucket: name, key, bytes: info.size, metadata });
        Ok(info)
    }

    pub async fn get(&self, bucket: &str, key: &str) -> Result<StoredObject> {
        let key = key.to_owned();
        self.with(bucket, move |bucket| bucket.get(&key, None)).await
    }

    /// Every object whose key starts with `prefix`, in the order of the keys' bytes.
    pub async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<ObjectInfo>> {
        let prefix = prefix.to_owned();
        self.with(bucket, move |bucket| {
            let all = listing::ListRequest { prefix, delimiter: None, after: None, max: usize::MAX };
            Ok(listing::objects(bucket, &all).items)
        })
        .await
    }

    /// Deletes an object; with versions, a delete marker covers it, or a key without one.
    pub async fn delete(&self, bucket: &str, key: &str) -> Result<()> {
        let key = key.to_owned();
        self.with(bucket, move |bucket| bucket.delete(&key, &DeleteCondition::None).map(drop)).await
    }

    /// How often a file or directory was synced to the disk: the cost of [`Durability::Power`].
    pub fn syncs(&self) -> u64 {
        self.0.disk.syncs()
    }

    /// Leaves nothing for the next start to check. The store is to be closed after this.
    pub(crate) fn close(&self) {
        self.0.buckets.lock().values().for_each(|bucket| bucket.close());
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
        work: impl FnOnce(&Bucket) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let bucket = self.bucket(name)?;
        tokio::task::spawn_blocking(move || work(&bucket)).await?
    }
}

/// Keeps other processes out of a data directory.
pub(crate) fn lock(data_dir: &Path) -> Result<File> {
    let state_dir = data_dir.join(STATE_DIR);
    fs::create_dir_all(&state_dir)?;
    let file = fs::File::create(state_dir.join(".lock"))?.into_parts().0;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(S3StorageError::InUse(data_dir.to_owned())),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
