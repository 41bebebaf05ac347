//! Functions of two versions side by side, as they are while one replaces the other.
//!
//! `MAILROOM_OTHER_VERSION` names the directory with the other version's `api` and `worker`; `tests/versions/run.sh
//! COMMIT` builds them and runs this. Without it the test says so and passes.
//!
//! - `load`: emails, messages and poison of all kinds, and what must have become of them.

pub(crate) mod load;

use crate::harness::{Ours, Setup, root};
use sandbox::lambda::{Binaries, BuildOutput};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const VARIABLE: &str = "MAILROOM_OTHER_VERSION";

/// A directory with the `api` of one version and the `worker` of another.
fn pair(api: &Path, worker: &Path) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    symlink(api, directory.path().join("api")).unwrap();
    symlink(worker, directory.path().join("worker")).unwrap();
    directory
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_of_two_versions_file_all_of_it_in_either_order_and_find_each_others_objects() {
    let Some(other) = std::env::var_os(VARIABLE).map(PathBuf::from) else {
        println!("{VARIABLE} names no other version: not tried");
        return;
    };
    let root = root();
    let wanted = ["api", "worker"].map(|name| (root.as_path(), Some(name)));
    let this = Binaries::build(&wanted, BuildOutput::Kept).await.unwrap();
    let [api, worker] = wanted.map(|(root, name)| this.path(root, name).unwrap());
    let old_in_front = pair(&other.join("api"), worker);
    let old_behind = pair(api, &other.join("worker"));
    for (first, second) in [(&old_in_front, &old_behind), (&old_behind, &old_in_front)] {
        let data = tempfile::tempdir().unwrap();
        let (objects, receipts) = file(first, &data).await;
        load::check(&objects, &receipts);
        // The other way round it is all there, under names that both know.
        assert_eq!(file(second, &data).await.0, objects, "nothing added, nothing changed");
    }
}

/// Sends the load through the functions in `executables`. The objects that there are then, and the receipts.
async fn file(executables: &TempDir, data: &TempDir) -> (load::Objects, load::Receipts) {
    let setup = Setup::usual().fast().executables(executables.path()).data(data.path());
    let system = Ours::start_with(setup).await;
    let receipts = load::send(&system).await;
    (load::filed(&system).await, receipts)
}
