//! Files that people edit, remove, add and copy.

use super::versions::{read, versions};
use super::*;
use crate::s3::listing::{self, ListRequest};
use md5::{Digest, Md5};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

fn edit_in_place(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

fn edit_by_renaming(path: &Path, text: &str) {
    let aside = path.with_extension("edited");
    fs::write(&aside, text).unwrap();
    fs::rename(aside, path).unwrap();
}

/// Lets a person do something while the bucket runs, or while it is stopped.
type Then<'a> = &'a dyn Fn(&dyn Fn(&Path), Bucket) -> Bucket;

fn while_running_and_stopped(check: impl Fn(&TempDir, Bucket, Then<'_>)) {
    let (dir, bucket) = empty();
    check(&dir, bucket, &|work, bucket| {
        work(dir.path());
        bucket
    });
    let (dir, bucket) = empty();
    check(&dir, bucket, &|work, bucket| {
        bucket.close();
        kill(bucket);
        work(dir.path());
        open(dir.path())
    });
}

#[test]
fn an_edited_file_is_read_as_it_is_and_keeps_its_metadata() {
    for edit in [edit_in_place, edit_by_renaming] {
        while_running_and_stopped(|dir, bucket, then| {
            put(&bucket, "key", "older");
            let metadata = BTreeMap::from([("colour".to_owned(), "red".to_owned())]);
            let new = NewObject { metadata, ..object("key", "12345") };
            let old = bucket.put(new, Checksums::default(), 0).unwrap();
            let bucket = then(&|dir| edit(&dir.join("bucket/key"), "54321"), bucket);
            let head = bucket.info("key", None).unwrap();
            assert_eq!(head.etag, "01cfcd4f6b8770febfb40cb906715822");
            assert_eq!(head.metadata, old.metadata);
            assert_eq!(
                (&head.version_id, head.sequence),
                (&old.version_id, old.sequence),
                "the same version"
            );
            let bucket = then(&|dir| edit(&dir.join("bucket/key"), "longer than before"), bucket);
            let stored = bucket.get("key", None).unwrap();
            assert_eq!((stored.info.size, &stored.bytes[..]), (18, &b"longer than before"[..]));
            assert_eq!(bucket.versions("")[0].0, stored.info);
            put(&bucket, "key", "newest");
            assert_eq!(versions(&bucket), ["newest", "longer than before", "older"]);
            assert_eq!(ids(dir).len(), 3);
        });
    }
}

#[test]
fn a_listing_has_the_files_as_they_are() {
    let (dir, bucket) = empty();
    put(&bucket, "a", "one");
    put(&bucket, "b", "two");
    fs::write(dir.path().join("bucket/a"), "edited").unwrap();
    fs::remove_file(dir.path().join("bucket/b")).unwrap();
    fs::create_dir(dir.path().join("bucket/new")).unwrap();
    fs::write(dir.path().join("bucket/new/c"), "added").unwrap();
    let all = ListRequest { max: 9, ..ListRequest::default() };
    let listed = listing::objects(&bucket, &all).items.into_iter().map(|info| (info.key, info.size));
    assert_eq!(listed.collect::<Vec<_>>(), [("a".to_owned(), 6), ("new/c".to_owned(), 5)]);
}

#[test]
fn a_condition_holds_for_the_file_as_it_is() {
    let (dir, bucket) = empty();
    let etag = put(&bucket, "key", "one").etag;
    fs::write(dir.path().join("bucket/key"), "edited").unwrap();
    let new = NewObject { condition: PutCondition::Matches(etag.clone()), ..object("key", "two") };
    let refused = bucket.put(new, Checksums::default(), 0);
    assert!(matches!(refused, Err(S3StorageError::PreconditionFailed)));
    let refused = bucket.delete("key", &DeleteCondition::Matches(etag));
    assert!(matches!(refused, Err(S3StorageError::PreconditionFailed)));
    assert_eq!(read(&bucket, None).unwrap(), "edited");
}

#[test]
fn a_removed_file_is_a_deleted_object_and_does_not_come_back_as_its_older_self() {
    while_running_and_stopped(|dir, bucket, then| {
        let one = put(&bucket, "key", "one");
        put(&bucket, "key", "two");
        let bucket = then(&|dir| fs::remove_file(dir.join("bucket/key")).unwrap(), bucket);
        assert!(matches!(read(&bucket, None), Err(S3StorageError::Deleted { .. })));
        assert_eq!(read(&bucket, Some(one.shown_id())).unwrap(), "one");
        put(&bucket, "key", "three");
        assert_eq!(versions(&restart(dir, bucket)), ["three", "-", "two", "one"]);
    });
}

#[test]
fn a_removed_file_of_a_bucket_without_versions_is_gone_for_good() {
    while_running_and_stopped(|dir, bucket, then| {
        bucket.set_versioning(Versioning::Unversioned).unwrap();
        put(&bucket, "a/key", "one");
        let bucket = then(&|dir| fs::remove_dir_all(dir.join("bucket/a")).unwrap(), bucket);
        assert!(matches!(bucket.info("a/key", None), Err(S3StorageError::NoSuchKey)));
        assert!(ids(dir).is_empty());
        put(&bucket, "a", "two");
        delete(&bucket, "a");
        bucket.end().unwrap();
    });
}

#[test]
fn a_file_that_a_person_added_is_an_object_and_is_not_overwritten_unseen() {
    while_running_and_stopped(|dir, bucket, then| {
        let add = |dir: &Path| {
            fs::create_dir_all(dir.join("bucket/notes")).unwrap();
            fs::write(dir.join("bucket/notes/mine.txt"), "mine").unwrap();
        };
        let bucket = then(&add, bucket);
        let absent = NewObject { condition: PutCondition::Absent, ..object("notes/mine.txt", "new") };
        let refused = bucket.put(absent, Checksums::default(), bucket.sequence());
        assert!(matches!(refused, Err(S3StorageError::PreconditionFailed)));
        assert_eq!(bucket.get("notes/mine.txt", None).unwrap().bytes, "mine");
        put(&bucket, "notes/mine.txt", "new");
        let all = bucket.versions("notes/");
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!(bucket.get("notes/mine.txt", Some(all[1].0.shown_id())).unwrap().bytes, "mine");
        put(&bucket, "notes/mine.txt/below", "x");
        assert_eq!(fs::read_to_string(dir.path().join("bucket/notes/mine.txt")).unwrap(), "new");
    });
}

#[test]
fn a_file_with_a_name_that_no_key_has_is_left_alone() {
    let (dir, bucket) = empty();
    put(&bucket, "é", "x");
    kill(bucket);
    for name in ["mine~0123456789abcdef.txt", ".hidden"] {
        fs::write(dir.path().join("bucket").join(name), "mine").unwrap();
    }
    let bucket = open(dir.path());
    assert_eq!(bucket.versions("").len(), 1);
    assert_eq!(bucket.index.lock().strangers.len(), 2);
    assert_eq!(fs::read_to_string(dir.path().join("bucket/.hidden")).unwrap(), "mine");
}

#[test]
fn a_prefix_leads_nowhere_but_into_the_bucket() {
    let (dir, bucket) = empty();
    let outside = dir.path().join("outside/");
    fs::create_dir_all(&outside).unwrap();
    fs::write(outside.join("file"), "x").unwrap();
    for prefix in ["../outside/", outside.to_str().unwrap()] {
        bucket.adopt_files(prefix).unwrap();
    }
    assert!(bucket.index.lock().strangers.is_empty() && bucket.versions("").is_empty());
}

#[test]
fn a_copied_data_directory_is_read_right() {
    let (dir, bucket) = empty();
    put(&bucket, "key", "one");
    let two = put(&bucket, "key", "two");
    put(&bucket, "a/b", "three");
    kill(bucket);
    let copy = tempfile::tempdir().unwrap();
    let from = format!("{}/.", dir.path().display());
    assert!(Command::new("cp").args(["-r", &from]).arg(copy.path()).status().unwrap().success());
    let bucket = open(copy.path());
    assert_eq!(versions(&bucket), ["two", "one"]);
    let head = bucket.info("key", None).unwrap();
    assert_eq!((head.etag, head.modified_ms), (two.etag, two.modified_ms), "the same object");
    assert_eq!(bucket.get("a/b", None).unwrap().bytes, "three");
    assert_eq!(versions(&restart(&copy, bucket)), ["two", "one"]);
}

#[test]
fn a_file_that_changes_all_the_time_is_never_half_believed() {
    let (dir, bucket) = empty();
    put(&bucket, "key", "start");
    let path = dir.path().join("bucket/key");
    let append = || {
        let file = fs::OpenOptions::new().create(true).append(true).open(&path);
        file.unwrap().write_all(b"more").unwrap();
    };
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..200 {
                match n % 3 {
                    0 => edit_by_renaming(&path, &"x".repeat(n)),
                    1 => drop(fs::remove_file(&path)),
                    _ => append(),
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            match bucket.get("key", None) {
                Ok(stored) => {
                    assert_eq!(stored.info.size, stored.bytes.len() as u64);
                    assert_eq!(stored.info.etag, hex::encode(Md5::digest(&stored.bytes)));
                }
                Err(S3StorageError::NoSuchKey | S3StorageError::Deleted { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    });
}

#[test]
fn an_edit_that_keeps_size_and_time_is_noticed_when_it_is_read() {
    while_running_and_stopped(|_, bucket, then| {
        put(&bucket, "key", "12345");
        let bucket = then(
            &|dir| {
                let path = dir.join("bucket/key");
                let modified = fs::metadata(&path).unwrap().modified().unwrap();
                fs::write(&path, "54321").unwrap();
                fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
            },
            bucket,
        );
        let stored = bucket.get("key", None).unwrap();
        assert_eq!(
            (&stored.bytes[..], &*stored.info.etag),
            (&b"54321"[..], "01cfcd4f6b8770febfb40cb906715822")
        );
        assert_eq!(bucket.info("key", None).unwrap(), stored.info, "from then on everywhere");
    });
}
