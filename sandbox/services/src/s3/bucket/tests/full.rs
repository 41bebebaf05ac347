//! A disk that has room for a part of a file only.

use super::*;
use crate::s3::uploads::Upload;
use std::os::unix::fs::symlink;
use std::process::Command;

const BYTES: usize = 1 << 20;
/// Set in a process that may write small files only.
const LIMITED: &str = "SANDBOX_TEST_OF_SMALL_FILES";

#[test]
fn a_write_that_meets_a_full_disk_leaves_no_file() {
    let Some(large) = std::env::var_os(LIMITED) else {
        let dir = tempfile::tempdir().unwrap();
        let large = dir.path().join("large");
        fs::write(&large, vec![0; BYTES]).unwrap();
        let run = "trap '' XFSZ; ulimit -f 64; exec \"$0\" --exact \"$1\"";
        let name = "s3::bucket::tests::full::a_write_that_meets_a_full_disk_leaves_no_file";
        let mut limited = Command::new("sh");
        limited.args(["-c", run]).arg(std::env::current_exe().unwrap()).arg(name).env(LIMITED, large);
        let output = limited.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&output.stderr));
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let bucket = volatile(dir.path());
    let object = NewObject { bytes: vec![0; BYTES].into(), ..object("key", "") };
    let refused = bucket.put(object, Checksums::default(), u64::MAX);
    assert!(matches!(refused, Err(S3StorageError::Io(_))), "{refused:?}");
    assert!(ids(&dir).is_empty(), "a part of an object");

    let upload = Upload { key: "x".repeat(BYTES), ..Upload::default() };
    bucket.uploads.begin(upload).unwrap_err();
    assert_eq!(fs::read_dir(bucket.uploads.dir()).unwrap().count(), 0, "an upload without a description");

    let (link, copy) = (dir.path().join("link"), dir.path().join("copy"));
    symlink(large, &link).unwrap();
    bucket.disk.link(&link, &copy).unwrap_err();
    assert!(!copy.exists(), "a part of a copy");
}
