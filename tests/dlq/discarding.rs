//! Nothing is deleted that is not in the file.

use super::{TRACE, bury_emails, bury_some_of_each, bury_with, number, visible_dead};
use crate::harness::{Ours, Setup, System, on_both};
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};
use std::path::Path;

on_both!(
    what_is_no_email_is_saved_whole_and_deleted_and_the_rest_stays: time_scale(10.0),
);

/// A message that is not given back stays hidden for six seconds.
async fn slow() -> Ours {
    Ours::start_with(Setup::usual().time_scale(10.0)).await
}

/// The lines of a file, each a whole JSON object.
fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
        .collect()
}

async fn what_is_no_email_is_saved_whole_and_deleted_and_the_rest_stays(system: &System) {
    let buried = bury_some_of_each(system).await;
    let (_directory, file) = file();
    let said = system.run(&["dlq", "discard", "--only", "poison", "--save", &file, "--yes", "--json"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let report = said.json();
    assert_eq!((number(&report, "/discarded"), &report["saved"]), (3, &json!(file)), "{report}");
    assert_eq!(report["reasons"], json!({"not_json": 2, "missing": 1}));
    assert_eq!((visible_dead(system).await, system.queued(&system.dead_letter_queue_url()).await), (2, 2));

    let lines = lines(Path::new(&file));
    assert_eq!(lines.len(), 3);
    let line = lines.iter().find(|line| line["message_id"] == buried[2].id).unwrap();
    assert_eq!((&line["body"], &line["reason"]), (&json!("hush {"), &json!("not_json")));
    assert_eq!(line["receipt"], buried[2].receipt);
    assert_eq!(line["attributes"]["receipt"], json!({"data_type": "String", "string": buried[2].receipt}));
    assert_eq!(line["system_attributes"]["AWSTraceHeader"], TRACE);
}

#[tokio::test]
async fn letters_can_be_named_and_those_that_are_not_there_are_told() {
    let system = &slow().await;
    let buried = bury_emails(system, 3).await;
    let (_directory, file) = file();
    let (id, receipt) = (&buried[0].id, &buried[1].receipt);
    let named = ["dlq", "discard", "--id", id, "--id", receipt, "--id", "nobody", "--save", &file, "--yes"];
    let said = system.run(&named).await;
    assert_eq!(said.code, Some(3), "{said:#?}");
    assert!(said.stdout.contains("2 dead letters deleted"), "{said:#?}");
    assert!(said.stdout.contains("nobody could not be received"), "{said:#?}");
    assert_eq!((lines(Path::new(&file)).len(), visible_dead(system).await), (2, 1));
}

#[tokio::test]
async fn a_forged_receipt_gets_no_letter_deleted_or_shown_instead_of_another() {
    let system = &slow().await;
    let [theirs, twice] = bury_emails(system, 2).await.try_into().ok().unwrap();
    let forger = bury_with(system, "forged", &theirs.id).await;
    let copy = bury_with(system, "copied", &twice.receipt).await;
    let (_directory, file) = file();
    let discard =
        ["dlq", "discard", "--id", &theirs.id, "--id", &twice.receipt, "--save", &file, "--yes", "--json"];
    let said = system.run(&discard).await;
    assert_eq!(said.code, Some(3), "{said:#?}");
    let mut both = [twice.id.clone(), copy.id.clone()];
    both.sort();
    let ambiguous = json!([{"id": twice.receipt, "message_ids": both}]);
    assert_eq!((&said.json()["ambiguous"], &said.json()["discarded"]), (&ambiguous, &json!(1)), "{said:#?}");
    assert_eq!(lines(Path::new(&file))[0]["message_id"], theirs.id);
    assert_eq!(visible_dead(system).await, 3);

    let shown = system.run(&["dlq", "show", &twice.receipt]).await;
    assert!(shown.code == Some(1) && both.iter().all(|id| shown.stderr.contains(id)), "{shown:#?}");
    let chosen = system.run(&["dlq", "discard", "--id", &copy.id, "--save", &file, "--yes"]).await;
    assert_eq!(chosen.code, Some(0), "{chosen:#?}");
    let shown = system.run(&["dlq", "show", &twice.receipt, "--json"]).await;
    assert_eq!(shown.json()["message_id"], twice.id, "the only one left");
    let gone = system.run(&["dlq", "show", &theirs.id]).await;
    assert!(gone.stderr.contains("no dead letter"), "{gone:#?}");
    assert_eq!(system.run(&["dlq", "show", &forger.id]).await.code, Some(0));
}

#[tokio::test]
async fn nobody_is_taken_at_a_word_that_nobody_gave() {
    let system = &slow().await;
    bury_emails(system, 1).await;
    let (_directory, file) = file();
    let said = system.run(&["dlq", "discard", "--only", "not_filed", "--save", &file]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stderr.contains("--yes"), "{said:#?}");
    for missing in [["--only", "poison"], ["--save", &file]] {
        let said = system.run(&[&["dlq", "discard", "--yes"], missing.as_slice()].concat()).await;
        assert_eq!(said.code, Some(2), "{said:#?}");
    }
    assert_eq!(visible_dead(system).await, 1);
}

#[tokio::test]
async fn where_the_file_can_not_be_written_nothing_is_deleted() {
    let system = slow().await;
    bury_emails(&system, 2).await;
    for file in ["/no/such/directory/file", "/dev/full"] {
        let said = system.run(&["dlq", "discard", "--only", "not_filed", "--save", file, "--yes"]).await;
        assert_eq!(said.code, Some(1), "{said:#?}");
        assert!(said.stderr.contains("--save: can't ") && said.stderr.contains(file), "{said:#?}");
        assert_eq!((visible_dead(&system).await, system.calls("DeleteMessage")), (2, 0));
    }
}

#[tokio::test]
async fn what_can_not_be_deleted_stays_and_is_in_the_file_too() {
    let system = slow().await;
    bury_emails(&system, 2).await;
    let denied = Fault::Error { status: 403, code: "AccessDeniedException".to_owned() };
    system.fault("DeleteMessage", denied, Times::Once);
    let (_directory, file) = file();
    let said = system.run(&["dlq", "discard", "--only", "not_filed", "--save", &file, "--yes"]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stderr.contains("which is saved and still in the queue"), "{said:#?}");
    assert_eq!((lines(Path::new(&file)).len(), visible_dead(&system).await), (2, 1));
}

/// A file that is not there yet, in a directory of its own.
pub(crate) fn file() -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("away.ndjson").to_str().unwrap().to_owned();
    (directory, file)
}
