//! A process that is killed, or a machine that loses its power, between any two steps.

use super::versions::{read, versions};
use super::*;
use crate::s3::bucket::commit::Readable;

/// Remembers what is at a path, to put it back: a power cut can undo the change of a directory that isn't synced.
struct Before {
    path: PathBuf,
    aside: Option<PathBuf>,
}

impl Before {
    fn of(dir: &TempDir, file: &str) -> Self {
        let path = dir.path().join("bucket").join(file);
        let aside = path.exists().then(|| dir.path().join("aside"));
        aside.iter().for_each(|aside| fs::hard_link(&path, aside).unwrap());
        Self { path, aside }
    }

    fn put_back(self) {
        match self.aside {
            Some(aside) => {
                fs::create_dir_all(self.path.parent().unwrap()).unwrap();
                fs::rename(aside, &self.path).unwrap();
            }
            None => fs::remove_file(&self.path).unwrap(),
        }
    }
}

fn readable(dir: &TempDir) -> Option<String> {
    fs::read_to_string(dir.path().join("bucket/key")).ok()
}

#[test]
fn a_write_that_was_killed_before_the_store_had_it_never_happened() {
    let (dir, bucket) = empty();
    let old = put(&bucket, "key", "old");
    kill(bucket);
    for name in ["0123", &format!("{}.link", old.id)] {
        fs::write(versions_dir(&dir).join(name), "new").unwrap();
    }
    let bucket = open(dir.path());
    assert_eq!(bucket.get("key", None).unwrap().bytes, "old");
    assert_eq!(bucket.index.lock().of_key("key"), std::slice::from_ref(&old));
    assert_eq!(ids(&dir), [old.id]);
}

#[test]
fn a_write_that_was_killed_before_its_file_was_in_place_is_finished() {
    for file in ["key", "a/b/key"] {
        let (dir, bucket) = empty();
        let before = Before::of(&dir, file);
        let new = put(&bucket, file, "new");
        kill(bucket);
        before.put_back();
        let bucket = open(dir.path());
        assert_eq!(bucket.get(file, None).unwrap().info, new);
        assert_eq!(fs::read_to_string(dir.path().join("bucket").join(file)).unwrap(), "new");
    }
}

#[test]
fn replacements_that_were_killed_before_their_file_was_in_place_are_finished() {
    for (versioning, expected) in [(Versioning::Enabled, "new between old"), (Versioning::Unversioned, "new")]
    {
        let (dir, bucket) = empty();
        bucket.set_versioning(versioning).unwrap();
        put(&bucket, "key", "old");
        let before = Before::of(&dir, "key");
        put(&bucket, "key", "between");
        put(&bucket, "key", "new");
        kill(bucket);
        before.put_back();
        let bucket = open(dir.path());
        assert_eq!((versions(&bucket).join(" "), readable(&dir)), (expected.into(), Some("new".into())));
    }
}

#[test]
fn a_deletion_that_was_killed_before_its_file_was_removed_is_finished() {
    for (versioning, expected) in [(Versioning::Enabled, "- one"), (Versioning::Unversioned, "")] {
        let (dir, bucket) = empty();
        bucket.set_versioning(versioning).unwrap();
        put(&bucket, "key", "one");
        let before = Before::of(&dir, "key");
        delete(&bucket, "key");
        kill(bucket);
        before.put_back();
        let bucket = open(dir.path());
        assert_eq!((versions(&bucket).join(" "), readable(&dir)), (expected.into(), None));
        assert!(read(&bucket, None).is_err());
    }
}

#[test]
fn bytes_of_a_version_that_is_gone_are_removed_by_the_next_start() {
    let (dir, bucket) = empty();
    bucket.set_versioning(Versioning::Unversioned).unwrap();
    let old = put(&bucket, "key", "old");
    let aside = dir.path().join("aside");
    fs::hard_link(bucket.bytes_path(&old.id), &aside).unwrap();
    let new = put(&bucket, "key", "new");
    kill(bucket);
    fs::rename(aside, versions_dir(&dir).join(old.id)).unwrap();
    kill(open(dir.path()));
    assert_eq!(ids(&dir), [new.id]);
}

