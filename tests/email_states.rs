//! The states of emails on the email page, while the commands look at them, move them and delete them.

use crate::harness::{DEAD_LETTER_QUEUE, Ours, QUEUE, Said, Setup, email};
use reqwest::StatusCode;
use sandbox::services::faults::Times;
use sandbox::services::sqs::NewMessage;
use serde_json::{Value, json};
use std::path::Path;

async fn get(system: &Ours, path: &str) -> reqwest::Response {
    reqwest::get(format!("{}/_mailroom/{path}", system.stack.aws().endpoint_url())).await.unwrap()
}

/// An answer as JSON.
async fn json(system: &Ours, path: &str) -> Value {
    serde_json::from_str(&get(system, path).await.text().await.unwrap()).unwrap()
}

async fn emails(system: &Ours, query: &str) -> Value {
    json(system, &format!("emails.json?{query}")).await
}

/// Waits until the latest emails have these stages, the latest first, and returns them.
async fn stages(system: &Ours, stages: &[&str]) -> Vec<Value> {
    let there = async || {
        let emails = emails(system, "probes=yes").await["emails"].as_array().unwrap().clone();
        let are = emails.iter().map(|email| email["stage"].as_str().unwrap());
        are.eq(stages.iter().copied()).then_some(emails)
    };
    system.until(&format!("{stages:?}"), there).await
}

/// Everything of one email.
async fn detail(system: &Ours, email: &Value) -> Value {
    json(system, &format!("email.json?number={}", email["number"])).await
}

