//! The operations, as a client sees them.

use super::*;
use crate::operation::Service;
use crate::sqs::tests::{config, sqs};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

mod attributes;
mod lists;
mod queues;

const URL: &str = "http://127.0.0.1:4566/000000000000/queue";

async fn call(sqs: &Sqs, operation: &str, request: Value) -> Result<Value> {
    super::call(sqs, operation, request, None).await
}

async fn ask(sqs: &Sqs, operation: &str, mut request: Value) -> Result<Value> {
    request["QueueUrl"] = json!(URL);
    call(sqs, operation, request).await
}

/// The system attributes of the next message.
async fn received(sqs: &Sqs) -> Value {
    let request = json!({"MessageSystemAttributeNames": ["All"]});
    ask(sqs, "ReceiveMessage", request).await.unwrap()["Messages"][0]["Attributes"].clone()
}

fn with_queue() -> Sqs {
    let sqs = sqs();
    sqs.create_queue(config("queue")).unwrap();
    sqs
}

#[tokio::test]
async fn what_was_sent_is_received_with_its_attributes_and_its_trace() {
    let sqs = with_queue();
    let sent = json!({
        "MessageBody": "hello",
        "MessageAttributes": {"colour": {"DataType": "String", "StringValue": "blue"}},
        "MessageSystemAttributes": {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-2-3"}},
    });
    let answer = ask(&sqs, "SendMessage", sent).await.unwrap();
    assert_eq!(answer["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    let asked = json!({"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]});
    let received = ask(&sqs, "ReceiveMessage", asked).await.unwrap();
    let message = &received["Messages"][0];
    assert_eq!(message["Body"], "hello");
    assert_eq!(message["MessageId"], answer["MessageId"]);
    assert_eq!(message["MD5OfMessageAttributes"], answer["MD5OfMessageAttributes"]);
    assert_eq!(message["MessageAttributes"]["colour"]["StringValue"], "blue");
    assert_eq!(message["Attributes"]["AWSTraceHeader"], "Root=1-2-3");
    assert_eq!(message["Attributes"]["ApproximateReceiveCount"], "1");
}

#[tokio::test]
async fn the_tracing_header_of_a_request_is_the_trace_of_a_message_without_one() {
    let sqs = with_queue();
    let own = json!({"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-own"}});
    let send = async |operation, mut request: Value| {
        request["QueueUrl"] = json!(URL);
        super::call(&sqs, operation, request, Some("Root=1-header")).await.unwrap()
    };
    let answer = send("SendMessage", json!({"MessageBody": "x"})).await;
    assert!(answer.get("MD5OfMessageSystemAttributes").is_none(), "it had none: {answer}");
    assert_eq!(received(&sqs).await["AWSTraceHeader"], "Root=1-header");
    send("SendMessage", json!({"MessageBody": "x", "MessageSystemAttributes": own})).await;
    assert_eq!(received(&sqs).await["AWSTraceHeader"], "Root=1-own");
    let entries = json!([
        {"Id": "1", "MessageBody": "x", "MessageSystemAttributes": own},
        {"Id": "2", "MessageBody": "x"},
    ]);
    send("SendMessageBatch", json!({"Entries": entries})).await;
    for trace in ["Root=1-own", "Root=1-header"] {
        assert_eq!(received(&sqs).await["AWSTraceHeader"], trace);
    }
}

#[tokio::test]
async fn a_message_group_is_kept_and_a_deduplication_id_is_refused() {
    let sqs = with_queue();
    ask(&sqs, "SendMessage", json!({"MessageBody": "x", "MessageGroupId": "tenant:1~"})).await.unwrap();
    assert_eq!(received(&sqs).await["MessageGroupId"], "tenant:1~");
    let entries = json!([
        {"Id": "good", "MessageBody": "x", "MessageGroupId": "g".repeat(128)},
        {"Id": "bad", "MessageBody": "x", "MessageGroupId": "g".repeat(129)},
    ]);
    let answer = ask(&sqs, "SendMessageBatch", json!({"Entries": entries})).await.unwrap();
    assert_eq!((&answer["Successful"][0]["Id"], &answer["Failed"][0]["Id"]), (&json!("good"), &json!("bad")));
    let request = json!({"MessageBody": "x", "MessageDeduplicationId": "1"});
    let error = ask(&sqs, "SendMessage", request).await.unwrap_err();
    let message = "Value 1 for parameter MessageDeduplicationId is invalid. Reason: The request include parameter that is not valid for this queue type.";
    assert_eq!(
        (error.query_code().as_deref(), error.to_string()),
        (Some("InvalidParameterValue"), message.into())
    );
}

