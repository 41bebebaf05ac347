//! The storage as a whole: races and restarts.

use super::*;
use tempfile::TempDir;

fn object(key: &str, bytes: &str) -> NewObject {
    NewObject { key: key.into(), bytes: bytes.to_owned().into(), ..NewObject::default() }
}

fn open(dir: &Path) -> Result<S3Storage> {
    let lock = lock(dir)?;
    let store = Store::open(&dir.join(STATE_DIR))?;
    S3Storage::open(dir.to_owned(), lock, store, Events::default())
}

fn storage(dir: &Path) -> S3Storage {
    let storage = open(dir).unwrap();
    storage.create_bucket("bucket").unwrap();
    storage.set_versioning("bucket", Versioning::Enabled).unwrap();
    storage
}

fn empty() -> (TempDir, S3Storage) {
    let dir = tempfile::tempdir().unwrap();
    let storage = storage(dir.path());
    (dir, storage)
}

/// The state that a killed process leaves.
async fn end(storage: S3Storage) {
    storage.0.disk.store().close().await.unwrap();
}

#[tokio::test]
async fn the_sequence_of_a_bucket_is_the_number_of_its_next_version() {
    let (_dir, storage) = empty();
    for text in ["one", "two"] {
        let next = storage.sequence("bucket").unwrap();
        assert_eq!(storage.put("bucket", object("key", text)).await.unwrap().sequence, next);
    }
    assert!(matches!(storage.sequence("other"), Err(S3StorageError::NoSuchBucket(_))));
}

