//! Metrics in the functions' lines for CloudWatch.

pub(crate) mod line;

use crate::harness::{Ours, Setup, System, email, refusal, request, root};
use line::{ALL_REASONS, Told};
use reqwest::Method;
use sandbox::Stack;
use sandbox::events::Event;
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const API: &str = "local-api";
const WORKER: &str = "local-worker";

/// The metrics of `function` once it has printed so many lines: one per invocation, and one in `api`'s init.
async fn told(system: &System, function: &str, lines: usize) -> Told {
    let what = format!("{lines} lines of metrics");
    let told = system.until(&what, async || {
        let told = Told::by(function, &system.log.lines());
        (told.lines.len() >= lines).then_some(told)
    });
    let told = told.await;
    assert_eq!(told.lines.len(), lines, "{told:?}");
    told
}

#[tokio::test]
async fn what_is_accepted_is_counted_and_its_way_to_sqs_measured() {
    let system = Ours::start().await;
    for n in 0..3 {
        assert_eq!(system.post(&email(&format!("sender {n}"))).await.status, 200);
    }
    let told = told(&system, API, 4).await;
    assert_eq!(told.sum("Accepted"), 3.0);
    assert_eq!(told.values("SqsSendLatency").len(), 3);
    assert_eq!((told.sum("TokenRefreshes"), told.sum("ColdStarts")), (1.0, 1.0));
    for name in ["Refused", "TokenRefreshFailures"] {
        assert_eq!(told.values(name), [0.0; 0], "{name} did not happen");
    }
}

#[tokio::test]
async fn what_is_refused_is_counted_by_its_reason() {
    let system = Ours::start().await;
    system.send(Method::POST, "/nowhere", &[], "").await;
    system.send(Method::PUT, "/api/email", &[], "").await;
    system.send(Method::POST, "/", &[("content-encoding", "gzip")], "compressed").await;
    system.post_body("no JSON").await;
    system.post(&json!({})).await;
    system.post_token("wrong").await;
    let mut large = email("John doe");
    large["email_content"] = json!("\u{ffff}".repeat(200_000));
    system.post(&large).await;
    system.fail("SendMessage", 400, "QueueDoesNotExist", Times::Always);
    system.post(&email("John doe")).await;
    let told = told(&system, API, 9).await;
    let reasons: Vec<_> = told.lines.iter().filter_map(|line| line["Reason"].as_str()).collect();
    let [expected @ .., "bug"] = ALL_REASONS else {
        panic!("the last reason is one that no request can cause")
    };
    assert_eq!(reasons, expected);
    assert_eq!((told.values("Refused"), told.sum("Accepted")), (vec![1.0; 8], 0.0));
    assert_eq!(told.values("SqsSendLatency").len(), 1, "SQS was asked for the last one alone, in vain");
}

#[tokio::test]
async fn each_fetch_of_the_tokens_is_counted_and_each_that_brings_none_as_failed() {
    let system = Ours::start().await;
    system.fail("GetParameter", 400, "AccessDeniedException", Times::Always);
    assert_eq!(system.send(Method::GET, "/health", &[], "").await.status, 200);
    // The init's line, and the cold start that the health check was.
    let told_first = told(&system, API, 2).await;
    assert_eq!((told_first.sum("TokenRefreshes"), told_first.sum("TokenRefreshFailures")), (1.0, 1.0));

    system.stack.aws().faults().clear();
    system.set_tokens("\r\n").await;
    system
        .until("a fetch of the empty parameter", async || {
            assert_eq!(system.post_token("x").await.status, 503);
            (system.calls("GetParameter") > 1).then_some(())
        })
        .await;
    let lines = system.log.with_message("refused").len();
    let told = told(&system, API, 2 + lines).await;
    assert_eq!(told.sum("TokenRefreshes"), 2.0, "fetched twice");
    assert_eq!(told.sum("TokenRefreshFailures"), 2.0, "an answer without a token in it is none");
}

#[tokio::test]
async fn what_is_filed_is_counted_apart_from_duplicates_collisions_and_poison() {
    let system = Ours::start().await;
    let mut other = email("John doe");
    other["email_content"] = json!("Something else");
    for body in [email("John doe"), email("John doe"), other, json!("poison")] {
        system.work(&[body.to_string()]).await;
    }
    let told = told(&system, WORKER, 4).await;
    assert_eq!(told.sum("Filed"), 2.0, "{told:?}");
    assert_eq!((told.sum("Duplicates"), told.sum("NameCollisions")), (1.0, 1.0), "{told:?}");
    assert_eq!((told.sum("Poison"), told.sum("FailedWrites")), (1.0, 0.0), "{told:?}");
    assert_eq!(told.values("S3PutLatency").len(), 4, "one for each, and a second one for the collision");
}

#[tokio::test]
async fn what_is_given_back_is_counted_and_the_write_measured() {
    let system = Ours::start().await;
    let faults = system.stack.aws().faults();
    faults.set_matching("PutObject", "refused_", refusal(403, "AccessDenied"), Times::Always);
    assert_eq!(system.work(&[email("refused"), email("good")].map(|data| data.to_string())).await, ["m-0"]);
    let told = told(&system, WORKER, 1).await;
    assert_eq!((told.sum("FailedWrites"), told.sum("Filed")), (1.0, 1.0));
    assert_eq!(told.values("S3PutLatency").len(), 2);
}

