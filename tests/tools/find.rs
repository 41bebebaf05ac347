//! `mailroom find`: every place in which an email can be.

use super::found;
use crate::harness::{Moto, Ours, QUEUE, Setup, System, email, named_token};
use email::Receipt;
use sandbox::events::Event;
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};

/// The steps' names of the one email that was found.
fn steps(report: &Value) -> Vec<&str> {
    let steps = report["emails"][0]["steps"].as_array().unwrap();
    steps.iter().map(|step| step["step"].as_str().unwrap()).collect()
}

/// Stores an email, and returns its receipt.
async fn store(system: &System, sender: &str) -> String {
    let receipt = system.post(&email(sender)).await.receipt();
    system.stored(&format!("{sender}_1693561101.json")).await;
    receipt
}

/// Posts an email that becomes a dead letter, and returns its receipt.
async fn bury(system: &Ours, sender: &str) -> String {
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    let receipt = system.post(&email(sender)).await.receipt();
    let url = system.dead_letter_queue_url();
    system.until("a dead letter", async || (system.queued(&url).await == 1).then_some(())).await;
    system.stack.aws().faults().clear();
    receipt
}

/// The first email of a report, which has this state.
fn first<'a>(report: &'a Value, state: &str, certain: bool) -> &'a Value {
    let email = &report["emails"][0];
    assert_eq!((&email["state"], &email["certain"]), (&json!(state), &json!(certain)), "{report:#}");
    email
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_email_is_found_by_its_receipt_with_its_steps_and_its_lines() {
    let system = Ours::start().await;
    for n in 0..3 {
        store(&system, &format!("other {n}")).await;
    }
    let receipt = store(&system, "John doe").await;
    system.logged("filed", 4).await;
    let report = found(&system.run(&["find", &receipt, "--json"]).await, 0);
    let found_email = first(&report, "stored", true);
    assert_eq!(found_email["receipt"], receipt);
    assert_eq!(found_email["object"]["key"], "John doe_1693561101.json");
    assert_eq!(found_email["object"]["bucket"], system.bucket());
    assert_eq!(steps(&report), ["accepted", "received", "stored"]);
    let steps = found_email["steps"].as_array().unwrap();
    assert!(steps[1]["after_ms"].is_number() && steps[2]["after_ms"].is_number(), "{report:#}");
    assert_eq!(found_email["log"][0]["line"]["message"], "accepted");
    assert_eq!(found_email["log"][1]["function"], "worker");
    assert_eq!(found_email.get("content"), None);

    let said = system.run(&["find", &receipt.to_uppercase()]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    for part in ["stored  ", &receipt, "John doe_1693561101.json", "accepted", "\"outcome\":\"new\""] {
        assert!(said.stdout.contains(part), "{part}: {said:#?}");
    }
    assert!(!said.stdout.contains("How are you?"), "its content is shown when asked for: {said:#?}");
    let said = system.run(&["find", &receipt, "--show"]).await;
    assert!(said.stdout.contains("  \"email_content\": \"How are you?\"\n"), "{said:#?}");
    let report = found(&system.run(&["find", &receipt, "--show", "--json"]).await, 0);
    assert_eq!(report["emails"][0]["content"], email("John doe"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_is_that_of_the_email_itself_whether_stored_a_duplicate_or_a_dead_letter() {
    let system = Ours::start_with(Setup::usual().fast()).await;
    let (billing, shop) = (named_token("billing"), named_token("shop"));
    system.set_tokens(&format!("{billing}\n{shop}")).await;
    let first = system.post_token(&billing).await.receipt();
    system.logged("filed", 1).await;
    let second = system.post_token(&shop).await.receipt();
    system.logged("filed", 2).await;
    for (receipt, state, caller) in [(&first, "stored", "billing"), (&second, "duplicate", "shop")] {
        let report = found(&system.run(&["find", receipt, "--json"]).await, 0);
        assert_eq!(
            (&report["emails"][0]["state"], &report["emails"][0]["caller"]),
            (&json!(state), &json!(caller))
        );
    }
    let by_key = system.run(&["find", "--object", "John doe_1693561101.json"]).await;
    let row = by_key.stdout.lines().find(|line| line.trim_start().starts_with("caller"));
    assert!(row.is_some_and(|row| row.ends_with("billing")), "{by_key:#?}");

    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    let lost = json!({"data": email("lost"), "token": shop});
    let receipt = system.post_body(lost.to_string()).await.receipt();
    let url = system.dead_letter_queue_url();
    system.until("a dead letter", async || (system.queued(&url).await == 1).then_some(())).await;
    let letters = system.run(&["dlq", "list", "--json"]).await.json();
    assert_eq!(letters["letters"][0]["caller"], "shop", "{letters:#}");
    let report = found(&system.run(&["find", &receipt, "--json"]).await, 0);
    assert_eq!(report["emails"][0]["caller"], "shop", "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_that_was_sent_twice_is_a_duplicate_the_second_time() {
    let system = Ours::start().await;
    let first = store(&system, "John doe").await;
    let second = system.post(&email("John doe")).await.receipt();
    system.logged("filed", 2).await;
    let report = found(&system.run(&["find", &second, "--json"]).await, 0);
    assert_eq!(report["emails"][0]["state"], "duplicate", "{report:#}");
    assert_eq!(steps(&report), ["accepted", "received", "duplicate"]);
    let report = found(&system.run(&["find", &first, "--json"]).await, 0);
    assert_eq!(report["emails"][0]["state"], "stored", "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_in_the_queue_is_there_as_far_as_can_be_known_and_none_is_received() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let receipt = system.post(&email("John doe")).await.receipt();
    let report = found(&system.run(&["find", &receipt, "--json"]).await, 0);
    let found_email = first(&report, "queued", false);
    assert_eq!(found_email["queue"], json!({"waiting": 1, "received": 0, "delayed": 0}));
    let said = system.run(&["find", &receipt]).await;
    let words = "It is probably among the 1 message in the queue, which SQS can't search";
    assert!(said.stdout.contains(words), "{said:#?}");
    let queue = system.queue(QUEUE);
    assert!(queue.peek().iter().all(|message| message.receive_count == 0), "none of the queue was received");
    let said = system.run(&["find", "--sender", "John doe"]).await;
    assert!(said.code == Some(3) && said.stdout.contains("1 message, which SQS can't search"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_of_a_sender_that_leaves_the_queue_during_the_search_is_counted() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    system.post(&email("John doe")).await;
    system.fail("ListObjectVersions", 503, "SlowDown", Times::Once);
    let mut events = system.events();
    let leaves = async {
        while !matches!(events.recv().await.unwrap(), Event::FaultMet { .. }) {}
        system.queue(QUEUE).purge().unwrap();
    };
    let (said, ()) = tokio::join!(system.run(&["find", "--sender", "John doe"]), leaves);
    assert!(said.code == Some(3) && said.stdout.contains("1 message, which SQS can't search"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_that_can_not_be_stored_is_retrying_with_its_last_error() {
    let system = Ours::start_with(Setup::usual().time_scale(1.0)).await;
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    let receipt = system.post(&email("John doe")).await.receipt();
    system.logged("not filed: given back", 1).await;
    let report = found(&system.run(&["find", &receipt, "--json"]).await, 0);
    let found_email = first(&report, "retrying", true);
    let detail = found_email["detail"].as_str().unwrap();
    assert!(detail.contains("receive 1 failed") && detail.contains("AccessDenied"), "{detail}");
    assert_eq!(steps(&report), ["accepted", "received", "given back"]);
    assert_eq!(system.calls("ListObjectVersions"), 0, "the log says enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_is_found_then_redriven_or_discarded() {
    let system = Ours::start_with(Setup::usual().fast()).await;
    let receipt = bury(&system, "John doe").await;
    let report = found(&system.run(&["find", &receipt, "--json"]).await, 0);
    let found_email = &report["emails"][0];
    assert_eq!(found_email["state"], "dead_letter", "{report:#}");
    assert_eq!(found_email["dead_letter"]["reason"], "not_filed");
    assert_eq!(found_email["log"].as_array().unwrap().len(), 6, "{report:#}");
    let said = system.run(&["find", &receipt, "--show"]).await;
    assert!(said.stdout.contains("dead letter") && said.stdout.contains("How are you?"), "{said:#?}");
    let by_sender = found(&system.run(&["find", "--sender", "John doe", "--json"]).await, 0);
    assert_eq!(by_sender["emails"][0]["receipt"], receipt);
    assert_eq!(system.queued(&system.dead_letter_queue_url()).await, 1);
    let message_id = found_email["dead_letter"]["message_id"].as_str().unwrap();
    let by_message = found(&system.run(&["find", message_id, "--json"]).await, 0);
    assert_eq!(by_message["emails"][0]["dead_letter"]["message_id"], message_id, "{by_message:#}");

    assert_eq!(system.run(&["dlq", "redrive", "--only", "not_filed"]).await.code, Some(0));
    system.stored("John doe_1693561101.json").await;
    system.logged("filed", 1).await;
    let report = found(&system.run(&["find", &receipt, "--json"]).await, 0);
    assert_eq!(report["emails"][0]["state"], "stored", "{report:#}");
    let by_message = found(&system.run(&["find", message_id, "--json"]).await, 0);
    assert_eq!(by_message["emails"][0]["receipt"], receipt, "the log knows the id: {by_message:#}");
    let tail = steps(&report);
    assert_eq!(tail[tail.len() - 3..], ["redriven", "received", "stored"], "{report:#}");

    let lost = bury(&system, "lost").await;
    let saved = tempfile::tempdir().unwrap();
    let save = saved.path().join("saved.ndjson");
    let discard = ["dlq", "discard", "--id", &lost, "--yes", "--save", super::argument(&save)];
    assert_eq!(system.run(&discard).await.code, Some(0));
    let report = found(&system.run(&["find", &lost, "--json"]).await, 3);
    first(&report, "discarded", false);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_found_by_its_object_and_a_deleted_one_in_its_version() {
    let system = Ours::start().await;
    let receipt = store(&system, "John doe").await;
    system.logged("filed", 1).await;
    find_by_object(&system, &receipt).await;
}

#[tokio::test]
async fn moto_finds_an_email_by_its_object_and_a_deleted_one_in_its_version() {
    let Some(system) = Moto::start_with(Setup::usual()).await else { return };
    let receipt = store(&system, "John doe").await;
    system.logged("filed", 1).await;
    write_logs(&system).await;
    find_by_object(&system, &receipt).await;
}

/// Puts what the functions printed where Lambda puts it.
async fn write_logs(system: &System) {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&system.sdk_config().await);
    for (function, message) in [("api", "accepted"), ("worker", "filed")] {
        let group = format!("/aws/lambda/{}-{function}", system.stack_name());
        logs.create_log_group().log_group_name(&group).send().await.unwrap();
        logs.create_log_stream().log_group_name(&group).log_stream_name("one").send().await.unwrap();
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
        let events = system.log.with_message(message).into_iter().map(|line| {
            let event = aws_sdk_cloudwatchlogs::types::InputLogEvent::builder();
            event.timestamp(i64::try_from(now).unwrap()).message(line.to_string()).build().unwrap()
        });
        let put = logs.put_log_events().log_group_name(&group).log_stream_name("one");
        put.set_log_events(Some(events.collect())).send().await.unwrap();
    }
}

async fn find_by_object(system: &System, receipt: &str) {
    let key = "John doe_1693561101.json";
    system.put_object("bare.json", "{\"a\":\"\u{1b}[2J\"}").await;
    let report = found(&system.run(&["find", "--object", key, "--json"]).await, 0);
    assert_eq!(report["emails"][0]["receipt"], receipt, "{report:#}");
    assert_eq!(report["emails"][0]["state"], "stored");

    system.s3.delete_object().bucket(system.bucket()).key(key).send().await.unwrap();
    for arguments in [vec!["find", "--object", key], vec!["find", receipt]] {
        let report = found(&system.run(&[&arguments[..], &["--json", "--show"]].concat()).await, 0);
        let found_email = &report["emails"][0];
        assert_eq!(found_email["state"], "deleted", "{report:#}");
        assert_eq!(found_email["content"], email("John doe"));
        assert_eq!(steps(&report).last(), Some(&"deleted"));
    }

    let said = system.run(&["find", "--object", "bare.json", "--show"]).await;
    assert!(said.code == Some(0) && said.stdout.contains("no receipt"), "{said:#?}");
    assert!(said.stdout.contains("{\"a\":\"\u{fffd}[2J\"}"), "{said:#?}");
    let said = system.run(&["find", "--object", "bare", "--json"]).await;
    assert_eq!((said.code, said.json()["found"].clone()), (Some(3), json!(false)), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_without_a_trace_is_not_found_and_what_was_searched_is_said() {
    let system = Ours::start().await;
    store(&system, "John doe").await;
    let nobody = Receipt::new().to_string();
    let said = system.run(&["find", &nobody]).await;
    assert_eq!(said.code, Some(3), "{said:#?}");
    for part in ["not found", &nobody, "no log line, no dead letter", "has its receipt"] {
        assert!(said.stdout.contains(part), "{part}: {said:#?}");
    }
    // From the year 10889, and from 2025.
    for old in ["ffffffff-ffff-7fff-bfff-ffffffffffff", "0198c0de-0000-7000-8000-000000000001"] {
        let report = found(&system.run(&["find", old, "--json"]).await, 3);
        assert_eq!(report["emails"][0]["state"], "not_found", "{report:#}");
    }
    let said = system.run(&["find", "John doe"]).await;
    assert!(said.code == Some(2) && said.stderr.contains("neither a receipt nor a message id"), "{said:#?}");
    let said = system.run(&["find"]).await;
    assert!(said.code == Some(2) && said.stderr.contains("--sender"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_email_that_is_gone_is_not_accounted_for() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let receipt = system.post(&email("John doe")).await.receipt();
    // This should never be done.
    system.sqs.purge_queue().queue_url(system.queue_url()).send().await.unwrap();
    let report = found(&system.run(&["find", &receipt, "--json"]).await, 3);
    assert_eq!(report["emails"][0]["state"], "not_accounted_for", "{report:#}");
    // A worker that was killed between writing and its line.
    let put = system.s3.put_object().bucket(system.bucket()).key("John doe_1693561101.json");
    put.metadata(Receipt::NAME, &receipt).body(b"{}".to_vec().into()).send().await.unwrap();
    let report = found(&system.run(&["find", &receipt, "--json"]).await, 0);
    assert_eq!(report["emails"][0]["state"], "stored", "{report:#}");
    assert_eq!(report["emails"][0]["steps"][1]["detail"], "by the bucket: the log has no line");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emails_of_a_sender_are_listed_and_those_of_similar_senders_are_not() {
    let system = Ours::start().await;
    let hostile = "a\u{1b}[2J\u{202e}";
    for sender in ["a", "a_1", "a b", hostile] {
        for timestamp in ["1693561101", "1693561102"] {
            let mut data = email(sender);
            data["email_timestream"] = timestamp.into();
            system.post(&data).await.receipt();
        }
    }
    system.stored_keys(8).await;
    // No XML can hold this key, which somebody wrote by hand.
    system.put_object("a_\u{1b}[2J.json", "{}").await;
    let keys = |report: &Value| {
        let emails = report["emails"].as_array().unwrap().clone();
        let mut keys: Vec<_> =
            emails.iter().map(|email| email["object"]["key"].as_str().unwrap().to_owned()).collect();
        keys.sort();
        keys
    };
    let report = found(&system.run(&["find", "--sender", "a", "--json"]).await, 0);
    assert_eq!(keys(&report), ["a_1693561101.json", "a_1693561102.json"]);
    let report = found(&system.run(&["find", "--sender", hostile, "--json", "--show"]).await, 0);
    assert_eq!(keys(&report).len(), 2, "{report:#}");
    assert_eq!(report["emails"][0]["content"]["email_sender"], hostile);
    let said = system.run(&["find", "--sender", hostile, "--show"]).await;
    assert!(said.code == Some(0) && !said.stdout.contains(['\u{1b}', '\u{202e}']), "{said:#?}");
    let said = system.run(&["find", "--sender", "a", "--max", "1"]).await;
    assert!(said.stdout.contains("1 email more: --max N lists them"), "{said:#?}");
    let said = system.run(&["find", "--sender", "a", "--since", "2999-01-01T00:00:00Z"]).await;
    assert!(said.code == Some(3) && said.stdout.contains("not found"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_emails_of_a_sender_are_found_in_the_dated_layout_whatever_their_day() {
    let system = Ours::start_with(Setup::usual().parameter("ObjectKeyLayout", "dated")).await;
    let receipt = system.post(&email("a/b")).await.receipt();
    system.post(&email("b")).await.receipt();
    system.stored_keys(2).await;
    system.logged("filed", 2).await;
    let report = found(&system.run(&["find", "--sender", "a/b", "--json"]).await, 0);
    assert_eq!(
        (&report["emails"][0]["receipt"], report["emails"].as_array().unwrap().len()),
        (&json!(receipt), 1)
    );
    assert_eq!(steps(&report), ["accepted", "received", "stored"], "the only one is shown whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_asked_is_an_error_that_names_the_right() {
    let system = Ours::start().await;
    let receipt = store(&system, "John doe").await;
    system.logged("filed", 1).await;
    let refused = Fault::Error { status: 403, code: "AccessDenied".to_owned() };
    system.fault("ListObjectVersions", refused, Times::Always);
    let said = system.run(&["find", &receipt]).await;
    assert!(said.code == Some(1) && said.stderr.contains("docs/TOOLS.md"), "{said:#?}");
    assert!(!format!("{said:?}").contains("John doe"), "an error holds no key: {said:#?}");
}
