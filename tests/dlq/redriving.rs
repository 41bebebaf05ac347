//! One by one: a letter is in the queue before it leaves the dead-letter queue.

use super::{TRACE, bury, bury_emails, bury_some_of_each, number, visible, visible_dead};
use crate::harness::{DEAD_LETTER_QUEUE, Ours, QUEUE, Said, Setup, System, mailroom, on_both};
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeName};
use sandbox::services::faults::{Fault, Times};
use serde_json::json;

on_both!(
    letters_of_one_reason_go_back_whole_and_the_others_stay: unpolled(),
    all_letters_go_back_one_by_one_and_are_filed_with_their_receipts,
);

async fn letters_of_one_reason_go_back_whole_and_the_others_stay(system: &System) {
    bury_some_of_each(system).await;
    let receipt = bury(system, "{\"odd\u{fffd}\": \"whole\"").await.receipt;
    let said = system.run(&["dlq", "redrive", "--only", "not_json", "--json"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let report = said.json();
    assert_eq!((number(&report, "/moved"), number(&report, "/left")), (3, 3), "{report}");
    assert_eq!(report["kept"], json!({"not_filed": 2, "missing": 1}), "{report}");
    assert_eq!((visible_dead(system).await, visible(system, system.queue_url()).await), (3, 3));

    let messages = system.receive(system.queue_url()).await;
    let of = |receipt: &str| {
        let value =
            MessageAttributeValue::builder().data_type("String").string_value(receipt).build().unwrap();
        messages.iter().find(|message| {
            message.message_attributes().is_some_and(|attributes| attributes.get("receipt") == Some(&value))
        })
    };
    let message = of(&receipt).expect("with its receipt");
    assert_eq!(message.body(), Some("{\"odd\u{fffd}\": \"whole\""));
    assert_eq!(message.attributes().unwrap()[&MessageSystemAttributeName::AwsTraceHeader], TRACE);

    let said = system.run(&["dlq", "redrive", "--only", "poison"]).await;
    assert!(
        said.stdout.contains("1 dead letter moved") && said.stdout.contains("2 kept: not_filed"),
        "{said:#?}"
    );
}

async fn all_letters_go_back_one_by_one_and_are_filed_with_their_receipts(system: &System) {
    let buried = bury_emails(system, 12).await;
    let said = system.run(&["dlq", "redrive", "--one-by-one", "--json"]).await;
    assert_eq!((said.code, number(&said.json(), "/moved")), (Some(0), 12), "{said:#?}");
    assert_eq!(system.stored_keys(12).await.len(), 12);
    for (n, buried) in buried.iter().enumerate() {
        let object = system.object(&format!("sender {n}_1693561101.json")).await;
        assert_eq!(object.metadata["receipt"], buried.receipt);
    }
    assert_eq!(system.queued(&system.dead_letter_queue_url()).await, 0);
}

#[tokio::test]
async fn a_reason_that_does_not_exist_is_refused_with_those_that_do() {
    let mut command = mailroom(&["dlq", "redrive", "--local", "--only", "bad_weather"]).await;
    let said = Said::from(command.output().await.unwrap());
    assert_eq!(said.code, Some(2), "{said:#?}");
    assert!(said.stderr.contains("poison, not_filed, not_json"), "{said:#?}");
}

#[tokio::test]
async fn a_letter_that_the_queue_does_not_take_stays() {
    let system = Ours::start_with(Setup::usual().time_scale(10.0).unpolled()).await;
    bury_emails(&system, 3).await;
    let refused = Fault::Error { status: 400, code: "InvalidMessageContents".to_owned() };
    system.fault("SendMessage", refused, Times::Once);
    let said = system.run(&["dlq", "redrive", "--one-by-one", "--json"]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stderr.contains("InvalidMessageContents"), "{said:#?}");
    let report = said.json();
    assert_eq!((number(&report, "/moved"), &report["ended"]), (2, &json!("failed")), "{report}");
    assert_eq!((visible_dead(&system).await, system.queue(QUEUE).peek().len()), (1, 2));
    let again = system.run(&["dlq", "redrive", "--one-by-one", "--json"]).await;
    assert_eq!((again.code, number(&again.json(), "/moved")), (Some(0), 1), "{again:#?}");
}

#[tokio::test]
async fn a_letter_that_can_not_be_deleted_is_told_of_and_filed_once() {
    let system = Ours::start_with(Setup::usual().time_scale(10.0)).await;
    bury_emails(&system, 2).await;
    let denied = Fault::Error { status: 403, code: "AccessDeniedException".to_owned() };
    system.fault("DeleteMessage", denied, Times::Once);
    let said = system.run(&["dlq", "redrive", "--one-by-one", "--json"]).await;
    assert_eq!((said.code, number(&said.json(), "/not_deleted")), (Some(1), 1), "{said:#?}");
    assert!(said.stderr.contains("is in both queues"), "{said:#?}");
    assert_eq!(visible_dead(&system).await, 1);
    assert_eq!(system.run(&["dlq", "redrive", "--one-by-one"]).await.code, Some(0));
    system.queue_drained().await;
    assert_eq!((system.keys().await.len(), visible_dead(&system).await), (2, 0));
}

#[tokio::test]
async fn lost_answers_lose_no_letter_and_file_none_twice() {
    let system = Ours::start_with(Setup::usual().time_scale(10.0)).await;
    bury_emails(&system, 5).await;
    for fault in [Fault::LostAnswer, Fault::Drop, Fault::LostAnswer] {
        system.fault("SendMessage", fault.clone(), Times::Once);
        system.fault("DeleteMessage", fault, Times::Once);
    }
    let said = system.run(&["dlq", "redrive", "--only", "not_filed", "--json"]).await;
    assert_eq!((said.code, number(&said.json(), "/moved")), (Some(0), 5), "{said:#?}");
    system.stored_keys(5).await;
    system.queue_drained().await;
    assert_eq!((system.keys().await.len(), system.queue(DEAD_LETTER_QUEUE).peek().len()), (5, 0));
}
