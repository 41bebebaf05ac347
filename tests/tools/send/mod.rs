//! `mailroom send`
//!
//! - `inputs`: files, pipes and other formats;
//! - `journals`: which stack they belong to;
//! - `hostile`: answers that no Mailroom gives;
//! - `interrupted`: a long run that is interrupted three times;
//! - here: everything else.

mod hostile;
pub(super) mod inputs;
mod interrupted;
mod journals;

use super::{argument, file, found, kill_after};
use crate::harness::{Ours, System, email, on_both, root, rounds_of_kills};
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// Emails of this many senders.
fn emails(count: usize) -> Vec<Value> {
    (0..count).map(|n| email(&format!("sender {n}"))).collect()
}

fn lines(emails: &[Value]) -> Vec<String> {
    emails.iter().map(Value::to_string).collect()
}

/// Each of the emails is in the bucket once, whole, and nothing else is.
async fn filed_once(system: &System, emails: &[Value]) {
    system.stored_keys(emails.len()).await;
    system.queue_drained().await;
    assert_eq!(system.keys().await.len(), emails.len());
    for email in emails {
        let key = format!("{}_1693561101.json", email["email_sender"].as_str().unwrap());
        assert_eq!(&system.stored(&key).await, email);
    }
}

async fn a_file_is_sent_once_however_often_it_is_sent(system: &System) {
    let emails = emails(30);
    let (_directory, path) = file(&lines(&emails));
    let first = found(&system.run(&["send", argument(&path), "--json"]).await, 0);
    assert_eq!((&first["accepted"], &first["accepted_before"]), (&json!(30), &json!(0)));
    filed_once(system, &emails).await;

    let answered = system.log.with_message("accepted").len();
    let again = found(&system.run(&["send", argument(&path), "--json"]).await, 0);
    assert_eq!((&again["accepted"], &again["accepted_before"]), (&json!(0), &json!(30)));
    assert_eq!(system.log.with_message("accepted").len(), answered, "nothing was posted");

    let journal = std::fs::read_to_string(path.with_extension("ndjson.sent")).unwrap();
    assert!(!journal.contains("sender"), "a journal holds nothing of an email");
    let entry: Value = serde_json::from_str(journal.lines().nth(1).unwrap()).unwrap();
    let receipts: Vec<_> =
        system.log.with_message("accepted").iter().map(|line| line["receipt"].clone()).collect();
    assert!(receipts.contains(&entry["receipt"]), "{entry}");
}

