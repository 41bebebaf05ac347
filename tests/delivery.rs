//! Messages reach the bucket, or the dead-letter queue and return from there.

use crate::harness::{DEAD_LETTER_QUEUE, Ours, Setup, System, email, on_both, root};
use sandbox::services::faults::Times;
use serde_json::Value;

on_both!(
    poison_reaches_the_dead_letter_queue_whole_and_harms_no_neighbour: fast(),
    every_released_queue_form_is_filed_with_and_without_a_receipt,
    a_receipt_survives_a_redrive_by_hand: fast(),
    a_filed_email_leaves_the_queue,
);

async fn poison_reaches_the_dead_letter_queue_whole_and_harms_no_neighbour(system: &System) {
    let poison = ["no JSON at all", r#"{"email_sender": "a"}"#];
    for body in poison {
        system.enqueue(body, Some("0198c0de-0000-7000-8000-000000000001")).await;
    }
    assert_eq!(system.post(&email("neighbour")).await.status, 200);
    assert_eq!(system.stored("neighbour_1693561101.json").await, email("neighbour"));

    let letters = system.dead_letters(2).await;
    let mut bodies: Vec<_> = letters.iter().map(|letter| letter.body().unwrap()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, poison);
    assert!(letters.iter().all(|letter| letter.message_attributes().unwrap().contains_key("receipt")));
    // Five receives each, and not one of them a deletion.
    assert_eq!(system.log.with_message("not an email: given back, for the dead-letter queue").len(), 10);
    assert_eq!(system.keys().await, ["neighbour_1693561101.json"]);
}

async fn every_released_queue_form_is_filed_with_and_without_a_receipt(system: &System) {
    let fixtures = std::fs::read_dir(root().join("crates/email/fixtures")).unwrap();
    let forms: Vec<_> = fixtures.map(|form| std::fs::read_to_string(form.unwrap().path()).unwrap()).collect();
    assert!(!forms.is_empty());
    let receipt = "0198c0de-0000-7000-8000-000000000001";
    for (n, form) in forms.iter().enumerate() {
        for (with, receipt) in [("with", Some(receipt)), ("without", None)] {
            let sender = format!("{with} receipt {n}");
            system.enqueue(&form.replace("John doe", &sender), receipt).await;
            let key = format!("{sender}_1693561101.json");
            let expected: Value = serde_json::from_str(&form.replace("John doe", &sender)).unwrap();
            assert_eq!(system.stored(&key).await, expected);
            let metadata = system.object(&key).await.metadata;
            assert_eq!(metadata.get("receipt").map(String::as_str), receipt);
        }
    }
}

async fn a_receipt_survives_a_redrive_by_hand(system: &System) {
    let key = "John doe_1693561101.json";
    system.put_object(key, "taken").await;
    for names in 2..=3 {
        assert_eq!(system.post(&email("John doe")).await.status, 200);
        system.stored_keys(names).await;
        system.queue_drained().await;
        for name in system.keys().await {
            system.put_object(&name, "taken too").await;
        }
    }

    // With its three names taken it is never filed, until there is room again.
    let receipt = system.post(&email("John doe")).await.receipt();
    let [letter] = &system.dead_letters(1).await[..] else { panic!("not one dead letter") };
    for taken in system.keys().await {
        system.s3.delete_object().bucket(system.bucket()).key(taken).send().await.unwrap();
    }
    let carried = letter.message_attributes().unwrap()["receipt"].string_value();
    let message_id = system.enqueue(letter.body().unwrap(), carried).await;
    assert_ne!(letter.message_id(), Some(message_id.as_str()));
    assert_eq!(system.stored(key).await, email("John doe"));
    assert_eq!(system.object(key).await.metadata["receipt"], receipt);
}

#[tokio::test]
async fn a_receipt_survives_a_redrive_where_sqs_gives_a_new_message_id() {
    let system = Ours::start_with(Setup::usual().fast()).await;
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    let answer = system.post(&email("John doe")).await;
    let receipt = answer.receipt();
    let dead_letters = system.queue(DEAD_LETTER_QUEUE);
    let letter = system.until("a dead letter", async || dead_letters.peek().pop()).await;
    assert_eq!(letter.attributes["receipt"].string_value.as_deref(), Some(receipt.as_str()));

    system.stack.aws().faults().clear();
    let redrive = system.sqs.start_message_move_task().source_arn(dead_letters.arn());
    redrive.send().await.unwrap();
    assert_eq!(system.stored("John doe_1693561101.json").await, email("John doe"));
    assert_eq!(system.object("John doe_1693561101.json").await.metadata["receipt"], receipt);
    let filed = system.logged("filed", 1).await.remove(0);
    assert_eq!(filed["receipt"], receipt.as_str());
    assert_ne!(filed["message_id"], answer.json()["message_id"]);
    assert!(dead_letters.peek().is_empty());
}

#[tokio::test]
async fn what_s3_refused_for_a_while_is_filed_when_it_comes_again() {
    let system = Ours::start_with(Setup::usual().fast()).await;
    // The SDK asks three times; after that the message comes again.
    system.fail("PutObject", 503, "SlowDown", Times::N(4));
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    assert_eq!(system.stored("John doe_1693561101.json").await, email("John doe"));
    system.queue_drained().await;
    assert!(system.queue(DEAD_LETTER_QUEUE).peek().is_empty());
}

async fn a_filed_email_leaves_the_queue(system: &System) {
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    system.stored_keys(1).await;
    system.queue_drained().await;
}
