//! The content of the disk, also after the process was killed.

use super::*;
use crate::s3::{Checksums, DeleteCondition, Deletion, Durability, NewObject, PutCondition};
use md5::{Digest, Md5};
use tempfile::TempDir;

mod suspended;
mod versions;

/// A bucket with versions.
fn open_on(dir: &Path, durability: Durability) -> Bucket {
    let disk = Arc::new(Disk::new(durability));
    let bucket = Bucket::open(dir.join("bucket"), &dir.join("state"), &disk).unwrap();
    bucket.set_versioning(Versioning::Enabled).unwrap();
    bucket
}

fn open(dir: &Path) -> Bucket {
    open_on(dir, Durability::Process)
}

fn empty() -> (TempDir, Bucket) {
    let dir = tempfile::tempdir().unwrap();
    let bucket = open(dir.path());
    (dir, bucket)
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
fn a_write_that_was_killed_before_its_bytes_were_in_place_never_happened() {
    let (dir, bucket) = empty();
    let old = put(&bucket, "key", "old");
    let next = bucket.metadata_path("key").with_extension("next");
    let announced = ObjectInfo { etag: hex::encode(Md5::digest("new")), ..old.clone() };
    fs::write(&next, serde_json::to_vec(&announced).unwrap()).unwrap();
    let bucket = open(dir.path());
    assert_eq!(bucket.get("key", None).unwrap().bytes, "old");
    assert_eq!(bucket.info("key", None).unwrap(), old);
    assert!(!next.exists());
}

#[test]
fn a_write_that_was_killed_after_its_bytes_were_in_place_is_finished() {
    let (dir, bucket) = empty();
    let old = put(&bucket, "key", "old");
    let announced = ObjectInfo { etag: hex::encode(Md5::digest("new")), ..old };
    let next = bucket.metadata_path("key").with_extension("next");
    fs::write(next, serde_json::to_vec(&announced).unwrap()).unwrap();
    fs::write(dir.path().join("bucket/key"), "new").unwrap();
    let bucket = open(dir.path());
    assert_eq!(bucket.get("key", None).unwrap().info, announced);
}

#[test]
fn a_file_that_somebody_removed_is_an_object_no_more() {
    let (dir, bucket) = empty();
    put(&bucket, "key", "x");
    fs::remove_file(dir.path().join("bucket/key")).unwrap();
    assert!(matches!(bucket.get("key", None), Err(S3StorageError::NoSuchKey)));
    assert!(matches!(open(dir.path()).info("key", None), Err(S3StorageError::NoSuchKey)));
}

#[test]
fn what_has_to_outlive_a_power_cut_is_synced_before_it_is_answered() {
    let (_dir, bucket) = empty();
    put(&bucket, "key", "x");
    delete(&bucket, "key");
    assert_eq!(bucket.disk.syncs(), 0, "a killed process needs none of it");

    let dir = tempfile::tempdir().unwrap();
    let bucket = open_on(dir.path(), Durability::Power);
    let mut before = bucket.disk.syncs();
    let mut syncs = |what: &dyn Fn(&Bucket)| {
        what(&bucket);
        let now = bucket.disk.syncs();
        now - std::mem::replace(&mut before, now)
    };
    assert_eq!(
        syncs(&|bucket| drop(put(bucket, "key", "x"))),
        5,
        "two files, their directories, and the rename"
    );
    assert_eq!(syncs(&|bucket| drop(put(bucket, "a/b/key", "x"))), 7, "and two new directories");
    assert_eq!(syncs(&|bucket| drop(put(bucket, "key", "y"))), 8, "and the version that was there");
    assert_eq!(syncs(&|bucket| drop(delete(bucket, "key"))), 5, "a version and a marker");
}
