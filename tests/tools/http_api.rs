//! Every command works on a system that has an HTTP API and no load balancer.

use super::{argument, file, found};
use crate::harness::{Ours, Setup, email};

#[tokio::test(flavor = "multi_thread")]
async fn a_system_with_an_http_api_alone_is_one_for_every_command() {
    let system = Ours::start_with(Setup::http_api()).await;
    let lines = ["a", "b", "c"].map(|sender| email(sender).to_string());
    let (_directory, path) = file(&lines);
    let journal = path.with_extension("sent");
    let send = ["send", argument(&path), "--json", "--journal", argument(&journal)];
    let sent = found(&system.run(&send).await, 0);
    assert_eq!(sent["accepted"], 3, "{sent}");
    assert_eq!(system.stored_keys(3).await.len(), 3);

    for command in [
        &["status"][..],
        &["find", "--sender", "a"],
        &["audit"],
        &["token", "show"],
        &["dlq", "list"],
        &["check"],
    ] {
        let said = system.run(command).await;
        assert_eq!(said.code, Some(0), "{command:?}: {said:#?}");
    }
}
