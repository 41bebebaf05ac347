//! Buckets that have no versions, not yet or no more.

use super::versions::{read, versions};
use super::*;

fn unversioned() -> (TempDir, Bucket) {
    let (dir, bucket) = empty();
    bucket.set_versioning(Versioning::Unversioned).unwrap();
    (dir, bucket)
}

#[test]
fn a_bucket_without_versions_keeps_nothing_of_what_is_replaced_or_deleted() {
    let (dir, bucket) = unversioned();
    assert_eq!(put(&bucket, "key", "one").version_id, None);
    put(&bucket, "key", "two");
    assert_eq!(versions(&bucket), ["two"]);
    assert_eq!(bucket.get("key", Some(NULL_VERSION)).unwrap().info.version_id, None);
    assert_eq!(delete(&bucket, "key"), Deletion { version_id: None, delete_marker: false });
    assert_eq!(delete(&bucket, "key"), Deletion { version_id: None, delete_marker: false });
    assert!(matches!(read(&bucket, None), Err(S3StorageError::NoSuchKey)));
    bucket.end().unwrap();
    assert!(!dir.path().join("bucket").exists());
}

#[test]
fn a_suspended_bucket_replaces_the_null_version_and_keeps_the_others() {
    let (_dir, bucket) = unversioned();
    put(&bucket, "key", "null");
    bucket.set_versioning(Versioning::Enabled).unwrap();
    put(&bucket, "key", "one");
    assert_eq!(versions(&bucket), ["one", "null"]);
    bucket.set_versioning(Versioning::Suspended).unwrap();
    assert_eq!(put(&bucket, "key", "new null").version_id, None);
    assert_eq!(versions(&bucket), ["new null", "one"]);
    assert_eq!(bucket.get("key", None).unwrap().info.version_id.as_deref(), Some(NULL_VERSION));
    let marker = Deletion { version_id: Some(NULL_VERSION.into()), delete_marker: true };
    assert_eq!(delete(&bucket, "key"), marker);
    assert_eq!(versions(&bucket), ["-", "one"]);
    assert_eq!(delete(&bucket, "key"), marker);
    assert_eq!(versions(&bucket), ["-", "one"], "the marker replaced the other");
    put(&bucket, "key", "newest");
    assert_eq!(versions(&bucket), ["newest", "one"]);
    delete_version(&bucket, "key", NULL_VERSION).unwrap();
    assert_eq!(read(&bucket, None).unwrap(), "one");
}

#[test]
fn a_bucket_remembers_whether_it_has_versions() {
    let (dir, bucket) = unversioned();
    bucket.set_versioning(Versioning::Suspended).unwrap();
    let bucket = restart(&dir, bucket);
    assert_eq!(bucket.versioning(), Versioning::Suspended);
    bucket.set_versioning(Versioning::Unversioned).unwrap();
    assert_eq!(restart(&dir, bucket).versioning(), Versioning::Unversioned);
}

#[test]
fn a_guarded_deletion_deletes_only_the_object_that_was_meant() {
    let (_dir, bucket) = empty();
    let etag = put(&bucket, "key", "one").etag;
    put(&bucket, "key", "two");
    let guarded = |key: &str, condition: DeleteCondition| bucket.delete(key, &condition);
    let changed = guarded("key", DeleteCondition::Matches(etag.clone()));
    assert!(matches!(changed, Err(S3StorageError::PreconditionFailed)));
    assert!(matches!(guarded("other", DeleteCondition::Exists), Err(S3StorageError::NoSuchKey)));
    assert_eq!(versions(&bucket), ["two", "one"]);
    put(&bucket, "key", "one");
    assert!(guarded("key", DeleteCondition::Matches(etag)).is_ok());
    put(&bucket, "key", "one");
    assert!(guarded("key", DeleteCondition::Exists).is_ok());
}