#[tokio::test]
async fn what_the_deadline_cuts_off_is_counted_and_measured_all_the_same() {
    let system = Ours::start_with(Setup::usual().change("Timeout: 30 #", "Timeout: 4 #")).await;
    system.fault("PutObject", Fault::Stall, Times::Always);
    assert_eq!(system.work(&[email("John doe").to_string()]).await, ["m-0"]);
    let told = told(&system, WORKER, 1).await;
    assert_eq!(told.sum("FailedWrites"), 1.0);
    let [waited] = told.values("S3PutLatency")[..] else { panic!("{told:?}") };
    assert!(waited > 1_000.0, "{waited} ms");
}

#[tokio::test]
async fn the_age_counts_from_the_acknowledgement_in_seconds() {
    let system = Ours::start().await;
    let hour_ago = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs(3_600);
    let record = json!({
        "messageId": "m", "body": email("John doe").to_string(), "messageAttributes": {},
        "attributes": {"SentTimestamp": hour_ago.as_millis().to_string()},
    });
    // Twice: a second delivery doesn't count.
    for _ in 0..2 {
        system.invoke("WorkerFunction", &json!({"Records": [record]})).await;
    }
    let told = told(&system, WORKER, 2).await;
    let [age] = told.values("AgeWhenFiled")[..] else { panic!("{told:?}") };
    assert!((3_600.0..4_200.0).contains(&age), "{age} s");
}

#[tokio::test]
async fn an_email_that_comes_through_the_queue_has_an_age() {
    let system = Ours::start().await;
    system.post(&email("John doe")).await;
    let told = told(&system, WORKER, 1).await;
    assert_eq!((told.sum("Filed"), told.values("AgeWhenFiled").len()), (1.0, 1));
}

#[tokio::test]
async fn each_instance_has_one_cold_start() {
    let system = Ours::start().await;
    let mut events = system.events();
    system.fault("PutObject", Fault::Delay(Duration::from_secs(1)), Times::N(3));
    let bodies = |n: usize| [email(&format!("sender {n}")).to_string()];
    let (one, two, three) = (bodies(1), bodies(2), bodies(3));
    let _ = futures::join!(system.work(&one), system.work(&two), system.work(&three));
    system.work(&bodies(4)).await;
    let told = told(&system, WORKER, 4).await;
    let mut instances = 0.0;
    while let Ok(event) = events.try_recv() {
        if matches!(event, Event::InstanceStarted { function, .. } if function == WORKER) {
            instances += 1.0;
        }
    }
    assert!(instances > 1.0, "they ran at the same time");
    assert_eq!(told.sum("ColdStarts"), instances);
}

#[tokio::test]
async fn more_writes_than_a_line_holds_are_told_in_two_lines_and_everything_else_once() {
    let system = Ours::start().await;
    // Each write is refused at once, since a busy machine might not finish so many in the function's time.
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    let bodies: Vec<_> = (0..101).map(|n| email(&format!("sender {n}")).to_string()).collect();
    assert_eq!(system.work(&bodies).await.len(), 101);
    let told = told(&system, WORKER, 2).await;
    assert_eq!(told.lines[0]["request_id"], told.lines[1]["request_id"]);
    assert_eq!(told.values("S3PutLatency").len(), 101);
    assert_eq!((told.values("FailedWrites"), told.values("ColdStarts")), (vec![101.0], vec![1.0]));
}

#[tokio::test]
async fn a_line_of_metrics_belongs_to_the_invocation_that_the_log_names() {
    let system = Ours::start().await;
    system.post(&email("John doe")).await;
    let told = told(&system, API, 2).await;
    let accepted = system.logged("accepted", 1).await.remove(0);
    assert_eq!(told.lines[0].get("request_id"), None, "the init has no request");
    assert_eq!(told.lines[1]["request_id"], accepted["request_id"]);
}

#[tokio::test]
async fn a_line_of_metrics_holds_nothing_of_a_request() {
    let system = Ours::start().await;
    let body: Value = request(&email("canary"));
    system.post_body(body.to_string()).await;
    let told = told(&system, API, 2).await;
    let known = ["FunctionName", "request_id", "_aws", "Accepted", "SqsSendLatency", "ColdStarts"];
    let members = told.lines[1].as_object().unwrap();
    assert!(members.keys().all(|name| known.contains(&name.as_str())), "{members:?}");
}

#[tokio::test]
async fn no_level_can_be_chosen_at_which_lambda_would_drop_the_metrics() {
    // It takes a line without a level for INFO.
    for level in ["WARN", "ERROR", "FATAL"] {
        let stack = Stack::from_template(root().join("template.yaml")).parameter("LogLevel", level);
        let error = stack.start().await.map(drop).unwrap_err().to_string();
        assert!(error.contains("LogLevel"), "{error}");
    }
}
