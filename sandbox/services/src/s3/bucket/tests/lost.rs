//! Bytes of versions that somebody removed.

use super::versions::{read, versions};
use super::*;

fn remove_bytes(dir: &TempDir) {
    for id in ids(dir) {
        fs::remove_file(versions_dir(dir).join(id)).unwrap();
    }
}

fn key_and_other() -> (TempDir, Bucket) {
    let (dir, bucket) = empty();
    put(&bucket, "key", "one");
    put(&bucket, "key", "two");
    put(&bucket, "other", "x");
    (dir, bucket)
}

/// The bytes are removed, while the bucket runs or while it is stopped.
fn without_bytes(check: impl Fn(&TempDir, Bucket)) {
    let (dir, bucket) = key_and_other();
    remove_bytes(&dir);
    check(&dir, bucket);
    for is_clean in [true, false] {
        let (dir, bucket) = key_and_other();
        if is_clean {
            bucket.close();
        }
        kill(bucket);
        remove_bytes(&dir);
        check(&dir, open(dir.path()));
    }
}

#[test]
fn an_object_without_its_bytes_file_lives_on_as_an_older_version() {
    without_bytes(|dir, bucket| {
        put(&bucket, "key", "three");
        assert_eq!(versions(&bucket)[..2], ["three", "two"]);
        let bucket = restart(dir, bucket);
        assert_eq!(versions(&bucket), ["three", "two"]);
    });
}

#[test]
fn an_object_without_its_bytes_file_comes_back_when_its_delete_marker_goes() {
    without_bytes(|dir, bucket| {
        let marker = delete(&bucket, "other").version_id.unwrap();
        delete_version(&bucket, "other", &marker).unwrap();
        assert_eq!(bucket.get("other", None).unwrap().bytes, "x");
        assert_eq!(restart(dir, bucket).get("other", None).unwrap().bytes, "x");
    });
}

#[test]
fn a_version_whose_bytes_are_nowhere_is_not_listed_once_somebody_asked_for_it() {
    let (dir, bucket) = key_and_other();
    let one = bucket.versions("key")[1].0.clone();
    fs::remove_file(bucket.bytes_path(&one.id)).unwrap();
    assert!(matches!(read(&bucket, Some(one.shown_id())), Err(S3StorageError::NoSuchVersion)));
    assert_eq!(versions(&bucket), ["two"]);
    assert_eq!(versions(&restart(&dir, bucket)), ["two"]);
}

#[test]
fn a_version_whose_bytes_are_nowhere_never_becomes_the_current_one() {
    let (dir, bucket) = empty();
    put(&bucket, "key", "one");
    let two = put(&bucket, "key", "two");
    let marker = delete(&bucket, "key").version_id.unwrap();
    fs::remove_file(bucket.bytes_path(&two.id)).unwrap();
    delete_version(&bucket, "key", &marker).unwrap();
    assert_eq!((read(&bucket, None).unwrap(), versions(&bucket)), ("one".into(), vec!["one".to_owned()]));
    assert_eq!(versions(&restart(&dir, bucket)), ["one"]);
}

#[test]
fn an_object_whose_files_are_all_removed_is_deleted() {
    without_bytes(|dir, bucket| {
        fs::remove_file(dir.path().join("bucket/key")).unwrap();
        remove_bytes(dir);
        assert!(matches!(read(&bucket, None), Err(S3StorageError::Deleted { .. })));
        let markers = |bucket: &Bucket| {
            let all = bucket.versions("key").into_iter();
            all.map(|(info, _)| info.delete_marker).collect::<Vec<_>>()
        };
        assert_eq!(markers(&bucket), [true], "only the marker");
        assert_eq!(markers(&restart(dir, bucket)), [true], "only the marker");
    });
}

#[test]
fn a_start_after_a_kill_keeps_the_version_that_a_readable_file_still_has() {
    // Killed before the readable file was replaced or removed.
    for is_replaced in [true, false] {
        let (dir, bucket) = empty();
        put(&bucket, "key", "one");
        let aside = dir.path().join("aside");
        fs::hard_link(dir.path().join("bucket/key"), &aside).unwrap();
        if is_replaced {
            drop(put(&bucket, "key", "two"));
        } else {
            drop(delete(&bucket, "key"));
        }
        kill(bucket);
        fs::rename(aside, dir.path().join("bucket/key")).unwrap();
        remove_bytes(&dir);
        let bucket = open(dir.path());
        let expected: &[&str] = if is_replaced { &["one"] } else { &["-", "one"] };
        assert_eq!(versions(&bucket), expected);
        assert_eq!(versions(&restart(&dir, bucket)), expected);
    }
}
