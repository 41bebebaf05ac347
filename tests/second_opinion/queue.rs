//! From the door into the queue and, if it comes to that, into the dead-letter queue.

use super::on_both;
use super::site::Site;
use crate::harness::{TOKEN, email, request};
use aws_sdk_sqs::types::MessageSystemAttributeName;
use serde_json::{Value, json};

/// What SQS lets a message be, in bytes: "Amazon SQS message quotas".
const MESSAGE_LIMIT: usize = 1_048_576;
/// What the attribute `receipt` takes of them.
const ATTRIBUTE: usize = "receipt".len() + "String".len() + 36;

on_both!(
    a_message_is_the_email_alone_with_the_receipt_and_the_trace,
    every_valid_json_string_gets_through_whole,
    an_email_that_fills_a_message_is_filed_and_one_byte_more_is_a_413,
    poison_reaches_the_dead_letter_queue_whole_and_harms_no_neighbour,
    a_receipt_survives_a_redrive_by_hand,
);

async fn a_message_is_the_email_alone_with_the_receipt_and_the_trace(site: &Site) {
    let answer = site.post(&email("John doe")).await;
    let messages = site.receive(site.queue_url()).await;
    let [message] = &messages[..] else { panic!("{} messages", messages.len()) };
    assert_eq!(answer.json()["message_id"], message.message_id().unwrap());
    assert_eq!(serde_json::from_str::<Value>(message.body().unwrap()).unwrap(), email("John doe"));
    let attributes = message.message_attributes().unwrap();
    assert_eq!(attributes.keys().collect::<Vec<_>>(), ["receipt"]);
    assert_eq!(attributes["receipt"].string_value(), Some(answer.receipt().as_str()));
    let trace = &message.attributes().unwrap()[&MessageSystemAttributeName::AwsTraceHeader];
    assert!(trace.starts_with("Root=1-") && trace.contains("Sampled=1"), "{trace}");
    assert!(!format!("{message:?}").contains(TOKEN), "the token goes no further than the check");
}

async fn every_valid_json_string_gets_through_whole(site: &Site) {
    let odd = "\u{0}\u{1}\u{8}\t\n\r\u{1f} \u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{fffe}\u{ffff}\u{10000}\u{1fffe}\u{10ffff}\"\\/e\u{301}\u{202e}";
    let mut data = email("odd");
    data["email_subject"] = json!(odd);
    data["email_content"] = json!(odd);
    assert_eq!(site.post(&data).await.status, 200);
    site.deliver().await;
    assert_eq!(site.stored("odd_1693561101.json").await, data);
}

async fn an_email_that_fills_a_message_is_filed_and_one_byte_more_is_a_413(site: &Site) {
    let mut data = email("John doe");
    data["email_content"] = json!("");
    // Nothing in it needs an escape, so the message is as long as this.
    let empty = data.to_string().len();
    for (over, status) in [(1, 413), (0, 200)] {
        data["email_content"] = json!("x".repeat(MESSAGE_LIMIT - ATTRIBUTE - empty + over));
        // Not through the load balancer, which takes 1 MB with the token around it.
        let event = json!({
            "requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "POST", "path": "/", "headers": {},
            "body": request(&data).to_string(), "isBase64Encoded": false,
        });
        let answer = site.invoke("ApiFunction", &event).await;
        assert_eq!(answer["statusCode"], status, "{answer:.300}");
    }
    site.deliver().await;
    assert_eq!(site.keys().await, ["John doe_1693561101.json"]);
    assert_eq!(site.stored("John doe_1693561101.json").await, data);
}

async fn poison_reaches_the_dead_letter_queue_whole_and_harms_no_neighbour(site: &Site) {
    let poison = ["no JSON at all", r#"{"email_sender": "a"}"#];
    for body in poison {
        site.enqueue(body, Some("0198c0de-0000-7000-8000-000000000001")).await;
    }
    assert_eq!(site.post(&email("neighbour")).await.status, 200);
    site.deliver().await;
    assert_eq!(site.keys().await, ["neighbour_1693561101.json"]);

    let letters = site.receive(&site.dead_letter_queue_url().await).await;
    let mut bodies: Vec<_> = letters.iter().map(|letter| letter.body().unwrap()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, poison);
    assert!(letters.iter().all(|letter| letter.message_attributes().unwrap().contains_key("receipt")));
    let given_back = site.log.with_message("not an email: given back, for the dead-letter queue");
    assert_eq!(given_back.len(), 10, "five receives each, as the template says");
}

async fn a_receipt_survives_a_redrive_by_hand(site: &Site) {
    let receipt = site.post(&email("John doe")).await.receipt();
    let [message] = &site.receive(site.queue_url()).await[..] else { panic!("no message") };
    let carried = message.message_attributes().unwrap()["receipt"].string_value();
    let message_id = site.enqueue(message.body().unwrap(), carried).await;
    assert_ne!(message.message_id(), Some(message_id.as_str()));
    site.deliver().await;
    let (_, metadata) = site.object("John doe_1693561101.json").await;
    assert_eq!(metadata["receipt"], receipt);
}