#[tokio::test]
async fn of_many_racing_conditional_puts_exactly_one_wins() {
    const WRITERS: u8 = 8;
    // So much that no writer is done before the next one has looked.
    const BYTES: usize = 2 * 1024 * 1024;
    let (_dir, storage) = empty();
    for round in 0..5 {
        let key = format!("key {round}");
        let together = Arc::new(std::sync::Barrier::new(WRITERS.into()));
        let mut puts = tokio::task::JoinSet::new();
        for n in 0..WRITERS {
            let (storage, together) = (storage.clone(), Arc::clone(&together));
            let bytes = vec![n; BYTES].into();
            let new = NewObject {
                key: key.clone(),
                bytes,
                condition: PutCondition::Absent,
                ..NewObject::default()
            };
            let put = move |bucket: &Bucket| {
                together.wait();
                bucket.put(new, Checksums::default(), u64::MAX)
            };
            puts.spawn(async move { (n, storage.with("bucket", put).await) });
        }
        let mut winners = Vec::new();
        for (n, result) in puts.join_all().await {
            match result {
                Ok(_) => winners.push(n),
                Err(S3StorageError::PreconditionFailed | S3StorageError::ConditionalRequestConflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(winners.len(), 1, "{winners:?}");
        assert!(storage.get("bucket", &key).await.unwrap().bytes == vec![winners[0]; BYTES]);
    }
}

#[tokio::test]
async fn everything_is_found_again_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let keys = ["Report 1.json", "report 1.json", "a", "a/b", "../up", "é"];
    {
        let storage = storage(dir.path());
        for key in keys {
            let metadata = BTreeMap::from([("colour".to_owned(), key.to_owned())]);
            storage.put("bucket", NewObject { metadata, ..object(key, key) }).await.unwrap();
        }
        end(storage).await;
    }
    let storage = open(dir.path()).unwrap();
    assert_eq!(storage.list("bucket", "").await.unwrap().len(), keys.len());
    for key in keys {
        let stored = storage.get("bucket", key).await.unwrap();
        assert_eq!((&stored.bytes[..], stored.info.metadata["colour"].as_str()), (key.as_bytes(), key));
    }
    let again = NewObject { condition: PutCondition::Absent, ..object("a/b", "other") };
    assert!(matches!(storage.put("bucket", again).await, Err(S3StorageError::PreconditionFailed)));
}

#[tokio::test]
async fn an_object_is_a_file_that_people_can_read() {
    let (_dir, storage) = empty();
    storage.put("bucket", object("annual report.json", "{}")).await.unwrap();
    let file = storage.directory("bucket").join("annual report.json");
    assert_eq!(fs::read_to_string(file).unwrap(), "{}");
}

#[tokio::test]
async fn what_is_not_there_is_said_to_be_missing() {
    let (_dir, storage) = empty();
    assert!(matches!(storage.get("bucket", "key").await, Err(S3StorageError::NoSuchKey)));
    assert!(matches!(storage.get("other", "key").await, Err(S3StorageError::NoSuchBucket(_))));
    assert!(storage.delete("bucket", "key").await.is_ok());
    assert!(matches!(storage.create_bucket("../up"), Err(S3StorageError::InvalidBucketName(_))));
}

#[tokio::test]
async fn a_key_has_at_most_1_024_bytes() {
    let (_dir, storage) = empty();
    let (longest, longer) = ("x".repeat(1_024), "é".repeat(512) + "x");
    storage.put("bucket", object(&longest, "x")).await.unwrap();
    storage.delete("bucket", &longest).await.unwrap();
    assert!(matches!(
        storage.put("bucket", object(&longer, "x")).await,
        Err(S3StorageError::InvalidKey(1_025))
    ));
    assert!(matches!(storage.delete("bucket", &longer).await, Err(S3StorageError::InvalidKey(1_025))));
}

#[tokio::test]
async fn two_storages_do_not_share_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let first = storage(dir.path());
    let second = open(dir.path()).unwrap_err();
    assert!(second.to_string().contains("choose another data directory"), "{second}");
    end(first).await;
    storage(dir.path());
}

#[tokio::test]
async fn a_bucket_is_deleted_once_nothing_is_in_it_not_even_a_delete_marker() {
    let (dir, storage) = empty();
    let version = storage.put("bucket", object("key", "x")).await.unwrap().version_id;
    let full = || matches!(storage.delete_bucket("bucket"), Err(S3StorageError::BucketNotEmpty));
    assert!(full(), "an object");
    storage.delete("bucket", "key").await.unwrap();
    assert!(full(), "a version and a delete marker");
    let delete = |version_id: String| {
        let delete = move |bucket: &Bucket| bucket.delete_version("key", &version_id, &DeleteCondition::None);
        storage.with("bucket", delete)
    };
    delete(version.unwrap()).await.unwrap();
    assert!(full(), "a delete marker");
    let marker = |bucket: &Bucket| Ok(bucket.versions("")[0].0.shown_id().to_owned());
    let marker = storage.with("bucket", marker).await.unwrap();
    delete(marker).await.unwrap();

    let found_before = storage.0.buckets.lock()["bucket"].clone();
    storage.delete_bucket("bucket").unwrap();
    assert!(!storage.directory("bucket").exists());
    assert!(matches!(storage.delete_bucket("bucket"), Err(S3StorageError::NoSuchBucket(_))));
    assert!(
        matches!(found_before.delete("key", &DeleteCondition::None), Err(S3StorageError::NoSuchBucket(_))),
        "too late"
    );
    end(storage).await;
    let again = open(dir.path()).unwrap();
    assert_eq!(again.buckets(), []);
}

#[tokio::test]
async fn a_file_that_a_person_put_beside_the_objects_outlives_the_bucket() {
    let (_dir, storage) = empty();
    let file = storage.directory("bucket").join("notes.txt");
    fs::write(&file, "mine").unwrap();
    storage.delete_bucket("bucket").unwrap();
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
}

/// The JSON of a version before the store.
fn older_description(key: &str, bytes: &str, sequence: u64) -> serde_json::Value {
    let none = serde_json::Value::Null;
    let headers = serde_json::json!({"content_type": "text/plain"});
    let checksums = serde_json::json!({"crc32": none});
    serde_json::json!({
        "key": key, "file": key, "size": bytes.len(), "etag": object::etag(bytes.as_bytes(), &[]),
        "modified_ms": 1_700_000_000_000_u64, "headers": headers, "metadata": {"n": bytes}, "checksums": checksums,
        "version_id": format!("{sequence:032}"), "sequence": sequence, "delete_marker": bytes.is_empty(),
    })
}

/// A directory from before the store: one object with an older version, one deleted object, one that a person changed.
fn older_directory(dir: &Path) {
    let state = dir.join(".sandbox/bucket");
    for path in [state.join("objects"), state.join("versions"), dir.join("bucket")] {
        fs::create_dir_all(path).unwrap();
    }
    let info = older_description;
    let write = |path: &str, info: serde_json::Value| fs::write(state.join(path), info.to_string()).unwrap();
    write("objects/a.json", info("a", "two", 1));
    write("objects/c.json", info("c", "before", 2));
    write("versions/a-0.json", info("a", "one", 0));
    write("versions/b-3.json", info("b", "gone", 3));
    write("versions/b-4.json", info("b", "", 4));
    for (file, bytes) in [("a", "two"), ("c", "edited")] {
        fs::write(dir.join("bucket").join(file), bytes).unwrap();
    }
    for (file, bytes) in [("a-0.bytes", "one"), ("b-3.bytes", "gone")] {
        fs::write(state.join("versions").join(file), bytes).unwrap();
    }
}

#[tokio::test]
async fn a_data_directory_of_before_the_store_is_converted_once() {
    let dir = tempfile::tempdir().unwrap();
    older_directory(dir.path());
    for start in ["first", "second"] {
        let storage = open(dir.path()).unwrap();
        let versions = |bucket: &Bucket| Ok(bucket.versions(""));
        let versions = storage.with("bucket", versions).await.unwrap();
        let found: Vec<_> = versions.iter().map(|(info, _)| (info.key.as_str(), info.shown_id())).collect();
        let id = |n: u64| format!("{n:032}");
        let ids = [id(1), id(0), id(4), id(3), id(2)];
        let expected: Vec<_> =
            ["a", "a", "b", "b", "c"].into_iter().zip(ids.iter().map(String::as_str)).collect();
        assert_eq!(found, expected, "{start} start");
        let get = |key: &'static str, id: Option<String>| {
            storage.with("bucket", move |bucket: &Bucket| bucket.get(key, id.as_deref()))
        };
        let two = get("a", None).await.unwrap();
        assert_eq!((&two.bytes[..], two.info.metadata["n"].as_str()), (&b"two"[..], "two"));
        assert_eq!(two.info.modified_ms, 1_700_000_000_000);
        assert_eq!(get("a", Some(id(0))).await.unwrap().bytes, "one");
        assert_eq!(get("c", None).await.unwrap().bytes, "edited");
        assert!(matches!(get("b", None).await, Err(S3StorageError::Deleted { .. })));
        assert!(!dir.path().join(".sandbox/bucket").exists());
        end(storage).await;
    }
}