#[test]
fn a_file_that_a_person_changed_is_not_put_back_by_a_start_after_a_kill() {
    let (dir, bucket) = empty();
    put(&bucket, "key", "one");
    put(&bucket, "key", "two");
    kill(bucket);
    let edited = dir.path().join("edited");
    fs::write(&edited, "edited").unwrap();
    fs::rename(edited, dir.path().join("bucket/key")).unwrap();
    let bucket = open(dir.path());
    assert_eq!((versions(&bucket).join(" "), readable(&dir)), ("edited one".into(), Some("edited".into())));
}

#[test]
fn a_file_is_forgotten_only_after_its_directory_was_synced() {
    let (dir, bucket) = empty();
    put(&bucket, "a/key", "x");
    let changes = bucket.settled_files(&mut bucket.index.lock());
    let synced = |path: &str| {
        let path = dir.path().join(path);
        changes.iter().any(|change| matches!(change, Change::SyncDirectory(synced) if *synced == path))
    };
    assert!(synced("bucket/a") && synced("bucket"), "{changes:?}");
    assert!(matches!(changes.last(), Some(Change::Delete { .. })));
}

#[test]
fn a_clean_end_leaves_nothing_to_put_in_place() {
    let (dir, bucket) = empty();
    put(&bucket, "key", "x");
    bucket.close();
    kill(bucket);
    assert!(Store::open(dir.path()).unwrap().read(&PLACING).unwrap().is_empty());
}

#[test]
fn a_file_that_can_not_be_put_in_place_is_an_object_that_follows_later() {
    let (dir, bucket) = empty();
    let other = put(&bucket, "other", "x");
    let moved = ObjectInfo { id: "0123".into(), file: "key".into(), key: "key".into(), ..other.clone() };
    fs::hard_link(bucket.bytes_path(&other.id), bucket.bytes_path(&moved.id)).unwrap();
    let in_the_way = dir.path().join("bucket/key");
    fs::create_dir_all(in_the_way.join("full")).unwrap();
    bucket.commit("key", vec![moved], Readable::Follows).unwrap();
    assert_eq!(read(&bucket, None).unwrap(), "x");
    fs::remove_dir_all(in_the_way).unwrap();
    assert_eq!((read(&bucket, None).unwrap(), readable(&dir)), ("x".into(), Some("x".into())));
}

#[test]
fn a_write_that_a_full_disk_refuses_leaves_the_old_object() {
    let (dir, bucket) = empty();
    let old = put(&bucket, "key", "old");
    // A directory below a file can't be synced.
    let full = dir.path().join("full");
    fs::write(&full, "").unwrap();
    bucket.disk.append(|| [Change::SyncDirectory(full.join("below"))]);
    let refused = bucket.put(object("key", "new"), Checksums::default(), u64::MAX);
    assert!(matches!(refused, Err(S3StorageError::Store(_))));
    assert!(matches!(bucket.delete("key", &DeleteCondition::None), Err(S3StorageError::Store(_))));
    assert_eq!((read(&bucket, None).unwrap(), readable(&dir)), ("old".into(), Some("old".into())));
    assert_eq!(ids(&dir), std::slice::from_ref(&old.id));
    fs::remove_file(full).unwrap();
    put(&bucket, "other", "x");
    assert_eq!(versions(&restart(&dir, bucket)), ["old"]);
}

#[test]
fn a_file_that_is_replaced_often_has_a_small_row_and_is_put_in_place_after_a_kill() {
    let (dir, bucket) = empty();
    let mut before = None;
    for n in 0..40 {
        if n == 39 {
            before = Some(Before::of(&dir, "key"));
        }
        put(&bucket, "key", if n == 39 { "new" } else { "old" });
        assert!(bucket.index.lock().placing["key"].before.len() <= 8, "after {n}");
    }
    kill(bucket);
    before.unwrap().put_back();
    let bucket = open(dir.path());
    assert_eq!((read(&bucket, None).unwrap(), readable(&dir)), ("new".into(), Some("new".into())));
    assert_eq!(versions(&bucket).len(), 40);
}
