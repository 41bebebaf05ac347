//! Versions: what a write or a deletion leaves behind, also after the process was killed.

use super::*;

fn absent(key: &str, bytes: &'static str) -> NewObject {
    NewObject { condition: PutCondition::Absent, ..object(key, bytes) }
}

pub(crate) fn read(bucket: &Bucket, version_id: Option<&str>) -> Result<String, S3StorageError> {
    bucket.get("key", version_id).map(|stored| String::from_utf8(stored.bytes.to_vec()).unwrap())
}

/// The bytes of each version of `key`, the latest first; `-` for a delete marker.
pub(crate) fn versions(bucket: &Bucket) -> Vec<String> {
    let all = bucket.versions("key").into_iter();
    all.map(|(info, _)| read(bucket, Some(info.shown_id())).unwrap_or_else(|_| "-".into())).collect()
}

#[test]
fn what_is_replaced_or_deleted_is_still_there_as_a_version() {
    let (dir, bucket) = empty();
    put(&bucket, "key", "one");
    put(&bucket, "key", "two");
    delete(&bucket, "key");
    assert!(matches!(read(&bucket, None), Err(S3StorageError::Deleted { .. })));
    assert!(!dir.path().join("bucket/key").exists(), "the readable file is the current version");
    put(&bucket, "key", "three");
    let as_expected = |bucket: &Bucket| {
        assert_eq!(versions(bucket), ["three", "-", "two", "one"]);
        assert_eq!(read(bucket, None).unwrap(), "three");
    };
    as_expected(&bucket);
    as_expected(&restart(&dir, bucket));
    assert_eq!(fs::read_to_string(dir.path().join("bucket/key")).unwrap(), "three");
}

#[test]
fn a_version_that_is_deleted_for_good_lets_the_one_before_it_show() {
    let (dir, bucket) = empty();
    put(&bucket, "key", "one");
    let two = put(&bucket, "key", "two");
    let marker = delete(&bucket, "key").version_id.unwrap();
    delete_version(&bucket, "key", &marker).unwrap();
    assert_eq!(read(&bucket, None).unwrap(), "two");
    delete_version(&bucket, "key", two.shown_id()).unwrap();
    delete_version(&bucket, "key", two.shown_id()).expect("it was one once");
    assert_eq!((read(&bucket, None).unwrap(), versions(&bucket)), ("one".into(), vec!["one".to_owned()]));
    assert_eq!(fs::read_to_string(dir.path().join("bucket/key")).unwrap(), "one");
    assert!(matches!(read(&bucket, Some(&marker)), Err(S3StorageError::NoSuchVersion)));
    let never = || Some("HPniJFCxqTsMuIH9KX8K8wEjNUgmABCD");
    let refused = delete_version(&bucket, "key", never().unwrap());
    assert!(matches!(refused, Err(S3StorageError::InvalidVersionId(_))));
    assert!(matches!(read(&bucket, never()), Err(S3StorageError::InvalidVersionId(_))));
    assert_eq!(versions(&restart(&dir, bucket)), ["one"]);
}

#[test]
fn a_deleted_key_is_absent_to_a_conditional_write() {
    let (_dir, bucket) = empty();
    put(&bucket, "key", "one");
    let taken = bucket.put(absent("key", "two"), Checksums::default(), bucket.sequence());
    assert!(matches!(taken, Err(S3StorageError::PreconditionFailed)));
    delete(&bucket, "key");
    bucket.put(absent("key", "two"), Checksums::default(), bucket.sequence()).unwrap();
    assert_eq!(read(&bucket, None).unwrap(), "two");
}

#[test]
fn a_conditional_write_conflicts_with_another_one_and_with_a_deletion_meanwhile() {
    let (_dir, bucket) = empty();
    let conflict = |began| {
        let result = bucket.put(absent("key", "x"), Checksums::default(), began);
        matches!(result, Err(S3StorageError::ConditionalRequestConflict))
    };
    let hold = bucket.hold(&absent("key", "slow")).unwrap();
    assert!(conflict(bucket.sequence()), "another one is at it");
    drop(hold);
    let began = bucket.sequence();
    put(&bucket, "key", "one");
    delete(&bucket, "key");
    assert!(conflict(began), "the key was deleted since the request began");
    assert!(!conflict(bucket.sequence()));
}

#[test]
fn a_write_that_means_an_object_of_before_conflicts_with_one_since() {
    let (_dir, bucket) = empty();
    let began = bucket.sequence();
    let etag = put(&bucket, "key", "one").etag;
    let replace = |began| {
        let new = NewObject { condition: PutCondition::Matches(etag.clone()), ..object("key", "two") };
        bucket.put(new, Checksums::default(), began)
    };
    assert!(matches!(replace(began), Err(S3StorageError::ConditionalRequestConflict)));
    bucket.delete("key", &DeleteCondition::None).unwrap();
    assert!(matches!(replace(began), Err(S3StorageError::NoSuchKey)));
    put(&bucket, "key", "one");
    assert!(replace(bucket.sequence()).is_ok());
}