#[tokio::test]
async fn a_store_that_was_moved_away_and_put_back_finds_its_older_versions() {
    let dir = tempfile::tempdir().unwrap();
    let first = storage(dir.path());
    let old = first.put("bucket", object("key", "old")).await.unwrap();
    first.put("bucket", object("key", "new")).await.unwrap();
    end(first).await;
    let (store, elsewhere) = (dir.path().join(".sandbox/state.redb"), dir.path().join("elsewhere"));
    fs::rename(&store, &elsewhere).unwrap();
    for _ in 0..2 {
        let without = storage(dir.path());
        assert_eq!(without.get("bucket", "key").await.unwrap().bytes, "new");
        assert_eq!(without.with("bucket", |bucket| Ok(bucket.versions("").len())).await.unwrap(), 1);
        end(without).await;
        fs::remove_file(&store).unwrap();
    }
    fs::rename(&elsewhere, &store).unwrap();
    let again = open(dir.path()).unwrap();
    let older = again.with("bucket", move |bucket| bucket.get("key", old.version_id.as_deref())).await;
    assert_eq!(older.unwrap().bytes, "old");
    assert_eq!(again.get("bucket", "key").await.unwrap().bytes, "new");
}

#[tokio::test]
async fn a_write_that_was_killed_before_the_store_is_whole_and_keeps_the_version_before_it() {
    // The readable file has the bytes of the new version, of the old one, or a person's.
    for (readable, expected) in
        [("new", &["new", "two", "one"][..]), ("two", &["two", "one"]), ("mine", &["mine", "two", "one"])]
    {
        let dir = tempfile::tempdir().unwrap();
        older_directory(dir.path());
        let state = dir.path().join(".sandbox/bucket");
        let new = older_description("a", "new", 5);
        fs::write(state.join("objects/a.next"), new.to_string()).unwrap();
        fs::copy(state.join("objects/a.json"), state.join("versions/a-1.json")).unwrap();
        fs::write(state.join("versions/a-1.bytes"), "two").unwrap();
        fs::write(dir.path().join("bucket/a"), readable).unwrap();
        let storage = open(dir.path()).unwrap();
        let mut found = Vec::new();
        let newest = storage.with("bucket", |bucket| bucket.info("a", None)).await.unwrap();
        assert_eq!(newest.metadata["n"], if readable == "new" { "new" } else { "two" });
        for (info, _) in storage.with("bucket", |bucket| Ok(bucket.versions("a"))).await.unwrap() {
            let get = move |bucket: &Bucket| bucket.get("a", Some(info.shown_id()));
            found.push(storage.with("bucket", get).await.unwrap().bytes);
        }
        assert_eq!(found, expected, "{readable}");
    }
}

