//! All at once: SQS's own task does it, and goes on whatever becomes of who watches.

use super::{bury, bury_emails, number, signal, spawn, visible_dead};
use crate::harness::{DEAD_LETTER_QUEUE, Moto, Ours, QUEUE, Said, Setup};
use local::aws::faults::{Fault, Times};
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
    assert!(again.stdout.contains("0 dead letters of 0 moved to the queue: completed"), "{again:#?}");
}

#[tokio::test]
async fn a_task_goes_on_without_its_watcher_and_the_next_one_follows_it() {
    let system = Ours::start_with(Setup::usual().time_scale(1.0).unpolled()).await;
    bury_emails(&system, 12).await;
    for (name, code) in [("INT", Some(130)), ("KILL", None)] {
        let watcher = spawn(&mut system.tool(&["dlq", "redrive", "--rate", "3"]).await);
        let seen = system.calls("ListMessageMoveTasks") + 3;
        let watching = async || (system.calls("ListMessageMoveTasks") >= seen).then_some(());
        system.until("a watcher", watching).await;
        signal(&watcher, name).await;
        let said = Said::from(watcher.wait_with_output().await.unwrap());
        assert_eq!(said.code, code, "{said:#?}");
        if name == "INT" {
            assert!(said.stdout.contains("The task goes on in SQS"), "{said:#?}");
        }
    }
    let said = system.run(&["dlq", "redrive", "--json"]).await;
    let report = said.json();
    assert_eq!(
        (said.code, &report["followed"], number(&report, "/moved")),
        (Some(0), &json!(true), 12),
        "{said:#?}"
    );
    assert_eq!(system.calls("StartMessageMoveTask"), 1);
    assert_eq!((system.queue(QUEUE).peek().len(), visible_dead(&system).await), (12, 0));
}

#[tokio::test]
async fn a_task_can_be_cancelled_and_what_is_left_stays() {
    let system = Ours::start_with(Setup::usual().time_scale(1.0).unpolled()).await;
    bury_emails(&system, 5).await;
    let nothing = system.run(&["dlq", "redrive", "--cancel"]).await;
    assert!(nothing.code == Some(0) && nothing.stdout.contains("no task runs"), "{nothing:#?}");
    let mut watcher = spawn(&mut system.tool(&["dlq", "redrive", "--rate", "1"]).await);
    let started = async || (system.calls("StartMessageMoveTask") == 1).then_some(());
    system.until("a task", started).await;
    let moved = async || (!system.queue(QUEUE).peek().is_empty()).then_some(());
    system.until("a moved letter", moved).await;
    let said = system.run(&["dlq", "redrive", "--cancel", "--json"]).await;
    assert_eq!((said.code, &said.json()["status"]), (Some(0), &json!("cancelled")), "{said:#?}");
    assert!(watcher.wait().await.unwrap().success());
    let (back, dead) = (system.queue(QUEUE).peek().len(), system.queue(DEAD_LETTER_QUEUE).peek().len());
    assert!(back >= 1 && dead >= 1 && back + dead == 5, "{back} + {dead}");
}

#[tokio::test]
async fn a_letter_that_somebody_holds_is_told_of_after_the_move() {
    let system = Ours::start_with(Setup::usual().time_scale(1.0).unpolled()).await;
    bury(&system, "held").await;
    assert_eq!(system.receive(&system.dead_letter_queue_url()).await.len(), 1);
    let said = system.run(&["dlq", "redrive"]).await;
    assert!(said.stdout.contains("About 1 in the dead-letter queue now"), "{said:#?}");
    assert!(said.stdout.contains("somebody had received them"), "{said:#?}");
}

#[tokio::test]
async fn a_start_that_is_refused_is_an_error_with_its_cause() {
    let system = Ours::start().await;
    let denied = Fault::Error { status: 403, code: "AccessDeniedException".to_owned() };
    system.fault("StartMessageMoveTask", denied, Times::Always);
    let said = system.run(&["dlq", "redrive"]).await;
    assert_eq!(said.code, Some(1));
    assert!(said.stderr.contains("does not start") && said.stderr.contains("rights"), "{said:#?}");
}

#[tokio::test]
async fn where_there_are_no_move_tasks_the_error_names_the_other_way() {
    let Some(system) = Moto::start_with(Setup::usual()).await else { return };
    let said = system.run(&["dlq", "redrive"]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stderr.contains("no move tasks here") && said.stderr.contains("--one-by-one"), "{said:#?}");
}