async fn what_is_refused_is_listed_by_its_line_and_sent_once_it_is_corrected(system: &System) {
    let good = emails(3);
    let faulty = json!({"email_subject": "s", "email_sender": " ", "email_timestream": "x"});
    // The author of a line must not be able to write the request.
    let smuggled = format!(r#"{},"token":"mine""#, good[2]);
    let texts = [good[0].to_string(), String::new(), faulty.to_string(), smuggled, good[1].to_string()];
    let (_directory, path) = file(&texts);
    let said = system.run(&["send", argument(&path)]).await;
    assert_eq!(said.code, Some(3), "{said:#?}");
    for text in
        ["2 accepted, 2 refused", "line 3 ", "/data/email_sender", "/data/email_timestream", "line 4 "]
    {
        assert!(said.stdout.contains(text), "{text}: {said:#?}");
    }

    let refused = found(&system.run(&["send", argument(&path), "--json"]).await, 3);
    assert_eq!(refused["accepted_before"], 2);
    let of_line =
        |n: u64| refused["refused"].as_array().unwrap().iter().find(|one| one["line"] == n).unwrap().clone();
    assert_eq!(of_line(3)["errors"].as_array().unwrap().len(), 3, "every fault at once");
    assert_eq!(of_line(4)["status"], Value::Null, "not even posted");

    let texts = [good[0].to_string(), String::new(), good[2].to_string(), good[1].to_string()];
    std::fs::write(&path, texts.join("\n")).unwrap();
    let corrected = found(&system.run(&["send", argument(&path), "--json"]).await, 0);
    assert_eq!((&corrected["accepted"], &corrected["accepted_before"]), (&json!(1), &json!(2)));
    filed_once(system, &good).await;
}

async fn the_sample_is_sent_as_it_is(system: &System) {
    let directory = tempfile::tempdir().unwrap();
    let journal = directory.path().join("journal");
    let arguments = ["send", "events/emails.ndjson", "--json", "--journal", argument(&journal)];
    assert_eq!(found(&system.run(&arguments).await, 0)["accepted"], 3);
    let sample = std::fs::read_to_string(root().join("events/emails.ndjson")).unwrap();
    let keys = system.stored_keys(3).await;
    for line in sample.lines() {
        let email: Value = serde_json::from_str(line).unwrap();
        let (sender, timestream) =
            (email["email_sender"].as_str().unwrap(), email["email_timestream"].as_str().unwrap());
        let key = format!("{sender}_{timestream}.json");
        assert!(keys.contains(&key), "{key} in {keys:?}");
        assert_eq!(system.stored(&key).await, email);
    }
}

async fn stdin_can_be_sent_too(system: &System) {
    let emails = emails(5);
    let mut tool = system.tool(&["send", "-", "--json"]).await;
    let mut process =
        tool.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(lines(&emails).join("\n").as_bytes()).await.unwrap();
    let said = process.wait_with_output().await.unwrap().into();
    assert_eq!(found(&said, 0)["accepted"], 5);
    filed_once(system, &emails).await;
}

on_both!(
    a_file_is_sent_once_however_often_it_is_sent,
    what_is_refused_is_listed_by_its_line_and_sent_once_it_is_corrected,
    the_sample_is_sent_as_it_is,
    stdin_can_be_sent_too,
);

/// Requests under way at a time.
const CONCURRENCY: usize = 4;
/// Emails of a request.
const BATCH: usize = 5;

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_it_loses_nothing_and_sends_few_twice() {
    for _ in 0..rounds_of_kills() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let (kills, posted) = kill_until_all_is_sent(seed).await;
        println!("{kills} kills, {posted} posted");
    }
}

