//! Recordings of two like systems are equal, and recordings of two others show where they differ.

use crate::harness::{Said, System, TOKEN, on_both, root};
use serde_json::{Value, json};
use std::path::Path;

on_both!(what_the_local_stack_answers_is_what_was_recorded, a_difference_is_shown_and_is_no_success);

/// Recorded from a stack that `mailroom up` runs: `docs/OPERATIONS.md` says how it is made.
const LOCAL: &str = "tests/check/local.json";

async fn run(system: &System, arguments: &[&str]) -> Said {
    system.run(&[&["check", "--within", "30"], arguments].concat()).await
}

async fn what_the_local_stack_answers_is_what_was_recorded(system: &System) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("recording.json");
    let said = run(system, &["--compare", LOCAL, "--record", file.to_str().unwrap()]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(said.stdout.contains("The answers equal the recorded ones"), "{said:#?}");

    let recording = std::fs::read_to_string(&file).unwrap();
    assert_eq!(recording, std::fs::read_to_string(root().join(LOCAL)).unwrap());
    let keys = system.keys().await;
    let (sender, _) = keys[0].split_once('_').unwrap();
    for hidden in [TOKEN, sender, "127.0.0.1", system.bucket()] {
        assert!(!recording.contains(hidden), "{hidden} is recorded");
    }
}

async fn a_difference_is_shown_and_is_no_success(system: &System) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("recording.json");
    let compare = ["--compare", file.to_str().unwrap()];
    change(&file, |exchanges| {
        exchanges[2]["answer"]["status"] = json!(403);
        exchanges[3]["answer"]["headers"].as_object_mut().unwrap().remove("allow");
        exchanges[7]["answer"]["body"]["errors"][0]["detail"] = json!("must be text");
    });
    let said = run(system, &compare).await;
    assert_eq!(said.code, Some(3), "{said:#?}");
    for shown in [
        "contract    GET /no-such-path, no body\n  status\n    recorded  403\n    answered  404\n",
        "contract    GET /api/email, no body\n  header allow\n    recorded  nothing\n    answered  POST\n",
        "contract    POST /api/email, faults and the token\n  body /errors /0 /detail\n    recorded  must be text\n",
        "works: 5 probes passed, 1 skipped.\n3 differences from the recorded answers.\n",
    ] {
        assert!(said.stdout.contains(shown), "{shown}\n{}", said.stdout);
    }

    std::fs::write(&file, "{}").unwrap();
    let said = run(system, &compare).await;
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (Some(1), ""),
        "nothing is sent before it is read: {said:#?}"
    );
    assert!(said.stderr.contains("is not a file that --record wrote"), "{said:#?}");
}

/// The recording of the local stack, with some of it changed.
fn change(file: &Path, change: impl Fn(&mut Value)) {
    let recorded = std::fs::read_to_string(root().join(LOCAL)).unwrap();
    let mut recording: Value = serde_json::from_str(&recorded).unwrap();
    change(&mut recording["exchanges"]);
    std::fs::write(file, recording.to_string()).unwrap();
}
