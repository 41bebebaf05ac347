//! From the queue to the bucket, or to the dead-letter queue, and back from there.

use crate::harness::{DEAD_LETTER_QUEUE, QUEUE, System, email, root};
use aws_sdk_sqs::types::MessageAttributeValue;
use local::aws::faults::{Fault, Times};
use serde_json::Value;

/// Queue and mapping run this much faster where messages have to fail five times: a visibility timeout of
/// 180 s is 0.9 s.
const FAST: f64 = 200.0;

async fn send(system: &System, queue: &str, body: &str, receipt: Option<&str>) -> String {
    let mut send = system.sqs().await.send_message().queue_url(system.queue_url(queue)).message_body(body);
    if let Some(receipt) = receipt {
        let value =
            MessageAttributeValue::builder().data_type("String").string_value(receipt).build().unwrap();
        send = send.message_attributes("receipt", value);
    }
    send.send().await.unwrap().message_id.unwrap()
}

#[tokio::test]
async fn poison_reaches_the_dead_letter_queue_whole_and_harms_no_neighbour() {
    let system = System::start_with(FAST, |builder| builder).await;
    let poison = ["no JSON at all", r#"{"email_sender": "a"}"#];
    for body in poison {
        send(&system, QUEUE, body, Some("0198c0de-0000-7000-8000-000000000001")).await;
    }
    assert_eq!(system.post(&email("neighbour")).await.status, 200);
    assert_eq!(system.stored("neighbour_1693561101.json").await, email("neighbour"));

    let dead_letters = system.stack.aws().sqs().queue(DEAD_LETTER_QUEUE).unwrap();
    let messages = system
        .until("two dead letters", async || Some(dead_letters.peek()).filter(|all| all.len() == 2))
        .await;
    let mut bodies: Vec<_> = messages.iter().map(|message| message.body.as_str()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, poison);
    assert!(messages.iter().all(|message| message.attributes.contains_key("receipt")));
    // Five receives each, and not one of them a deletion.
    assert_eq!(system.log.with_message("not an email: given back, for the dead-letter queue").len(), 10);
    assert_eq!(system.keys().await, ["neighbour_1693561101.json"]);
}

#[tokio::test]
async fn every_released_queue_form_is_filed_with_and_without_a_receipt() {
    let system = System::start().await;
    let fixtures = std::fs::read_dir(root().join("crates/email/fixtures")).unwrap();
    let forms: Vec<_> = fixtures.map(|form| std::fs::read_to_string(form.unwrap().path()).unwrap()).collect();
    assert!(!forms.is_empty());
    let receipt = "0198c0de-0000-7000-8000-000000000001";
    for (n, form) in forms.iter().enumerate() {
        for (with, receipt) in [("with", Some(receipt)), ("without", None)] {
            let sender = format!("{with} receipt {n}");
            send(&system, QUEUE, &form.replace("John doe", &sender), receipt).await;
            let key = format!("{sender}_1693561101.json");
            let expected: Value = serde_json::from_str(&form.replace("John doe", &sender)).unwrap();
            assert_eq!(system.stored(&key).await, expected);
            let stored = system.stack.aws().s3().info(system.bucket(), &key).await.unwrap();
            assert_eq!(stored.metadata.get("receipt").map(String::as_str), receipt);
        }
    }
}

#[tokio::test]
async fn a_receipt_survives_a_redrive_where_sqs_gives_a_new_message_id() {
    let system = System::start_with(FAST, |builder| builder).await;
    system.fault("PutObject", Fault::Error { status: 403, code: "AccessDenied".to_owned() }, Times::Always);
    let answer = system.post(&email("John doe")).await;
    let receipt = answer.receipt();
    let dead_letters = system.stack.aws().sqs().queue(DEAD_LETTER_QUEUE).unwrap();
    let letter = system.until("a dead letter", async || dead_letters.peek().pop()).await;
    assert_eq!(letter.attributes["receipt"].string_value.as_deref(), Some(receipt.as_str()));

    system.stack.aws().faults().clear();
    let redrive = system.sqs().await.start_message_move_task().source_arn(dead_letters.arn());
    redrive.send().await.unwrap();
    assert_eq!(system.stored("John doe_1693561101.json").await, email("John doe"));
    let stored = system.stack.aws().s3().info(system.bucket(), "John doe_1693561101.json").await.unwrap();
    assert_eq!(stored.metadata["receipt"], receipt);
    let filed = system.until("the worker's line", async || system.log.with_message("filed").pop()).await;
    assert_eq!(filed["receipt"], receipt.as_str());
    assert_ne!(filed["message_id"], answer.json()["message_id"]);
    assert!(dead_letters.peek().is_empty());
}

#[tokio::test]
async fn what_s3_refused_for_a_while_is_filed_when_it_comes_again() {
    let system = System::start_with(FAST, |builder| builder).await;
    // The SDK asks three times; after that the message comes again.
    system.fault("PutObject", Fault::Error { status: 503, code: "SlowDown".to_owned() }, Times::N(4));
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    assert_eq!(system.stored("John doe_1693561101.json").await, email("John doe"));
    system.queue_drained().await;
    assert!(system.stack.aws().sqs().queue(DEAD_LETTER_QUEUE).unwrap().peek().is_empty());
}

#[tokio::test]
async fn a_filed_email_leaves_the_queue() {
    let system = System::start().await;
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    system.stored_keys(1).await;
    system.queue_drained().await;
}