fn steps(detail: &Value) -> Vec<&str> {
    detail["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect()
}

/// Runs a command of the page in a directory, as if it were pasted into a shell.
async fn paste(system: &Ours, command: &str, directory: &Path) -> Said {
    let arguments: Vec<_> = command.strip_prefix("mailroom ").unwrap().split(' ').collect();
    let mut command = system.tool_by_environment(&arguments).await;
    command.env_remove("MAILROOM_STACK").env_remove("AWS_ENDPOINT_URL").current_dir(directory);
    command.output().await.unwrap().into()
}

/// An email that S3 refused five times, and a message without a receipt that is not an email.
async fn with_dead_letters() -> Ours {
    let system = Ours::start_with(Setup::usual().fast()).await;
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    system.post(&email("John doe")).await.receipt();
    system.queue(QUEUE).send(NewMessage { body: "no email".to_owned(), ..Default::default() }).unwrap();
    let dead = system.queue(DEAD_LETTER_QUEUE);
    system.until("two dead letters", async || (dead.counts().visible == 2).then_some(())).await;
    system
}

#[tokio::test]
async fn dead_letters_stay_what_they_are_while_the_commands_look_at_them() {
    let system = with_dead_letters().await;
    let before = stages(&system, &["dead letter", "dead letter"]).await;
    assert_eq!((&before[0]["receives"], &before[1]["receives"]), (&json!(5), &json!(5)));
    assert!(before[0]["reason"].as_str().unwrap().contains("not_json"), "{before:#?}");
    assert!(before[1]["reason"].as_str().unwrap().contains("AccessDenied"), "{before:#?}");
    for command in [&["dlq", "list"][..], &["audit"], &["dlq", "list", "--json"]] {
        system.run(command).await;
    }
    assert!(system.queue(DEAD_LETTER_QUEUE).peek().iter().all(|letter| letter.receive_count > 5));
    assert_eq!(stages(&system, &["dead letter", "dead letter"]).await, before);
}

#[tokio::test]
async fn the_commands_of_the_page_redrive_what_is_an_email_and_discard_what_is_none() {
    let system = with_dead_letters().await;
    stages(&system, &["dead letter", "dead letter"]).await;
    let letters = emails(&system, "").await["dead_letters"].clone();
    let [not_filed, not_json] = ["not stored", "not an email"].map(|reason| {
        let groups = letters.as_array().unwrap();
        groups.iter().find(|it| it["reason"].as_str().unwrap().starts_with(reason)).unwrap().clone()
    });
    assert!(not_filed["reason"].as_str().unwrap().contains("AccessDenied"), "{not_filed}");
    assert_eq!((&not_filed["count"], &not_json["count"]), (&json!(1), &json!(1)));
    assert_eq!(not_json["letters"][0]["receives"], 5);

    system.stack.aws().faults().clear();
    let directory = tempfile::tempdir().unwrap();
    let said = paste(&system, not_filed["command"].as_str().unwrap(), directory.path()).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let emails = stages(&system, &["dead letter", "stored"]).await;
    let detail = detail(&system, &emails[1]).await;
    let steps = steps(&detail);
    let end = &steps[steps.len() - 4..];
    assert_eq!(end, ["dead letter", "redriven", "received", "stored"], "{steps:?}");
    assert_eq!((steps[0], steps.iter().filter(|step| **step == "given back").count()), ("posted", 5));

    let discard = format!("{} --yes", not_json["command"].as_str().unwrap());
    let said = paste(&system, &discard, directory.path()).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    stages(&system, &["discarded", "stored"]).await;
}

#[tokio::test]
async fn a_move_task_redrives_a_letter_without_a_receipt_too() {
    let system = with_dead_letters().await;
    system.stack.aws().faults().clear();
    assert_eq!(system.run(&["dlq", "redrive"]).await.code, Some(0));
    let emails = stages(&system, &["dead letter", "stored"]).await;
    let poison = detail(&system, &emails[0]).await;
    let redriven = steps(&poison).iter().filter(|step| **step == "redriven").count();
    assert_eq!((redriven, steps(&poison).last()), (1, Some(&"dead letter")), "{poison:#}");
    assert_eq!(poison["content"], "no email");
}

#[tokio::test]
async fn a_message_without_a_receipt_is_stored_or_a_duplicate_as_the_worker_says() {
    let system = Ours::start().await;
    for (stage, before) in [("stored", &[][..]), ("duplicate", &["stored"])] {
        let body = email("by hand").to_string();
        system.queue(QUEUE).send(NewMessage { body, ..Default::default() }).unwrap();
        stages(&system, &[&[stage], before].concat()).await;
    }
}

#[tokio::test]
async fn an_email_has_its_content_its_metadata_its_steps_and_its_log_lines() {
    let system = Ours::start().await;
    let data = email("Jörg <script>");
    let receipt = system.post(&data).await.receipt();
    let email = stages(&system, &["stored"]).await.remove(0);
    let metrics = async || {
        let detail = detail(&system, &email).await;
        let log = detail["log"].as_array()?;
        let has = |is: fn(&Value) -> bool| log.iter().any(|line| is(&line["line"]));
        (has(|line| line["_aws"].is_object()) && has(|line| line["message"] == "filed")).then_some(detail)
    };
    let detail = system.until("the log lines", metrics).await;
    assert_eq!((&detail["email"], &detail["content"]), (&email, &data));
    assert_eq!((&email["sender"], &detail["metadata"]["receipt"]), (&data["email_sender"], &json!(receipt)));
    let mut steps = steps(&detail);
    // The queue may be received from before the client has its answer.
    steps[2..4].sort_unstable();
    assert_eq!(steps, ["posted", "queued", "answered", "received", "stored"]);
    let times: Vec<_> =
        detail["steps"].as_array().unwrap().iter().map(|step| step["after_ms"].as_f64()).collect();
    assert!(times.is_sorted() && times[0] == Some(0.0), "{times:?}");
    let log = detail["log"].as_array().unwrap();
    let said: Vec<_> = log.iter().filter_map(|line| line["line"]["message"].as_str()).collect();
    assert_eq!(said, ["accepted", "filed"]);
    assert!(log.iter().all(|line| line["function"].as_str().unwrap().starts_with("local-")), "{log:?}");

    for number in ["99", "-1", "x", ""] {
        assert_eq!(
            get(&system, &format!("email.json?number={number}")).await.status(),
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn an_email_is_found_by_a_part_of_its_receipt_its_message_id_its_sender_or_its_key() {
    let system = Ours::start().await;
    let response = system.post(&email("Jane Roe")).await;
    let (receipt, message_id) = (response.receipt(), response.json()["message_id"].clone());
    system.post(&email("John doe")).await.receipt();
    system.post_token("wrong").await;
    system.stored_keys(2).await;
    let whole = system.until("three emails", async || {
        let emails = emails(&system, "").await;
        (emails["matching"] == 3 && emails["latencies"]["stored"]["count"] == 2).then_some(emails)
    });
    let whole = whole.await;
    for text in [&receipt, message_id.as_str().unwrap(), "jane+R", "JANE%20roe_1693561101.json"] {
        let found = emails(&system, &format!("search={text}")).await;
        assert_eq!((&found["total"], &found["matching"]), (&json!(3), &json!(1)), "{text}");
        assert_eq!(found["emails"][0]["receipt"], receipt, "{text}");
    }
    assert_eq!(emails(&system, "search=nobody").await["emails"], json!([]));
    assert_eq!(emails(&system, "limit=2").await["emails"].as_array().unwrap().len(), 2);
    let refused = &whole["emails"][0];
    assert_eq!(refused["reason"], "the token is wrong or missing", "{refused}");
    assert_eq!((&whole["time_scale"], &whole["missed"]), (&json!(20.0), &json!(0)));
    assert!(
        whole["curl"].as_str().unwrap().contains(&format!("{}/api/email", system.url)),
        "{}",
        whole["curl"]
    );
    let answered = &whole["latencies"]["answered"];
    let [p50, p95, p99] = ["p50_ms", "p95_ms", "p99_ms"].map(|name| answered[name].as_f64().unwrap());
    assert!(answered["count"] == 3 && 0.0 < p50 && p50 <= p95 && p95 <= p99, "{answered}");
    // Content is in email.json alone.
    assert!(!whole.to_string().contains("How are you?"), "{whole}");
}

#[tokio::test]
async fn the_probes_of_the_commands_hide_no_email_and_are_counted() {
    let system = Ours::start().await;
    system.post(&email("John doe")).await.receipt();
    system.stored_keys(1).await;
    assert_eq!(system.run(&["check", "--within", "30"]).await.code, Some(0));
    let told = async || {
        let emails = emails(&system, "").await;
        (emails["matching"] == 1 && emails["probes_hidden"].as_u64()? > 9).then_some(emails)
    };
    let shown = system.until("one email and hidden probes", told).await;
    assert_eq!(shown["emails"][0]["sender"], "John doe");
    let all = emails(&system, "probes=yes").await;
    assert_eq!((&all["probes_hidden"], &all["matching"]), (&json!(0), &all["total"]));
    assert!(all["emails"].as_array().unwrap().iter().any(|email| email["probe"] == true), "{all}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_in_a_batch_is_stored_and_shown_alone() {
    let system = Ours::start_with(Setup::usual().parameter("ObjectKeyLayout", "batch")).await;
    for sender in ["a", "b", "a"] {
        system.post(&email(sender)).await.receipt();
    }
    let stored = stages(&system, &["stored"; 3]).await;
    for (row, sender) in stored.iter().rev().zip(["a", "b", "a"]) {
        assert!(row["key"].as_str().unwrap().starts_with("batches/"), "{row}");
        let detail = detail(&system, row).await;
        assert_eq!(detail["content"], email(sender), "{detail:#}");
        assert_eq!(detail["metadata"]["receipt"], row["receipt"], "{detail:#}");
        assert_eq!(steps(&detail).last(), Some(&"stored"));
    }
}