#[tokio::test]
async fn a_missing_parameter_has_the_names_of_both_protocols() {
    let error = ask(&with_queue(), "SendMessage", json!({})).await.unwrap_err();
    assert_eq!(error.json_type(Service::Sqs), "com.amazon.coral.service#MissingRequiredParameterException");
    assert_eq!(error.query_code().as_deref(), Some("MissingParameter"));
    assert_eq!(error.to_string(), "The request must contain the parameter MessageBody.");
}

#[tokio::test]
async fn attributes_nobody_asked_for_are_left_out() {
    let sqs = with_queue();
    let attributes = json!({"colour": {"DataType": "String", "StringValue": "blue"}});
    ask(&sqs, "SendMessage", json!({"MessageBody": "x", "MessageAttributes": attributes})).await.unwrap();
    let received = ask(&sqs, "ReceiveMessage", json!({})).await.unwrap();
    let message = received["Messages"][0].as_object().unwrap();
    assert!(!message.contains_key("MessageAttributes") && !message.contains_key("Attributes"), "{message:?}");
}

#[tokio::test]
async fn a_batch_sends_what_it_can_and_names_what_it_can_not() {
    let sqs = with_queue();
    let entries = json!([{"Id": "good", "MessageBody": "x"}, {"Id": "bad", "MessageBody": "\u{FFFF}"}]);
    let answer = ask(&sqs, "SendMessageBatch", json!({"Entries": entries})).await.unwrap();
    assert_eq!(answer["Successful"][0]["Id"], "good");
    assert_eq!(answer["Failed"][0]["Id"], "bad");
    assert_eq!(answer["Failed"][0]["Code"], "InvalidMessageContents");
    assert_eq!(sqs.queue("queue").unwrap().counts().visible, 1);
}

#[tokio::test]
async fn a_batch_that_is_wrong_as_a_whole_is_refused_as_a_whole() {
    let sqs = with_queue();
    let entry = |id: &str, size| json!({"Id": id, "MessageBody": "x".repeat(size)});
    let many: Vec<_> = (0..11).map(|n| entry(&n.to_string(), 1)).collect();
    for (entries, kind) in [
        (json!([]), "com.amazonaws.sqs#EmptyBatchRequest"),
        (json!(many), "com.amazonaws.sqs#TooManyEntriesInBatchRequest"),
        (json!([entry("a", 1), entry("a", 1)]), "com.amazonaws.sqs#BatchEntryIdsNotDistinct"),
        (json!([entry("a b", 1)]), "com.amazonaws.sqs#InvalidBatchEntryId"),
        (json!([entry("a", 600_000), entry("b", 600_000)]), "com.amazonaws.sqs#BatchRequestTooLong"),
    ] {
        let error = ask(&sqs, "SendMessageBatch", json!({"Entries": entries})).await.unwrap_err();
        assert_eq!(error.json_type(Service::Sqs), kind);
    }
    assert_eq!(sqs.queue("queue").unwrap().peek(), []);
}

#[tokio::test]
async fn one_bad_handle_does_not_fail_its_neighbours() {
    let sqs = with_queue();
    ask(&sqs, "SendMessage", json!({"MessageBody": "x"})).await.unwrap();
    let received = ask(&sqs, "ReceiveMessage", json!({})).await.unwrap();
    let good = &received["Messages"][0]["ReceiptHandle"];
    let entries = json!([{"Id": "1", "ReceiptHandle": "nonsense"}, {"Id": "2", "ReceiptHandle": good}]);
    let answer = ask(&sqs, "DeleteMessageBatch", json!({"Entries": entries})).await.unwrap();
    assert_eq!(answer["Successful"], json!([{"Id": "2"}]));
    assert_eq!(answer["Failed"][0]["Code"], "ReceiptHandleIsInvalid");
    assert_eq!(sqs.queue("queue").unwrap().peek(), []);
}

