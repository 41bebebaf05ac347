//! What `--data` promises: an object that was answered is on the disk.

use crate::harness::System;

async fn syncs_of_a_write(system: &System) -> u64 {
    let before = system.stack.aws().s3().syncs();
    let put = system.s3().await.put_object().bucket(system.bucket()).key("key");
    put.body(b"x".to_vec().into()).send().await.unwrap();
    system.stack.aws().s3().syncs() - before
}

#[tokio::test]
async fn a_write_is_synced_in_a_directory_that_stays_and_not_in_one_that_goes_with_the_stack() {
    let dir = tempfile::tempdir().unwrap();
    let kept = System::start_with(1.0, |builder| builder.data(dir.path())).await;
    assert_ne!(syncs_of_a_write(&kept).await, 0);
    assert_eq!(syncs_of_a_write(&System::start().await).await, 0);
}
