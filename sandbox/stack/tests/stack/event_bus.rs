//! Functions that react to objects (`tests/other-project/stored.yaml`).

use crate::PATIENCE;
use crate::browser::presigned;
use crate::projects::{changed, printed, start, template};
use sandbox::events::{Event, Events};
use sandbox::services::s3::NewObject;
use sandbox::{Stack, TimeScale};
use serde_json::{Value, json};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

async fn put(stack: &Stack, bucket: &str, key: &str, bytes: &str) -> Option<String> {
    let object = NewObject { key: key.into(), bytes: bytes.to_owned().into(), ..NewObject::default() };
    stack.aws().s3().put(bucket, object).await.unwrap().version_id
}

async fn received(events: &mut Receiver<Event>) -> Value {
    serde_json::from_str(&printed(events).await).unwrap()
}

#[tokio::test]
async fn a_function_gets_the_events_of_its_buckets_objects_that_match_and_no_others() {
    let stack = start(Stack::from_template(template("stored.yaml"))).await;
    let mut events = stack.events();
    let (files, silent) = ("local-files", "local-silent");
    put(&stack, silent, "a.json", "test").await; // no EventBridgeConfiguration
    stack.aws().s3().delete(silent, "a.json").await.unwrap();
    put(&stack, files, "a.txt", "test").await; // another suffix
    put(&stack, files, "empty.json", "").await; // too small
    let version = put(&stack, files, "a b+\u{e9}.json", "test").await.unwrap();
    let event = received(&mut events).await;
    assert_eq!((&event["source"], &event["detail-type"]), (&json!("aws.s3"), &json!("Object Created")));
    assert_eq!((&event["account"], &event["region"]), (&json!("000000000000"), &json!("eu-central-1")));
    let detail = &event["detail"];
    assert_eq!((&detail["reason"], &detail["bucket"]["name"]), (&json!("PutObject"), &json!(files)));
    let object = &detail["object"];
    // printf test | md5sum
    let etag = "098f6bcd4621d373cade4e832627b4f6";
    assert_eq!(
        (&object["key"], &object["size"], &object["etag"]),
        (&json!("a b+\u{e9}.json"), &json!(4), &json!(etag))
    );
    assert_eq!(object["version-id"], version);

    stack.aws().s3().delete(files, "a b+\u{e9}.json").await.unwrap();
    let deleted = received(&mut events).await;
    let detail = &deleted["detail"];
    assert_eq!(
        (&deleted["detail-type"], &detail["deletion-type"]),
        (&json!("Object Deleted"), &json!("Delete Marker Created"))
    );
    assert!(detail["object"]["sequencer"].as_str() > object["sequencer"].as_str(), "{deleted} after {event}");
    assert_ne!(deleted["id"], event["id"]);
    stack.stop().await;
}

#[tokio::test]
async fn an_operation_over_http_says_its_name_and_a_version_is_deleted_for_good() {
    let stack = start(Stack::from_template(template("stored.yaml"))).await;
    let mut events = stack.events();
    let endpoint = stack.aws().endpoint_url();
    let host = endpoint.trim_start_matches("http://");
    let client = reqwest::Client::new();
    let send = async |method: reqwest::Method, path: &str, query: &str, source: Option<&str>| {
        let mut request =
            client.request(method.clone(), presigned(method.as_str(), host, path, query)).body("test");
        if let Some(source) = source {
            request = request.header("x-amz-copy-source", source).body("");
        }
        let response = request.send().await.unwrap().error_for_status().unwrap();
        response.headers().get("x-amz-version-id").map(|id| id.to_str().unwrap().to_owned())
    };
    send(reqwest::Method::PUT, "/local-files/a.json", "", None).await;
    assert_eq!(received(&mut events).await["detail"]["reason"], "PutObject");
    let version =
        send(reqwest::Method::PUT, "/local-files/b.json", "", Some("local-files/a.json")).await.unwrap();
    assert_eq!(received(&mut events).await["detail"]["reason"], "CopyObject");
    send(reqwest::Method::DELETE, "/local-files/b.json", &format!("&versionId={version}"), None).await;
    let detail = &received(&mut events).await["detail"];
    assert_eq!(detail["object"]["version-id"], version);
    assert_eq!(detail["deletion-type"], "Permanently Deleted");
}

#[tokio::test]
async fn an_event_whose_function_fails_is_tried_twice_more_with_the_rules_input() {
    let input = (
        "            Pattern:\n",
        "            Input: '{\"say\": \"do-print do-error\"}'\n            Pattern:\n",
    );
    let (_directory, path) = changed("stored.yaml", &[input]);
    let happened = Events::default();
    let mut events = happened.subscribe();
    let builder = Stack::from_template(&path).time_scale(TimeScale::new(100_000.0).unwrap());
    let stack = start(builder.events(&happened)).await;
    put(&stack, "local-files", "a.json", "test").await;
    for _ in 0..3 {
        assert_eq!(printed(&mut events).await, r#"{"say": "do-print do-error"}"#);
    }
    // The next line is the next event's: a fourth try would have come first.
    stack.aws().s3().delete("local-files", "a.json").await.unwrap();
    let next = timeout(PATIENCE, printed(&mut events)).await.unwrap();
    assert!(next.contains("Object Deleted"), "{next}");
}

#[tokio::test]
async fn a_disabled_rule_invokes_nothing() {
    let off = ("            Pattern:\n", "            State: DISABLED\n            Pattern:\n");
    let (_directory, path) = changed("stored.yaml", &[off]);
    let stack = start(Stack::from_template(&path)).await;
    let mut events = stack.events();
    put(&stack, "local-files", "a.json", "test").await;
    stack.aws().s3().delete("local-files", "a.json").await.unwrap();
    assert_eq!(received(&mut events).await["detail-type"], "Object Deleted", "of the other rule");
}
