//! The report of `mailroom up` when it stops, and the state that `--data` keeps.

use super::{PATIENCE, Up, run_curl};
use crate::harness::sdk_config;
use std::path::Path;
use tokio::time::timeout;

/// A started program, the URL of its services and its curl command.
async fn start(data: Option<&Path>) -> (Up, String, String) {
    let data = data.map(|data| data.to_str().unwrap());
    let arguments: Vec<_> = data.into_iter().flat_map(|data| ["--data", data]).collect();
    let mut up = Up::start(&arguments).await;
    let aws_url = up.line_with("SQS, S3 and SSM").await.rsplit(' ').next().unwrap().to_owned();
    let curl = up.line_with("curl ").await;
    (up, aws_url, curl)
}

/// Puts a message into the queue that the worker can't store, and waits until the worker has given it back.
async fn enqueue_poison(up: &mut Up, aws_url: &str) {
    let sqs = aws_sdk_sqs::Client::new(&sdk_config(aws_url).await);
    let urls = sqs.list_queues().send().await.unwrap().queue_urls.unwrap();
    let queue = urls.iter().find(|url| !url.contains("dead-letter")).unwrap();
    sqs.send_message().queue_url(queue).message_body("no email").send().await.unwrap();
    up.line_with("given back").await;
}

async fn end(up: &mut Up, words: &[&str]) {
    up.signal("-INT").await;
    let report = up.line_with("still queued").await;
    assert!(words.iter().all(|word| report.contains(word)), "{report}");
    up.line_with("Stopped.").await;
    assert!(timeout(PATIENCE, up.process.wait()).await.unwrap().unwrap().success());
}

#[tokio::test]
async fn queued_emails_go_on_at_the_next_start_and_so_does_the_token() {
    let data = tempfile::tempdir().unwrap();
    let (mut up, aws_url, curl) = start(Some(data.path())).await;
    assert_eq!(run_curl(&curl).await, 200);
    up.line_with("  stored  ").await;
    enqueue_poison(&mut up, &aws_url).await;
    end(&mut up, &["1 accepted, 1 stored", "1 still queued, 0 dead letters"]).await;

    let (mut up, aws_url, next) = start(Some(data.path())).await;
    let page = reqwest::get(format!("{aws_url}/_mailroom/email.json?number=0")).await.unwrap();
    let page = page.error_for_status().expect("the message that was left in the queue").text().await.unwrap();
    assert!(page.contains(r#""content":"no email""#) && !page.contains(r#""receives":0"#), "{page}");
    let token = |curl: &str| curl.rsplit_once("\"token\":").unwrap().1.to_owned();
    assert_eq!(token(&curl), token(&next));
    assert_eq!(run_curl(&next).await, 200);
    up.line_with("  duplicate  ").await;
    end(&mut up, &["1 accepted, 0 stored, 1 duplicate", "1 still queued"]).await;
}

#[tokio::test]
async fn an_email_that_was_just_accepted_is_stored_before_the_program_stops() {
    let (mut up, _, curl) = start(None).await;
    // The batching window of the mapping is a second.
    assert_eq!(run_curl(&curl).await, 200);
    end(&mut up, &["1 accepted, 1 stored, 0 still queued"]).await;
}

#[tokio::test]
async fn without_a_data_directory_it_says_that_the_queue_is_lost() {
    let (mut up, aws_url, _) = start(None).await;
    enqueue_poison(&mut up, &aws_url).await;
    up.signal("-INT").await;
    assert!(up.line_with("is lost").await.contains("--data"));
}
