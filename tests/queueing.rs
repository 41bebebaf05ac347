//! From the front door into the queue: whole, and with nothing that doesn't belong there.

use crate::harness::{QUEUE, System, TOKEN, email, request};
use local::aws::faults::{Fault, Times};
use local::aws::sqs::Message;
use serde_json::{Value, json};

/// What SQS lets a message be, in bytes: "Amazon SQS message quotas".
const MESSAGE_LIMIT: usize = 1_048_576;

/// A system whose worker files nothing, so that messages stay in the queue.
async fn system() -> System {
    let system = System::start_with(1.0, |builder| builder).await;
    system.fault("PutObject", Fault::Stall, Times::Always);
    system
}

fn messages(system: &System) -> Vec<Message> {
    system.stack.aws().sqs().queue(QUEUE).unwrap().peek()
}

/// An ALB event with this body. Its size is not bounded by the load balancer's 1 MB.
fn event(body: &str) -> Value {
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "POST", "path": "/", "headers": {},
        "body": body, "isBase64Encoded": false,
    })
}

#[tokio::test]
async fn the_message_is_data_alone_with_the_receipt_and_the_trace() {
    let system = system().await;
    let answer = system.post(&email("John doe")).await;
    let messages = messages(&system);
    let [message] = &messages[..] else { panic!("{} messages", messages.len()) };
    assert_eq!(serde_json::from_str::<Value>(&message.body).unwrap(), email("John doe"));
    assert_eq!(message.attributes.keys().collect::<Vec<_>>(), ["receipt"]);
    assert_eq!(message.attributes["receipt"].string_value.as_deref(), Some(answer.receipt().as_str()));
    let trace = message.trace_header.as_deref().expect("AWSTraceHeader");
    assert!(trace.starts_with("Root=1-") && trace.contains("Sampled=1"), "{trace}");
    assert!(!format!("{message:?}").contains(TOKEN), "the token goes no further than the check");
}

#[tokio::test]
async fn every_valid_json_string_gets_through_whole() {
    let system = System::start().await;
    let odd = "\u{0}\u{1}\u{8}\t\n\r\u{1f} \u{7f}\u{85}\u{d7ff}\u{e000}\u{fffd}\u{fffe}\u{ffff}\u{10000}\u{1fffe}\u{10ffff}\"\\/e\u{301}\u{202e}";
    let mut data = email("odd");
    data["email_subject"] = json!(odd);
    data["email_content"] = json!(odd);
    assert_eq!(system.post(&data).await.status, 200);
    assert_eq!(system.stored("odd_1693561101.json").await, data);
}

#[tokio::test]
async fn an_email_that_fills_a_message_is_accepted_and_one_byte_more_is_413_without_asking_sqs() {
    let system = system().await;
    let attribute = "receipt".len() + "String".len() + 36;
    let mut data = email("John doe");
    data["email_content"] = json!("");
    // Nothing in it needs an escape, so the message is as long as this.
    let empty = data.to_string().len();
    for (over, status) in [(1, 413), (0, 200)] {
        data["email_content"] = json!("x".repeat(MESSAGE_LIMIT - attribute - empty + over));
        let answer = system.invoke("ApiFunction", &event(&request(&data).to_string())).await;
        assert_eq!(answer["statusCode"], status, "{answer:.300}");
        assert_eq!(system.calls("SendMessage"), u64::from(status == 200));
    }
    let message = &messages(&system)[0];
    assert_eq!(message.body.len() + attribute, MESSAGE_LIMIT);
}

#[tokio::test]
async fn the_limit_is_measured_after_serialising() {
    let system = system().await;
    let mut data = email("John doe");
    // Three bytes on the way in, six in the message, where SQS wants them escaped.
    data["email_content"] = json!("\u{ffff}".repeat(200_000));
    let answer = system.post(&data).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (413, "application/problem+json"),
        "{answer:?}"
    );
    assert_eq!(system.calls("SendMessage"), 0);
}

#[tokio::test]
async fn a_body_over_one_megabyte_ends_at_the_load_balancer() {
    let system = system().await;
    let answer = system.post_body(vec![b' '; 1_048_577]).await;
    assert_eq!((answer.status, answer.header("server")), (413, "awselb/2.0"));
}
