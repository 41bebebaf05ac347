//! The content of the disk, also after the process was killed.

use super::rows::{PLACING, VERSIONS};
use super::*;
use crate::s3::{Checksums, DeleteCondition, Deletion, NewObject, PutCondition};
use crate::store::Store;
use tempfile::TempDir;

mod full;
mod kills;
mod lost;
mod people;
mod suspended;
mod versions;

fn open_on(dir: &Path, store: Store) -> Bucket {
    let (versions, placing) = (store.read(&VERSIONS).unwrap(), store.read(&PLACING).unwrap());
    let rows = Rows {
        versions: versions.into_iter().map(|(_, info)| info).collect(),
        placing: placing.into_iter().map(|(key, row)| (key["bucket/".len()..].to_owned(), row)).collect(),
    };
    let new = BucketRow { versioning: Versioning::Enabled, created_ms: 0 };
    let settings = store.read(&BUCKETS).unwrap().pop().map_or(new, |(_, settings)| settings);
    let disk = Arc::new(Disk::new(store));
    Bucket::open("bucket", dir, &disk, &settings, rows).unwrap()
}

/// A bucket with versions, which are forgotten with it.
pub(crate) fn volatile(dir: &Path) -> Bucket {
    open_on(dir, Store::volatile())
}

/// A bucket with versions.
fn open(dir: &Path) -> Bucket {
    open_on(dir, Store::open(dir).unwrap())
}

/// The end of a process: everything that was answered is on the disk, and nothing else happened.
fn kill(bucket: Bucket) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(bucket.disk.store().close()).unwrap();
    drop(bucket);
}

fn restart(dir: &TempDir, bucket: Bucket) -> Bucket {
    kill(bucket);
    open(dir.path())
}

fn empty() -> (TempDir, Bucket) {
    let dir = tempfile::tempdir().unwrap();
    let bucket = open(dir.path());
    (dir, bucket)
}

fn versions_dir(dir: &TempDir) -> PathBuf {
    dir.path().join(".sandbox/.versions/bucket")
}

/// The names in the directory of the versions' bytes.
fn ids(dir: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(versions_dir(dir)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn object(key: &str, bytes: &'static str) -> NewObject {
    NewObject { key: key.into(), bytes: bytes.into(), ..NewObject::default() }
}

fn put(bucket: &Bucket, key: &str, bytes: &'static str) -> ObjectInfo {
    bucket.put(object(key, bytes), Checksums::default(), u64::MAX).unwrap()
}

fn delete(bucket: &Bucket, key: &str) -> Deletion {
    bucket.delete(key, &DeleteCondition::None).unwrap()
}

fn delete_version(bucket: &Bucket, key: &str, version_id: &str) -> Result<Deletion> {
    bucket.delete_version(key, version_id, &DeleteCondition::None)
}

#[test]
fn the_etag_is_the_md5_of_the_bytes() {
    let (_dir, bucket) = empty();
    assert_eq!(put(&bucket, "key", "hello").etag, "5d41402abc4b2a76b9719d911017c592");
}

#[test]
fn an_object_is_replaced_only_if_it_is_the_one_that_was_meant() {
    let (_dir, bucket) = empty();
    let etag = put(&bucket, "key", "old").etag;
    let replace = |etag: &str| {
        let new = NewObject { condition: PutCondition::Matches(etag.into()), ..object("key", "new") };
        bucket.put(new, Checksums::default(), u64::MAX)
    };
    assert!(matches!(replace("other"), Err(S3StorageError::PreconditionFailed)));
    assert!(replace(&etag).is_ok());
    assert_eq!(bucket.get("key", None).unwrap().bytes, "new");
}

#[test]
fn a_deleted_directory_makes_room_for_a_key_of_its_name() {
    let (_dir, bucket) = empty();
    put(&bucket, "a/b/c", "x");
    delete(&bucket, "a/b/c");
    assert_eq!(put(&bucket, "a", "y").file, "a");
}

#[test]
fn a_write_costs_two_syncs_of_its_own_and_one_that_others_share() {
    let dir = tempfile::tempdir().unwrap();
    let bucket = volatile(dir.path());
    put(&bucket, "key", "x");
    delete(&bucket, "key");
    assert_eq!(bucket.disk.syncs(), 0, "nothing has to stay");
    drop(bucket);

    let (_dir, bucket) = empty();
    let mut before = bucket.disk.syncs();
    let mut syncs = |what: &dyn Fn(&Bucket)| {
        what(&bucket);
        let now = bucket.disk.syncs();
        now - std::mem::replace(&mut before, now)
    };
    assert_eq!(syncs(&|bucket| drop(put(bucket, "key", "x"))), 3, "bytes, their directory, the store");
    assert_eq!(syncs(&|bucket| drop(put(bucket, "a/b/key", "x"))), 3, "new directories cost nothing");
    assert_eq!(syncs(&|bucket| drop(put(bucket, "key", "y"))), 3, "a version is there already");
    assert_eq!(syncs(&|bucket| drop(delete(bucket, "key"))), 1, "the store");
    let many = |bucket: &Bucket| {
        std::thread::scope(|scope| {
            for n in 0..64 {
                scope.spawn(move || put(bucket, &format!("many {n}"), "x"));
            }
        });
    };
    let together = syncs(&many);
    println!("{together} syncs for 64 objects written at once");
    assert!(together < 64 * 2, "{together} for 64 objects");
}
