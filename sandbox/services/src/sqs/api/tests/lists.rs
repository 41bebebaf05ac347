//! Lists: their pages, and that AWS leaves out the empty ones.

use super::*;
use crate::sqs::tests::redriven;

#[tokio::test]
async fn an_answer_has_no_empty_list_and_no_null() {
    let sqs = sqs();
    let all = async |operation, request: Value| call(&sqs, operation, request).await.unwrap();
    assert_eq!(all("ListQueues", json!({})).await, json!({}));
    sqs.create_queue(config("queue")).unwrap();
    sqs.create_queue(redriven("source", "queue", 1)).unwrap();
    let source = json!({"QueueUrl": "source"});
    assert_eq!(all("ListDeadLetterSourceQueues", source.clone()).await, json!({}));
    assert_eq!(all("ListQueueTags", source.clone()).await, json!({}));
    assert_eq!(all("ReceiveMessage", source).await, json!({}));
    let moves = json!({"SourceArn": sqs.context.queue_arn("queue")});
    assert_eq!(all("ListMessageMoveTasks", moves).await, json!({}));

    let entries = json!([{"Id": "1", "MessageBody": "x"}]);
    let sent = ask(&sqs, "SendMessageBatch", json!({"Entries": entries})).await.unwrap();
    assert!(sent.get("Failed").is_none() && !sent.to_string().contains("null"), "{sent}");
    let received = ask(&sqs, "ReceiveMessage", json!({})).await.unwrap();
    assert!(!received.to_string().contains("null"), "{received}");
    let handle =
        |id: &str, handle: &Value| json!({"Id": id, "ReceiptHandle": handle, "VisibilityTimeout": 1});
    let entries = json!([handle("1", &received["Messages"][0]["ReceiptHandle"])]);
    for operation in ["ChangeMessageVisibilityBatch", "DeleteMessageBatch"] {
        let answer = ask(&sqs, operation, json!({"Entries": entries})).await.unwrap();
        assert_eq!(answer, json!({"Successful": [{"Id": "1"}]}));
        let none = json!({"Entries": [handle("1", &json!("nonsense"))]});
        let answer = ask(&sqs, operation, none).await.unwrap();
        assert!(answer.get("Successful").is_none(), "{answer}");
    }
}

#[tokio::test]
async fn queues_are_listed_in_pages_of_the_size_that_was_asked_for() {
    let sqs = sqs();
    for name in ["a-1", "a-2", "a-3", "b-1"] {
        sqs.create_queue(config(name)).unwrap();
    }
    let names = |answer: &Value, list: &str| -> Vec<String> {
        let urls = answer[list].as_array().unwrap().iter();
        urls.map(|url| url.as_str().unwrap().rsplit('/').next().unwrap().to_owned()).collect()
    };
    let page = async |token: Option<&Value>| {
        let request = json!({"QueueNamePrefix": "a-", "MaxResults": 2, "NextToken": token});
        call(&sqs, "ListQueues", request).await.unwrap()
    };
    let first = page(None).await;
    assert_eq!(names(&first, "QueueUrls"), ["a-1", "a-2"]);
    let second = page(Some(&first["NextToken"])).await;
    assert_eq!(names(&second, "QueueUrls"), ["a-3"]);
    sqs.queues.delete(&sqs.queue("a-2").unwrap());
    assert_eq!(page(Some(&first["NextToken"])).await, second, "the last queue of the first page is gone");
    assert!(second.get("NextToken").is_none(), "{second}");
    let all = call(&sqs, "ListQueues", json!({})).await.unwrap();
    assert_eq!(names(&all, "QueueUrls"), ["a-1", "a-3", "b-1"]);
    for wrong in [json!({"MaxResults": 0}), json!({"MaxResults": 1_001}), json!({"NextToken": "nonsense"})] {
        let error = call(&sqs, "ListQueues", wrong.clone()).await.unwrap_err();
        assert_eq!(error.query_code().as_deref(), Some("InvalidParameterValue"), "{wrong}");
    }
    for name in ["c-1", "c-2"] {
        sqs.create_queue(redriven(name, "b-1", 1)).unwrap();
    }
    let request = json!({"QueueUrl": "b-1", "MaxResults": 1});
    let sources = call(&sqs, "ListDeadLetterSourceQueues", request).await.unwrap();
    assert_eq!(names(&sources, "queueUrls"), ["c-1"]);
    assert!(sources["NextToken"].is_string(), "{sources}");
}
