//! Dead letters, and emails that are queued.

use super::{YES, forget};
use crate::dlq::{bury, visible_dead};
use crate::harness::{DEAD_LETTER_QUEUE, Ours, Setup, System, email, on_both};
use serde_json::{Value, json};

on_both! { the_dead_letters_of_the_sender_are_deleted_and_the_others_stay }

fn letters(report: &Value) -> [u64; 3] {
    ["letters", "unclear", "unseen"].map(|name| report["dead_letters"][name].as_u64().unwrap())
}

async fn the_dead_letters_of_the_sender_are_deleted_and_the_others_stay(system: &System) {
    for sender in ["a", "a_b", "A", "a"] {
        bury(system, &email(sender).to_string()).await;
    }
    bury(system, r#"{"email_sender":"a"}"#).await;
    assert_eq!(letters(&forget(system, "a", &[], 0).await), [3, 0, 0]);
    assert_eq!(visible_dead(system).await, 5, "all were given back");
    assert_eq!(letters(&forget(system, "a", YES, 0).await), [3, 0, 0]);
    assert_eq!(visible_dead(system).await, 2);

    bury(system, "hush {").await;
    assert_eq!(letters(&forget(system, "a", YES, 3).await), [0, 1, 0], "it may be anybody's");
    assert_eq!(visible_dead(system).await, 3);
}

#[tokio::test]
async fn a_dead_letter_that_can_not_be_deleted_is_counted_and_stays() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    bury(&system, &email("a").to_string()).await;
    system.fail("DeleteMessage", 403, "AccessDeniedException", sandbox::services::faults::Times::Always);
    let report = forget(&system, "a", YES, 3).await;
    assert_eq!(report["dead_letters"]["failures"], json!({"AccessDeniedException": 1}));
    assert_eq!((letters(&report), visible_dead(&system).await), ([0; 3], 1));
}

#[tokio::test]
async fn queued_emails_are_not_reached_and_letters_that_another_receiver_has_are_not_seen() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    for sender in ["a", "b"] {
        system.post(&email(sender)).await.receipt();
    }
    assert_eq!(forget(&system, "a", YES, 0).await["messages_in_queue"], 2);
    let said = system.run(&["forget", "--sender", "a"]).await;
    assert!(said.stdout.contains("the queue held 2 messages, which SQS can't search"), "{said:#?}");

    bury(&system, &email("a").to_string()).await;
    let receive = system.sqs.receive_message().queue_url(system.dead_letter_queue_url());
    receive.visibility_timeout(43_200).send().await.unwrap();
    assert_eq!(letters(&forget(&system, "a", YES, 3).await), [0, 0, 1]);
    assert_eq!(system.queue(DEAD_LETTER_QUEUE).peek().len(), 1);
}