/// How often it was killed, and how many emails were posted.
async fn kill_until_all_is_sent(seed: u64) -> (usize, usize) {
    let (mut random, emails) = (fastrand::Rng::with_seed(seed), emails(200));
    let (_directory, path) = file(&lines(&emails));
    let system = Ours::start().await;
    // Slow enough to be killed in the middle.
    system.fault("SendMessageBatch", Fault::Delay(Duration::from_millis(100)), Times::Always);
    let [concurrency, batch] = [CONCURRENCY, BATCH].map(|number| number.to_string());
    let arguments = ["send", argument(&path), "--json", "--concurrency", &concurrency, "--batch", &batch];
    let mut kills = 0;
    let said = loop {
        let moment = Duration::from_millis(random.u64(50..600));
        match kill_after(&system, &arguments, moment).await {
            Some(said) => break said,
            None => kills += 1,
        }
        assert!(kills < 200, "it never gets to its end");
    };
    found(&said, 0);
    filed_once(&system, &emails).await;

    let posted = system.log.with_message("accepted").len();
    assert!(kills > 0, "it was never killed");
    assert!(
        posted >= emails.len() && posted <= emails.len() + kills * CONCURRENCY * BATCH,
        "{posted} after {kills} kills"
    );
    (kills, posted)
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_it_in_order_and_the_next_run_goes_on() {
    let emails = emails(100);
    let (_directory, path) = file(&lines(&emails));
    let system = Ours::start().await;
    system.fault("SendMessageBatch", Fault::Delay(Duration::from_millis(200)), Times::Always);
    let arguments = ["send", argument(&path), "--json", "--concurrency", "2", "--batch", "4"];
    let mut tool = system.tool(&arguments).await;
    let process = tool.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let some = async || (system.log.with_message("accepted").len() > 5).then_some(());
    system.until("some accepted", some).await;
    inputs::signal(&process, "INT").await;
    let interrupted = found(&process.wait_with_output().await.unwrap().into(), 130);
    assert_eq!(interrupted["interrupted"], true);
    let accepted = interrupted["accepted"].as_u64().unwrap();
    assert!(accepted < 100, "{interrupted}");
    assert_eq!(
        accepted,
        system.log.with_message("accepted").len() as u64,
        "what was under way was waited for"
    );

    system.stack.aws().faults().clear();
    let rest = found(&system.run(&["send", argument(&path), "--json"]).await, 0);
    assert_eq!(rest["accepted"].as_u64().unwrap(), 100 - accepted);
    filed_once(&system, &emails).await;
    assert_eq!(system.log.with_message("accepted").len(), 100, "none was sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_outage_is_waited_out_and_a_long_one_ends_it_with_the_reason() {
    let emails = emails(20);
    let (_directory, path) = file(&lines(&emails));
    let system = Ours::start().await;
    let unavailable = || Fault::Error { status: 503, code: "ServiceUnavailable".to_owned() };
    // Three attempts of the SDK's are one refused request, which comes back after `Retry-After`.
    system.fault("SendMessageBatch", unavailable(), Times::N(6));
    let said = system.run(&["send", argument(&path), "--json", "--concurrency", "1"]).await;
    assert_eq!(found(&said, 0)["accepted"], 20);
    assert!(said.stderr.contains("mailroom: retrying line") && said.stderr.contains("503"), "{said:#?}");
    filed_once(&system, &emails).await;

    std::fs::remove_file(path.with_extension("ndjson.sent")).unwrap();
    system.fault("SendMessageBatch", unavailable(), Times::Always);
    let said = system.run(&["send", argument(&path), "--patience", "1s"]).await;
    assert_eq!(said.code, Some(1), "{said:#?}");
    // What `api` says in Retry-After.
    for word in ["asks to wait 5s", "--patience 1s", "503", "same command"] {
        assert!(said.stderr.contains(word), "{word}: {said:#?}");
    }
    assert!(said.stdout.contains("0 accepted"), "{said:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_emails_go_in_few_requests_and_one_of_a_request_may_wait() {
    let emails = emails(60);
    let (_directory, path) = file(&lines(&emails));
    let system = Ours::start().await;
    // The SDK attempts a call three times, so of the first request's three calls one or two fail.
    system.fail("SendMessageBatch", 503, "ServiceUnavailable", Times::N(7));
    let said = system.run(&["send", argument(&path), "--json", "--batch", "30", "--concurrency", "1"]).await;
    assert_eq!(found(&said, 0)["accepted"], 60);
    assert!(said.stderr.contains("mailroom: retrying line") && said.stderr.contains("503"), "{said:#?}");
    assert_eq!(system.log.with_message("accepted").len(), 60, "none was sent twice");
    filed_once(&system, &emails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_batches_of_one_each_email_is_posted_alone() {
    let emails = emails(5);
    let (_directory, path) = file(&lines(&emails));
    let system = Ours::start().await;
    assert_eq!(
        found(&system.run(&["send", argument(&path), "--json", "--batch", "1"]).await, 0)["accepted"],
        5
    );
    assert_eq!((system.calls("SendMessage"), system.calls("SendMessageBatch")), (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_spoils_the_request_is_refused_alone() {
    let mut texts = lines(&emails(5));
    // Deeper than any JSON that the service reads, so the request with it is not JSON to it.
    texts[2] = format!("{}1{}", r#"{"email_sender":"#.repeat(127), "}".repeat(127));
    let (_directory, path) = file(&texts);
    let system = Ours::start().await;
    let report = found(&system.run(&["send", argument(&path), "--json"]).await, 3);
    assert_eq!((&report["accepted"], &report["refused"][0]["line"]), (&json!(4), &json!(3)), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_ends_it_at_once_and_is_not_shown() {
    let (_directory, path) = file(&lines(&emails(50)));
    let system = Ours::start().await;
    let mut tool = system.tool(&["send", argument(&path)]).await;
    let said: crate::harness::Said =
        tool.env("MAILROOM_TOKEN", "not-the-token").output().await.unwrap().into();
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert!(said.stderr.contains("MAILROOM_TOKEN") && !said.stderr.contains("not-the-token"), "{said:#?}");
    let refused = system.log.with_message("refused").len();
    assert!(refused <= 2, "{refused} requests refused: it should not have gone on");
}
