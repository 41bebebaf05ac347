//! Messages in the queue: whole, and with nothing else.

use crate::harness::{Ours, QUEUE, Setup, System, TOKEN, email, on_both, request};
use aws_sdk_sqs::types::MessageSystemAttributeName;
use serde_json::{Value, json};

on_both!(
    the_message_is_data_alone_with_the_receipt_and_the_trace: unpolled(),
    every_valid_json_string_gets_through_whole,
    an_email_that_fills_a_message_is_filed_and_one_byte_more_is_a_413,
    the_limit_is_measured_after_serialising: unpolled(),
    a_body_over_one_megabyte_ends_at_the_load_balancer,
);

/// The largest message, in bytes ("Amazon SQS message quotas").
const MESSAGE_LIMIT: usize = 1_048_576;
/// The bytes of the attribute `receipt`.
const ATTRIBUTE: usize = "receipt".len() + "String".len() + 36;

/// An ALB event with this body. Its size is not bounded by the load balancer's 1 MB.
fn event(body: &str) -> Value {
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "POST", "path": "/", "headers": {},
        "body": body, "isBase64Encoded": false,
    })
}

async fn the_message_is_data_alone_with_the_receipt_and_the_trace(system: &System) {
    let answer = system.post(&email("John doe")).await;
    let messages = system.receive(system.queue_url()).await;
    let [message] = &messages[..] else { panic!("{} messages", messages.len()) };
    assert_eq!(serde_json::from_str::<Value>(message.body().unwrap()).unwrap(), email("John doe"));
    let attributes = message.message_attributes().unwrap();
    assert_eq!(attributes.keys().collect::<Vec<_>>(), ["receipt"]);
    assert_eq!(attributes["receipt"].string_value(), Some(answer.receipt().as_str()));
    let trace = &message.attributes().unwrap()[&MessageSystemAttributeName::AwsTraceHeader];
    assert!(trace.starts_with("Root=1-") && trace.contains("Sampled=1"), "{trace}");
    assert!(!format!("{message:?}").contains(TOKEN), "the token goes no further than the check");
}

async fn every_valid_json_string_gets_through_whole(system: &System) {
    let odd = "\u{0}\u{1}\u{8}\t\n\r\u{1f} \u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{fffe}\u{ffff}\u{10000}\u{1fffe}\u{10ffff}\"\\/e\u{301}\u{202e}";
    let mut data = email("odd");
    data["email_subject"] = json!(odd);
    data["email_content"] = json!(odd);
    assert_eq!(system.post(&data).await.status, 200);
    assert_eq!(system.stored("odd_1693561101.json").await, data);
}

/// An email whose message is `over` bytes larger than SQS allows, and an event for `api` with it. Nothing in it needs
/// an escape.
fn filling(over: usize) -> (Value, Value) {
    let mut data = email("John doe");
    data["email_content"] = json!("");
    let empty = data.to_string().len();
    data["email_content"] = json!("x".repeat(MESSAGE_LIMIT - ATTRIBUTE - empty + over));
    let event = event(&request(&data).to_string());
    (data, event)
}

async fn an_email_that_fills_a_message_is_filed_and_one_byte_more_is_a_413(system: &System) {
    let (_, too_much) = filling(1);
    assert_eq!(system.invoke("ApiFunction", &too_much).await["statusCode"], 413);
    let (data, event) = filling(0);
    assert_eq!(system.invoke("ApiFunction", &event).await["statusCode"], 200);
    assert_eq!(system.stored("John doe_1693561101.json").await, data);
    system.queue_drained().await;
    assert_eq!(system.keys().await.len(), 1);
}

#[tokio::test]
async fn an_email_that_fills_a_message_is_accepted_and_one_byte_more_is_413_without_asking_sqs() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    for (over, status) in [(1, 413), (0, 200)] {
        let answer = system.invoke("ApiFunction", &filling(over).1).await;
        assert_eq!(answer["statusCode"], status, "{answer:.300}");
        assert_eq!(system.calls("SendMessage"), u64::from(status == 200));
    }
    let message = &system.queue(QUEUE).peek()[0];
    assert_eq!(message.body.len() + ATTRIBUTE, MESSAGE_LIMIT);
}

async fn the_limit_is_measured_after_serialising(system: &System) {
    let mut data = email("John doe");
    // Three bytes on the way in, six in the message, where SQS wants them escaped.
    data["email_content"] = json!("\u{ffff}".repeat(200_000));
    let answer = system.post(&data).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (413, "application/problem+json"),
        "{answer:?}"
    );
    assert_eq!(system.queued(system.queue_url()).await, 0);
}

async fn a_body_over_one_megabyte_ends_at_the_load_balancer(system: &System) {
    let answer = system.post_body(vec![b' '; 1_048_577]).await;
    assert_eq!((answer.status, answer.header("server")), (413, "awselb/2.0"));
}
