//! The operations, as a client sees them.

use super::*;
use crate::aws::sqs::tests::{config, sqs};
use serde_json::json;

const URL: &str = "http://127.0.0.1:4566/000000000000/queue";

async fn ask(sqs: &Sqs, operation: &str, mut request: Value) -> Result<Value, WireError> {
    request["QueueUrl"] = json!(URL);
    call(sqs, operation, request).await
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
        "MessageAttributes": {"receipt": {"DataType": "String", "StringValue": "r-1"}},
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
    assert_eq!(message["MessageAttributes"]["receipt"]["StringValue"], "r-1");
    assert_eq!(message["Attributes"]["AWSTraceHeader"], "Root=1-2-3");
    assert_eq!(message["Attributes"]["ApproximateReceiveCount"], "1");
}

#[tokio::test]
async fn attributes_nobody_asked_for_are_left_out() {
    let sqs = with_queue();
    let attributes = json!({"receipt": {"DataType": "String", "StringValue": "r-1"}});
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
        assert_eq!(error.kind, kind);
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
        assert_eq!(error.query_code.as_deref(), Some("InvalidParameterValue"), "{request}");
    }
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_refused_as_aws_does() {
    let error = ask(&sqs(), "SendMessage", json!({"MessageBody": "x"})).await.unwrap_err();
    assert_eq!(error.kind, "com.amazonaws.sqs#QueueDoesNotExist");
    assert_eq!(error.query_code.as_deref(), Some("AWS.SimpleQueueService.NonExistentQueue"));
}

#[tokio::test]
async fn an_unknown_operation_is_named() {
    let error = call(&sqs(), "BrewCoffee", json!({})).await.unwrap_err();
    assert!(error.message.contains("BrewCoffee") && error.kind.ends_with("UnknownOperationException"));
}

#[tokio::test]
async fn the_attributes_of_a_queue_say_how_it_is_set_up_and_what_it_holds() {
    let sqs = with_queue();
    ask(&sqs, "SendMessage", json!({"MessageBody": "x"})).await.unwrap();
    let all = ask(&sqs, "GetQueueAttributes", json!({"AttributeNames": ["All"]})).await.unwrap();
    assert_eq!(all["Attributes"]["ApproximateNumberOfMessages"], "1");
    assert_eq!(all["Attributes"]["VisibilityTimeout"], "30");
    assert_eq!(all["Attributes"]["QueueArn"], "arn:aws:sqs:eu-central-1:000000000000:queue");
    let error = ask(&sqs, "GetQueueAttributes", json!({"AttributeNames": ["Colour"]})).await.unwrap_err();
    assert_eq!(error.kind, "com.amazonaws.sqs#InvalidAttributeName");
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
    assert_eq!(answer["Successful"], json!([{"Id": "1"}]));
    let codes: Vec<_> = (0..3).map(|n| answer["Failed"][n]["Code"].clone()).collect();
    let expected =
        ["AWS.SimpleQueueService.MessageNotInflight", "ReceiptHandleIsInvalid", "InvalidParameterValue"];
    assert_eq!(codes, expected);
    assert_eq!(sqs.queue("queue").unwrap().counts().visible, 1);
}

#[tokio::test]
async fn a_queue_is_created_changed_tagged_and_deleted() {
    let sqs = with_queue();
    let policy = json!({"deadLetterTargetArn": sqs.queue_arn("queue"), "maxReceiveCount": "3"}).to_string();
    let create = |timeout: &str| {
        let attributes = json!({"VisibilityTimeout": timeout, "DelaySeconds": "5", "RedrivePolicy": policy});
        json!({"QueueName": "new", "Attributes": attributes, "tags": {"team": "mail"}})
    };
    let url = call(&sqs, "CreateQueue", create("60")).await.unwrap()["QueueUrl"].clone();
    assert_eq!(call(&sqs, "CreateQueue", create("60")).await.unwrap()["QueueUrl"], url);
    assert_eq!(call(&sqs, "CreateQueue", json!({"QueueName": "new"})).await.unwrap()["QueueUrl"], url);
    let other = call(&sqs, "CreateQueue", create("61")).await.unwrap_err();
    assert_eq!(other.query_code.as_deref(), Some("QueueAlreadyExists"));

    let sources = ask(&sqs, "ListDeadLetterSourceQueues", json!({})).await.unwrap();
    assert_eq!(sources, json!({"queueUrls": [url]}));
    let set = json!({"QueueUrl": url, "Attributes": {"DelaySeconds": "0", "RedrivePolicy": ""}});
    call(&sqs, "SetQueueAttributes", set).await.unwrap();
    let asked = json!({"QueueUrl": url, "AttributeNames": ["All"]});
    let attributes = call(&sqs, "GetQueueAttributes", asked).await.unwrap()["Attributes"].clone();
    assert_eq!((&attributes["VisibilityTimeout"], &attributes["DelaySeconds"]), (&json!("60"), &json!("0")));
    assert!(attributes.get("RedrivePolicy").is_none(), "{attributes}");

    call(&sqs, "TagQueue", json!({"QueueUrl": url, "Tags": {"stage": "test"}})).await.unwrap();
    call(&sqs, "UntagQueue", json!({"QueueUrl": url, "TagKeys": ["team"]})).await.unwrap();
    let tags = call(&sqs, "ListQueueTags", json!({"QueueUrl": url})).await.unwrap();
    assert_eq!(tags, json!({"Tags": {"stage": "test"}}));

    call(&sqs, "DeleteQueue", json!({"QueueUrl": url})).await.unwrap();
    let gone = call(&sqs, "SendMessage", json!({"QueueUrl": url, "MessageBody": "x"})).await.unwrap_err();
    assert_eq!(gone.kind, "com.amazonaws.sqs#QueueDoesNotExist");
}

#[tokio::test]
async fn attributes_that_aws_or_this_queue_can_not_have_are_refused() {
    let sqs = with_queue();
    let itself = json!({"deadLetterTargetArn": sqs.queue_arn("queue"), "maxReceiveCount": 3}).to_string();
    let gone = json!({"deadLetterTargetArn": sqs.queue_arn("gone"), "maxReceiveCount": 3}).to_string();
    for (name, value, code) in [
        ("VisibilityTimeout", "43201", "InvalidAttributeValue"),
        ("VisibilityTimeout", "soon", "InvalidAttributeValue"),
        ("DelaySeconds", "901", "InvalidAttributeValue"),
        ("RedrivePolicy", "{}", "InvalidAttributeValue"),
        ("RedrivePolicy", itself.as_str(), "InvalidAttributeValue"),
        ("RedrivePolicy", gone.as_str(), "InvalidParameterValue"),
        ("FifoQueue", "true", "InvalidAttributeName"),
    ] {
        let request = json!({"Attributes": {name: value}});
        let error = ask(&sqs, "SetQueueAttributes", request).await.unwrap_err();
        assert_eq!(error.query_code.as_deref(), Some(code), "{name} {value}");
    }
    assert_eq!(sqs.queue("queue").unwrap().config(), config("queue"));
}