#[tokio::test]
async fn numbers_out_of_range_are_refused() {
    let sqs = with_queue();
    for request in [
        json!({"MaxNumberOfMessages": 0}),
        json!({"MaxNumberOfMessages": 11}),
        json!({"WaitTimeSeconds": 21}),
        json!({"VisibilityTimeout": -1}),
        json!({"VisibilityTimeout": 43_201}),
    ] {
        let error = ask(&sqs, "ReceiveMessage", request.clone()).await.unwrap_err();
        assert_eq!(error.query_code().as_deref(), Some("InvalidParameterValue"), "{request}");
    }
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_refused_as_aws_does() {
    let error = ask(&sqs(), "SendMessage", json!({"MessageBody": "x"})).await.unwrap_err();
    assert_eq!(error.json_type(Service::Sqs), "com.amazonaws.sqs#QueueDoesNotExist");
    assert_eq!(error.query_code().as_deref(), Some("AWS.SimpleQueueService.NonExistentQueue"));
}

#[tokio::test]
async fn an_unknown_operation_is_named() {
    let error = call(&sqs(), "BrewCoffee", json!({})).await.unwrap_err();
    assert!(error.to_string().contains("BrewCoffee") && error.code() == "UnknownOperationException");
}

#[tokio::test]
async fn a_receipt_handle_that_is_none_is_a_bad_request() {
    let sqs = with_queue();
    let request = json!({"ReceiptHandle": "nonsense", "VisibilityTimeout": 0});
    for operation in ["DeleteMessage", "ChangeMessageVisibility"] {
        let error = ask(&sqs, operation, request.clone()).await.unwrap_err();
        assert_eq!(
            (error.status.as_u16(), error.json_type(Service::Sqs).as_str()),
            (400, "com.amazonaws.sqs#ReceiptHandleIsInvalid")
        );
    }
}

#[tokio::test]
async fn a_message_says_when_and_by_whom_it_was_sent_and_when_it_was_first_received() {
    let sqs = with_queue();
    let milliseconds = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let before = milliseconds();
    ask(&sqs, "SendMessage", json!({"MessageBody": "x"})).await.unwrap();
    let sent = milliseconds();
    // The clock has to go on, so that the two times differ.
    while milliseconds() == sent {
        tokio::task::yield_now().await;
    }
    let mut receives = Vec::new();
    for _ in 0..2 {
        let request = json!({"MessageSystemAttributeNames": ["All"], "VisibilityTimeout": 0});
        receives
            .push(ask(&sqs, "ReceiveMessage", request).await.unwrap()["Messages"][0]["Attributes"].clone());
    }
    let time =
        |receive: usize, name: &str| receives[receive][name].as_str().unwrap().parse::<u128>().unwrap();
    assert!((before..=sent).contains(&time(0, "SentTimestamp")), "{receives:?}");
    let first = time(0, "ApproximateFirstReceiveTimestamp");
    assert!((sent + 1..=milliseconds()).contains(&first), "{receives:?}");
    assert_eq!(time(1, "ApproximateFirstReceiveTimestamp"), first, "the first, not the latest");
    assert_eq!(receives[1]["ApproximateReceiveCount"], "2");
    assert_eq!(receives[1]["SenderId"], "000000000000");
    let unknown = ask(&sqs, "ReceiveMessage", json!({"AttributeNames": ["Colour"]})).await.unwrap_err();
    assert_eq!(unknown.json_type(Service::Sqs), "com.amazonaws.sqs#InvalidAttributeName");
}

#[tokio::test]
async fn visibility_changes_in_a_batch_answer_for_each_message() {
    let sqs = with_queue();
    ask(&sqs, "SendMessage", json!({"MessageBody": "x"})).await.unwrap();
    let received = ask(&sqs, "ReceiveMessage", json!({})).await.unwrap();
    let good = &received["Messages"][0]["ReceiptHandle"];
    let entry = |id: &str, handle: &Value, timeout| json!({"Id": id, "ReceiptHandle": handle, "VisibilityTimeout": timeout});
    let entries = json!([
        entry("1", good, 0),
        entry("2", good, 0),
        entry("3", &json!("nonsense"), 0),
        entry("4", good, 43_201)
    ]);
    let answer = ask(&sqs, "ChangeMessageVisibilityBatch", json!({"Entries": entries})).await.unwrap();
    assert_eq!(answer["Successful"], json!([{"Id": "1"}, {"Id": "2"}]));
    let codes: Vec<_> = (0..2).map(|n| answer["Failed"][n]["Code"].clone()).collect();
    assert_eq!(codes, ["ReceiptHandleIsInvalid", "InvalidParameterValue"]);
    assert_eq!(sqs.queue("queue").unwrap().counts().visible, 1);
}
