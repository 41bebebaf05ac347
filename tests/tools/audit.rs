//! `mailroom audit`

use super::found;
use crate::harness::{DEAD_LETTER_QUEUE, Moto, Ours, QUEUE, Setup, System, email};
use email::Receipt;
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Looks for everything once: nothing here takes longer to arrive.
const AUDIT: [&str; 4] = ["audit", "--json", "--settle", "0s"];

/// The numbers of an audit: accepted, filed, queued, dead, missing.
fn numbers(account: &Value) -> [u64; 5] {
    ["accepted", "filed", "queued", "dead", "missing"].map(|name| account[name].as_u64().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_accepted_email_is_found_where_it_is() {
    let system = Ours::start_with(Setup::usual().fast()).await;
    let mut receipts = Vec::new();
    for n in 0..6 {
        receipts.push(system.post(&email(&format!("sender {n}"))).await.receipt());
    }
    system.stored_keys(6).await;
    system.queue_drained().await;
    assert_eq!(numbers(&found(&system.run(&AUDIT).await, 0)), [6, 6, 0, 0, 0]);
    let said = system.run(&["audit"]).await;
    assert!(said.stdout.contains("accepted 6, stored 6, not accounted for 0, missing 0"), "{said:#?}");

    let refused = sandbox::services::faults::Fault::Error { status: 403, code: "AccessDenied".to_owned() };
    system.fault("PutObject", refused, sandbox::services::faults::Times::Always);
    system.post(&email("dead")).await.receipt();
    let died = async || (system.queued(&system.dead_letter_queue_url()).await == 1).then_some(());
    system.until("a dead letter", died).await;
    assert_eq!(numbers(&found(&system.run(&AUDIT).await, 0)), [7, 6, 0, 1, 0]);
    // Somebody is looking at it.
    let receive = system.sqs.receive_message().queue_url(system.dead_letter_queue_url());
    receive.visibility_timeout(43_200).send().await.unwrap();
    let account = found(&system.run(&AUDIT).await, 3);
    assert_eq!((numbers(&account), &account["not_accounted_for"]), ([7, 6, 0, 0, 0], &json!(1)));
    let said = system.run(&["audit", "--settle", "0s"]).await;
    let words = ["another receiver has 1 dead letter", "retrying, receive 5", "AccessDenied"];
    assert!(said.code == Some(3) && words.iter().all(|word| said.stdout.contains(word)), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn emails_of_a_canary_are_left_out_and_counted_apart() {
    let system = Ours::start().await;
    for sender in ["mailroom-canary-8f6d3a10", "mailroom-canary", "John doe"] {
        system.post(&email(sender)).await.receipt();
    }
    system.stored_keys(3).await;
    system.queue_drained().await;
    let account = found(&system.run(&AUDIT).await, 0);
    assert_eq!((numbers(&account), &account["canary"]), ([2, 2, 0, 0, 0], &json!(1)));
    let said = system.run(&["audit"]).await;
    assert!(said.stdout.contains("accepted 2, stored 2, "), "{said:#?}");
    assert!(said.stdout.contains("1 email of the canary left out"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_not_accounted_for_and_more_than_the_queue_holds_is_missing() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let lost = system.post(&email("lost")).await.receipt();
    // This should never be done.
    system.sqs.purge_queue().queue_url(system.queue_url()).send().await.unwrap();
    for n in 0..3 {
        system.post(&email(&format!("sender {n}"))).await.receipt();
    }
    let account = found(&system.run(&AUDIT).await, 3);
    assert_eq!((numbers(&account), &account["not_accounted_for"]), ([4, 0, 3, 0, 1], &json!(3)));
    assert_eq!(account["missing_receipts"], json!([]), "one of four: nobody can tell which");
    let receipts = account["not_accounted_for_receipts"].as_array().unwrap();
    assert!(receipts.len() == 4 && receipts.contains(&json!(lost)), "{account}");
    let said = system.run(&["audit", "--settle", "0s"]).await;
    let words = ["missing 1", "not accounted for 3", "the queue holds 3 messages", "At least 1", &lost];
    assert!(words.iter().all(|word| said.stdout.contains(word)), "{said:#?}");
    let receives = |queue: &str| {
        system.queue(queue).peek().iter().map(|message| message.receive_count).collect::<Vec<_>>()
    };
    assert_eq!(receives(QUEUE), [0; 3], "none of the queue's was received");

    let young = found(
        &system.run(&["audit", "--json", "--settle", "0s", "--since", "2999-01-01T00:00:00Z"]).await,
        0,
    );
    assert_eq!(numbers(&young), [0; 5], "none was accepted since then");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_somebody_else_does_not_stand_for_a_lost_email() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let lost = system.post(&email("lost")).await.receipt();
    system.sqs.purge_queue().queue_url(system.queue_url()).send().await.unwrap();
    system.enqueue("put there by hand", None).await;
    let account = found(&system.run(&AUDIT).await, 3);
    assert_eq!((numbers(&account), &account["not_accounted_for"]), ([1, 0, 1, 0, 0], &json!(1)));
    assert_eq!(account["not_accounted_for_receipts"], json!([lost]));

    let message = &system.receive(system.queue_url()).await[0];
    let delete = system.sqs.delete_message().queue_url(system.queue_url());
    delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
    let account = found(&system.run(&AUDIT).await, 3);
    assert_eq!((numbers(&account), &account["not_accounted_for"]), ([1, 0, 0, 0, 1], &json!(0)));
    assert_eq!(account["missing_receipts"], json!([lost]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_whose_clock_is_behind_that_of_the_acceptance_is_found() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    // By the clock of `api`, which is four minutes ahead of that of S3.
    let ahead = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(240);
    let digits = format!("{:012x}", ahead.as_millis());
    let receipt = format!("{}-{}-7000-8000-000000000001", &digits[..8], &digits[8..]);
    let api = format!("/aws/lambda/{}-api", system.stack_name());
    let line = json!({"level": "INFO", "message": "accepted", "receipt": receipt});
    system.stack.aws().logs().group(&api).new_stream("api").put(&line.to_string());
    let put = system.s3.put_object().bucket(system.bucket()).key("early_1693561101.json");
    put.metadata(Receipt::NAME, &receipt).body(b"{}".to_vec().into()).send().await.unwrap();
    let account = found(&system.run(&AUDIT).await, 0);
    assert_eq!((numbers(&account), &account["filed_without_log"]), ([1, 1, 0, 0, 0], &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_that_may_have_expired_is_not_missing() {
    for (days, past, missing, code) in [("1", 1, 0, 0), ("3", 0, 1, 3), ("0", 0, 1, 3)] {
        let setup = Setup::usual().unpolled().parameter("EmailRetentionDays", days);
        let system = Ours::start_with(setup).await;
        let accepted = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_hours(48);
        let digits = format!("{:012x}", accepted.as_millis());
        let receipt = format!("{}-{}-7000-8000-000000000001", &digits[..8], &digits[8..]);
        let api = format!("/aws/lambda/{}-api", system.stack_name());
        let line = json!({"level": "INFO", "message": "accepted", "receipt": receipt});
        system.stack.aws().logs().group(&api).new_stream("api").put(&line.to_string());
        let account = found(&system.run(&AUDIT).await, code);
        assert_eq!(
            (numbers(&account)[4], &account["past_retention"]),
            (missing, &json!(past)),
            "{days} days"
        );
        let said = system.run(&["audit", "--settle", "0s"]).await;
        assert_eq!(said.stdout.contains("1 more email past retention"), past == 1, "{said:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_log_does_not_say_the_bucket_does() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let receipt = system.post(&email("silent")).await.receipt();
    system.sqs.purge_queue().queue_url(system.queue_url()).send().await.unwrap();
    // A worker that was killed between writing and its line.
    // XML can't hold this key.
    let put = system.s3.put_object().bucket(system.bucket()).key("+ silent\u{1}%2B_1693561101.json");
    put.metadata(Receipt::NAME, &receipt).body(b"{}".to_vec().into()).send().await.unwrap();
    let account = found(&system.run(&AUDIT).await, 0);
    assert_eq!(numbers(&account), [1, 1, 0, 0, 0]);
    assert_eq!(account["filed_without_log"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_what_is_on_its_way() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let data = email("late");
    let receipt = system.post(&data).await.receipt();
    system.sqs.purge_queue().queue_url(system.queue_url()).send().await.unwrap();
    let looked_before = system.calls("FilterLogEvents");
    let arrives = async {
        // Two groups are read before it begins to wait.
        let looked = async || (system.calls("FilterLogEvents") >= looked_before + 2).then_some(());
        system.until("a first look", looked).await;
        let attribute = json!({"stringValue": receipt, "dataType": "String"});
        let record = json!({"messageId": "m", "body": data.to_string(), "attributes": {}, "messageAttributes": {"receipt": attribute}});
        system.invoke("WorkerFunction", &json!({"Records": [record]})).await
    };
    let arguments = ["audit", "--json", "--settle", "60s"];
    let (said, _) = tokio::join!(system.run(&arguments), arrives);
    let account = found(&said, 0);
    assert_eq!(numbers(&account), [1, 1, 0, 0, 0]);
    assert_eq!(account["filed_without_log"], 0, "it waited for the line");
    assert!(system.queue(DEAD_LETTER_QUEUE).peek().is_empty());
}

#[tokio::test]
async fn it_reads_the_logs_as_cloudwatch_keeps_them() {
    let Some(system) = Moto::start_with(Setup::usual()).await else { return };
    for n in 0..3 {
        system.post(&email(&format!("sender {n}"))).await.receipt();
    }
    system.stored_keys(3).await;
    let filed = async || (system.log.with_message("filed").len() == 3).then_some(());
    system.until("the worker's lines", filed).await;
    // The last one was not filed after all.
    let lost = system.log.with_message("accepted")[2]["receipt"].clone();
    write_logs(&system, &lost).await;
    for key in system.keys().await {
        if system.object(&key).await.metadata["receipt"] == lost {
            system.s3.delete_object().bucket(system.bucket()).key(key).send().await.unwrap();
        }
    }
    let account = found(&system.run(&AUDIT).await, 3);
    assert_eq!(numbers(&account), [3, 2, 0, 0, 1]);
    assert_eq!(account["missing_receipts"], json!([lost]));
}

/// Puts what the functions printed where Lambda puts it; of this receipt the worker says that it could not file it.
async fn write_logs(system: &System, lost: &Value) {
    let logs = aws_sdk_cloudwatchlogs::Client::new(&system.sdk_config().await);
    for (function, message) in [("api", "accepted"), ("worker", "filed")] {
        let group = format!("/aws/lambda/{}-{function}", system.stack_name());
        logs.create_log_group().log_group_name(&group).send().await.unwrap();
        logs.create_log_stream().log_group_name(&group).log_stream_name("one").send().await.unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
        let events = system.log.with_message(message).into_iter().map(|mut line| {
            if function == "worker" && line["receipt"] == *lost {
                line["message"] = "not filed: given back".into();
            }
            let event = aws_sdk_cloudwatchlogs::types::InputLogEvent::builder();
            event.timestamp(i64::try_from(now).unwrap()).message(line.to_string()).build().unwrap()
        });
        let put = logs.put_log_events().log_group_name(&group).log_stream_name("one");
        put.set_log_events(Some(events.collect())).send().await.unwrap();
    }
}