/// Has the disk refuse everything until the file is removed.
fn fill(storage: &S3Storage, dir: &Path) -> PathBuf {
    // A directory below a file can't be synced.
    let full = dir.join("full");
    fs::write(&full, "").unwrap();
    storage.0.disk.append(|| [Change::SyncDirectory(full.join("below"))]);
    full
}

#[tokio::test]
async fn a_bucket_that_a_full_disk_refuses_is_not_there_after_a_restart() {
    let (dir, storage) = empty();
    let full = fill(&storage, dir.path());
    let mine = storage.directory("other");
    fs::create_dir(&mine).unwrap();
    fs::write(mine.join("mine"), "mine").unwrap();
    assert!(matches!(storage.create_bucket("other"), Err(S3StorageError::Store(_))));
    fs::remove_file(full).unwrap();
    storage.create_bucket("third").unwrap();
    end(storage).await;
    let again = open(dir.path()).unwrap();
    assert_eq!(again.buckets().into_iter().map(|(name, _)| name).collect::<Vec<_>>(), ["bucket", "third"]);
    for _ in 0..2 {
        again.create_bucket("other").unwrap();
        assert_eq!(again.get("other", "mine").await.unwrap().bytes, "mine");
        assert_eq!(again.with("other", |bucket| Ok(bucket.versions("").len())).await.unwrap(), 1);
    }
    assert!(!dir.path().join(".sandbox/.versions/other~1").exists());
    end(again).await;
    let listed = open(dir.path()).unwrap().with("other", |bucket| Ok(bucket.versions("").len())).await;
    assert_eq!(listed.unwrap(), 1, "the refused rows are gone");
}

#[tokio::test]
async fn a_bucket_whose_deletion_a_full_disk_refuses_stays_a_bucket() {
    let (dir, storage) = empty();
    let full = fill(&storage, dir.path());
    assert!(matches!(storage.delete_bucket("bucket"), Err(S3StorageError::Store(_))));
    fs::remove_file(full).unwrap();
    storage.put("bucket", object("key", "x")).await.unwrap();
    end(storage).await;
    let again = open(dir.path()).unwrap();
    assert_eq!(again.get("bucket", "key").await.unwrap().bytes, "x");
}

#[tokio::test]
async fn a_listener_learns_of_each_change_of_its_bucket_in_the_order_of_the_keys() {
    let (_dir, storage) = empty();
    storage.put("bucket", object("before", "")).await.unwrap();
    let (sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    storage.notify("bucket", sender).unwrap();
    storage.create_bucket("other").unwrap();
    storage.put("other", object("key", "")).await.unwrap();
    let upload = NewObject { created_by: CreatedBy::Upload, ..object("key", "test") };
    let info = storage.put("bucket", upload).await.unwrap();
    storage.delete("bucket", "key").await.unwrap();
    let (key, version) = ("key", info.version_id.clone().unwrap());
    let gone = move |bucket: &Bucket| bucket.delete_version(key, &version, &DeleteCondition::None);
    storage.with("bucket", gone.clone()).await.unwrap();
    storage.with("bucket", gone).await.unwrap(); // is gone already

    let created =
        ObjectChange::Created { reason: "CompleteMultipartUpload", size: 4, etag: info.etag.clone() };
    let mut last = 0;
    for (change, is_of_object) in
        [(created, true), (ObjectChange::Marked, false), (ObjectChange::Deleted, true)]
    {
        let event = events.try_recv().unwrap();
        assert_eq!((event.bucket.as_str(), event.key.as_str(), &event.change), ("bucket", "key", &change));
        assert_eq!(event.version_id == info.version_id, is_of_object, "{change:?}");
        assert!(event.sequence > last, "{change:?}");
        last = event.sequence;
    }
    assert!(events.try_recv().is_err());
    storage.set_versioning("bucket", Versioning::Unversioned).unwrap();
    storage.delete("bucket", "nothing").await.unwrap();
    assert!(events.try_recv().is_err(), "nothing was deleted");
}
