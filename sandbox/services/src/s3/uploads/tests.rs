//! Uploads on the disk.

use super::*;
use crate::store::Store;

fn open(dir: &Path) -> Uploads {
    Uploads::open(dir.join("uploads"), Arc::new(Disk::new(Store::volatile()))).unwrap()
}

fn begin(uploads: &Uploads, key: &str) -> String {
    uploads.begin(Upload { key: key.into(), ..Upload::default() }).unwrap()
}

fn add(uploads: &Uploads, id: &str, number: i32, bytes: &str) -> Part {
    uploads.add("key", id, number, bytes.as_bytes(), Checksums::default()).unwrap()
}

#[test]
fn an_upload_and_its_parts_are_found_again_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (id, other) = {
        let uploads = open(dir.path());
        let ids = (begin(&uploads, "key"), begin(&uploads, "key"));
        add(&uploads, &ids.0, 2, "two");
        add(&uploads, &ids.0, 1, "old");
        add(&uploads, &ids.0, 1, "one");
        ids
    };
    // The files that a killed process may leave.
    fs::create_dir(dir.path().join("uploads/half")).unwrap();
    fs::write(dir.path().join("uploads/.tmp"), "half").unwrap();
    let uploads = open(dir.path());
    assert_eq!(uploads.all().into_iter().map(|upload| upload.id).collect::<Vec<_>>(), [id.clone(), other]);
    let parts: Vec<_> = uploads.parts("key", &id).unwrap().1.into_values().collect();
    assert_eq!(uploads.read(&id, &parts).unwrap(), "onetwo");
    assert_eq!(fs::read_dir(dir.path().join("uploads")).unwrap().count(), 2);
}

#[test]
fn an_upload_that_ended_takes_no_part() {
    let dir = tempfile::tempdir().unwrap();
    let uploads = open(dir.path());
    let id = begin(&uploads, "key");
    add(&uploads, &id, 1, "one");
    assert!(matches!(uploads.find("other", &id), Err(S3StorageError::NoSuchUpload(_))));
    uploads.end("key", &id).unwrap();
    let late = uploads.add("key", &id, 2, b"two", Checksums::default());
    assert!(matches!(late, Err(S3StorageError::NoSuchUpload(_))));
    assert!(matches!(uploads.end("key", &id), Err(S3StorageError::NoSuchUpload(_))));
    assert_eq!(fs::read_dir(dir.path().join("uploads")).unwrap().count(), 0);
}

#[test]
fn a_part_that_can_not_be_described_leaves_no_file() {
    let dir = tempfile::tempdir().unwrap();
    let uploads = open(dir.path());
    let id = begin(&uploads, "key");
    let upload = dir.path().join("uploads").join(&id);
    fs::create_dir_all(upload.join("1.json/in the way")).unwrap();
    uploads.add("key", &id, 1, b"one", Checksums::default()).unwrap_err();
    assert_eq!(fs::read_dir(upload).unwrap().count(), 2, "the description and what is in the way");
}
