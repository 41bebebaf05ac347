//! Queues: how they are set up, what they say of themselves and what they do for those who don't say.

use super::*;

#[tokio::test]
async fn the_attributes_of_a_queue_say_how_it_is_set_up_and_what_it_holds() {
    let sqs = with_queue();
    ask(&sqs, "SendMessage", json!({"MessageBody": "x"})).await.unwrap();
    let all = ask(&sqs, "GetQueueAttributes", json!({"AttributeNames": ["All"]})).await.unwrap();
    assert_eq!(all["Attributes"]["MessageRetentionPeriod"], "345600");
    assert_eq!(all["Attributes"]["VisibilityTimeout"], "30");
    assert_eq!(all["Attributes"]["QueueArn"], "arn:aws:sqs:eu-central-1:000000000000:queue");
    let error = ask(&sqs, "GetQueueAttributes", json!({"AttributeNames": ["Colour"]})).await.unwrap_err();
    assert_eq!(error.code(), "InvalidAttributeName");
}

#[tokio::test]
async fn a_message_is_counted_as_visible_in_flight_or_delayed() {
    let sqs = with_queue();
    for delay in [0, 0, 0, 60, 60, 0] {
        ask(&sqs, "SendMessage", json!({"MessageBody": "x", "DelaySeconds": delay})).await.unwrap();
    }
    ask(&sqs, "ReceiveMessage", json!({})).await.unwrap();
    let kinds = ["", "NotVisible", "Delayed"].map(|kind| format!("ApproximateNumberOfMessages{kind}"));
    let answer = ask(&sqs, "GetQueueAttributes", json!({"AttributeNames": kinds})).await.unwrap();
    let counts = kinds.map(|kind| answer["Attributes"][kind].as_str().unwrap().to_owned());
    assert_eq!(counts, ["3", "1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_say_how_long_to_wait_or_to_delay_gets_what_the_queue_says() {
    let sqs = with_queue();
    let attributes = json!({"DelaySeconds": "5", "ReceiveMessageWaitTimeSeconds": "20"});
    ask(&sqs, "SetQueueAttributes", json!({"Attributes": attributes})).await.unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(ask(&sqs, "ReceiveMessage", json!({})).await.unwrap(), json!({}));
    assert_eq!(start.elapsed().as_secs(), 20);
    ask(&sqs, "SendMessage", json!({"MessageBody": "late"})).await.unwrap();
    ask(&sqs, "SendMessage", json!({"MessageBody": "now", "DelaySeconds": 0})).await.unwrap();
    for (body, seconds) in [("now", 0), ("late", 5)] {
        let start = tokio::time::Instant::now();
        let received = ask(&sqs, "ReceiveMessage", json!({})).await.unwrap();
        assert_eq!((&received["Messages"][0]["Body"], start.elapsed().as_secs()), (&json!(body), seconds));
    }
    let longer =
        ask(&sqs, "SendMessage", json!({"MessageBody": "x", "DelaySeconds": 901})).await.unwrap_err();
    assert_eq!(longer.query_code().as_deref(), Some("InvalidParameterValue"));
}

#[tokio::test]
async fn a_queue_is_created_changed_tagged_and_deleted() {
    let sqs = with_queue();
    let policy =
        json!({"deadLetterTargetArn": sqs.context.queue_arn("queue"), "maxReceiveCount": "3"}).to_string();
    let create = |timeout: &str| {
        let attributes = json!({"VisibilityTimeout": timeout, "DelaySeconds": "5", "RedrivePolicy": policy});
        json!({"QueueName": "new", "Attributes": attributes, "tags": {"team": "jobs"}})
    };
    let url = call(&sqs, "CreateQueue", create("60")).await.unwrap()["QueueUrl"].clone();
    assert_eq!(call(&sqs, "CreateQueue", create("60")).await.unwrap()["QueueUrl"], url);
    assert_eq!(call(&sqs, "CreateQueue", json!({"QueueName": "new"})).await.unwrap()["QueueUrl"], url);
    let other = call(&sqs, "CreateQueue", create("61")).await.unwrap_err();
    assert_eq!(other.query_code().as_deref(), Some("QueueAlreadyExists"));

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
    assert_eq!(gone.code(), "QueueDoesNotExist");
}
