//! All at once: SQS's own task does it, and goes on whatever becomes of who watches.

use super::{bury, bury_emails, number, signal, spawn};
use crate::harness::{DEAD_LETTER_QUEUE, Ours, QUEUE, Said, Setup};
use sandbox::services::faults::{Fault, Times};
use serde_json::json;

#[tokio::test]
async fn sqs_moves_all_letters_at_once_and_they_are_filed_with_their_receipts() {
    let system = Ours::start().await;
    let buried = bury_emails(&system, 12).await;
    let said = system.run(&["dlq", "redrive", "--json"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let report = said.json();
    assert_eq!((&report["way"], &report["status"]), (&json!("move_task"), &json!("completed")), "{report}");
    assert_eq!((number(&report, "/moved"), number(&report, "/left")), (12, 0), "{report}");
    assert_eq!(system.stored_keys(12).await.len(), 12);
    let object = system.object("sender 3_1693561101.json").await;
    assert_eq!(object.metadata["receipt"], buried[3].receipt);
    assert_eq!(system.calls("SendMessage") - 12, 0, "only the test sent anything");
    let again = system.run(&["dlq", "redrive"]).await;
    assert!(again.stdout.contains("0 of 0 dead letters moved to the queue: completed"), "{again:#?}");
}

#[tokio::test]
async fn a_task_goes_on_without_its_watchers_until_it_is_cancelled() {
    let system = &Ours::start_with(Setup::usual().time_scale(1.0).unpolled()).await;
    bury_emails(system, 30).await; // half a minute of work
    let nothing = system.run(&["dlq", "redrive", "--cancel"]).await;
    assert!(nothing.code == Some(0) && nothing.stdout.contains("no task runs"), "{nothing:#?}");

    let interrupted = watched(system, &["dlq", "redrive", "--rate", "1"], 2, Some("INT")).await;
    assert_eq!(interrupted.code, Some(130), "{interrupted:#?}");
    assert!(interrupted.stdout.contains("SQS continues the task"), "{interrupted:#?}");
    assert_eq!(watched(system, &["dlq", "redrive"], 1, Some("KILL")).await.code, None);
    let moved = async || (!system.queue(QUEUE).peek().is_empty()).then_some(());
    system.until("a moved letter", moved).await;

    let cancel = async {
        let cancelled = system.run(&["dlq", "redrive", "--cancel", "--json"]).await;
        assert_eq!(
            (cancelled.code, &cancelled.json()["status"]),
            (Some(0), &json!("cancelled")),
            "{cancelled:#?}"
        );
    };
    let (follower, ()) = tokio::join!(watched(system, &["dlq", "redrive", "--json"], 1, None), async {
        // Not before the follower follows: what has ended would be begun anew.
        let seen = system.calls("ListMessageMoveTasks");
        let follows = async || (system.calls("ListMessageMoveTasks") > seen).then_some(());
        system.until("a follower", follows).await;
        cancel.await;
    });
    let report = follower.json();
    assert_eq!((&report["followed"], &report["status"]), (&json!(true), &json!("cancelled")), "{report}");
    assert_eq!(system.calls("StartMessageMoveTask"), 1);
    let (back, dead) = (system.queue(QUEUE).peek().len(), system.queue(DEAD_LETTER_QUEUE).peek().len());
    assert!(back >= 1 && dead >= 1 && back + dead == 30, "{back} + {dead}");
}

/// Lets a command look at the task so many times, sends it a signal, and says how it ended.
async fn watched(system: &Ours, arguments: &[&str], looks: u64, name: Option<&str>) -> Said {
    let looks = system.calls("ListMessageMoveTasks") + looks;
    let watcher = spawn(&mut system.tool(arguments).await);
    if let Some(name) = name {
        let watching = async || (system.calls("ListMessageMoveTasks") >= looks).then_some(());
        system.until("a watcher", watching).await;
        signal(&watcher, name).await;
    }
    Said::from(watcher.wait_with_output().await.unwrap())
}

#[tokio::test]
async fn a_letter_that_somebody_holds_is_told_of_after_the_move() {
    let system = Ours::start_with(Setup::usual().time_scale(1.0).unpolled()).await;
    bury(&system, "held").await;
    assert_eq!(system.receive(&system.dead_letter_queue_url()).await.len(), 1);
    let said = system.run(&["dlq", "redrive"]).await;
    assert!(said.stdout.contains("About 1 in the dead-letter queue now"), "{said:#?}");
    assert!(said.stdout.contains("were in flight"), "{said:#?}");
}

#[tokio::test]
async fn a_start_that_is_refused_is_an_error_with_its_cause() {
    let system = Ours::start().await;
    let denied = Fault::Error { status: 403, code: "AccessDeniedException".to_owned() };
    system.fault("StartMessageMoveTask", denied, Times::Always);
    let said = system.run(&["dlq", "redrive"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("can't start") && said.stderr.contains("rights"), "{said:#?}");
}
