//! With a data directory, an acknowledged object is on the disk.

use crate::harness::{Ours, Setup};

async fn syncs_of_a_write(system: &Ours) -> u64 {
    let before = system.stack.aws().s3().syncs();
    system.put_object("key", "x").await;
    system.stack.aws().s3().syncs() - before
}

#[tokio::test]
async fn a_write_is_synced_in_a_directory_that_stays_and_not_in_one_that_goes_with_the_stack() {
    let dir = tempfile::tempdir().unwrap();
    let kept = Ours::start_with(Setup::usual().data(dir.path())).await;
    assert_ne!(syncs_of_a_write(&kept).await, 0);
    assert_eq!(syncs_of_a_write(&Ours::start().await).await, 0);
}
