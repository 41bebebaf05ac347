//! The whole program is killed with -9 again and again, and started again with the same `--data`: every email that was
//! answered 200 is stored once.

use super::plan::Plan;
use super::verdict::versions;
use super::{EMAILS, SEED, variable};
use crate::cli::Up;
use crate::harness::{request, s3_client, sdk_config};
use aws_sdk_sqs::types::QueueAttributeName;
use fastrand::Rng;
use futures::{StreamExt, stream};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

const KILLS: usize = 10;
const CLIENTS: usize = 16;
/// Longer than a restart and a visibility timeout at this scale.
const PATIENCE: Duration = Duration::from_secs(120);
const OPTIONS: [&str; 4] = ["--token", crate::harness::TOKEN, "--time-scale", "100"];

/// A running program and where it is.
struct Program {
    up: Up,
    url: String,
    aws_url: String,
}

impl Program {
    async fn start(data: &str) -> Self {
        let mut up = Up::start(&[&["--data", data], &OPTIONS[..]].concat()).await;
        let aws_url = up.line_with("SQS, S3 and SSM").await;
        let aws_url = aws_url.rsplit(' ').next().unwrap().to_owned();
        let curl = up.line_with("curl ").await;
        let url = curl.trim().strip_prefix("curl ").unwrap().split(' ').next().unwrap().to_owned();
        Self { up, url, aws_url }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_is_killed_ten_times_loses_and_doubles_nothing_that_it_accepted() {
    let seed = variable(SEED).unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    let emails = Plan::new(seed, variable(EMAILS.0).unwrap_or(EMAILS.1)).emails;
    println!("{} emails, {SEED}={seed}", emails.len());
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().to_str().unwrap();

    let (accepted, (url, urls)) = (AtomicUsize::new(0), watch::channel(String::new()));
    let (counted, count) = watch::channel(0);
    let http = reqwest::Client::new();
    let posts = stream::iter(&emails).map(|email| async {
        post_until_accepted(&http, urls.clone(), email).await;
        counted.send_replace(accepted.fetch_add(1, Ordering::Relaxed) + 1);
    });
    let posting = posts.buffer_unordered(CLIENTS).collect::<Vec<()>>();
    let killing = kill_again_and_again(data, seed, emails.len(), url, count);
    let (_, program) = tokio::join!(posting, killing);

    drained(&program.aws_url).await;
    let objects = judge(&program.aws_url, &emails).await;
    println!("{objects} objects of {} emails after {KILLS} kills", emails.len());
}

/// Starts the program, kills it when as many more emails were accepted as the seed says, and leaves the last one
/// running.
async fn kill_again_and_again(
    data: &str,
    seed: u64,
    emails: usize,
    url: watch::Sender<String>,
    mut accepted: watch::Receiver<usize>,
) -> Program {
    let mut rng = Rng::with_seed(seed);
    let mut next = 0;
    for _ in 0..KILLS {
        let mut program = Program::start(data).await;
        url.send_replace(program.url.clone());
        next = (next + rng.usize(1..=2 * emails / (KILLS * 2 + 1))).min(emails);
        accepted.wait_for(|accepted| *accepted >= next).await.unwrap();
        program.up.signal("-KILL").await;
        program.up.process.wait().await.unwrap();
    }
    let program = Program::start(data).await;
    url.send_replace(program.url.clone());
    program
}

async fn post_until_accepted(http: &reqwest::Client, mut urls: watch::Receiver<String>, email: &Value) {
    let body = request(email).to_string();
    let mut url = urls.wait_for(|url| !url.is_empty()).await.unwrap().clone();
    loop {
        match http.post(&url).body(body.clone()).send().await {
            Ok(response) if response.status() == 200 => return,
            Ok(response) => assert!([502, 503].contains(&response.status().as_u16()), "{response:?}"),
            // Killed: the next one has another port.
            Err(_) => {
                let next = timeout(PATIENCE, urls.wait_for(|next| *next != url)).await;
                let next = next.expect("it starts again").unwrap().clone();
                url = next;
            }
        }
    }
}

/// Waits until the queues are empty. Messages that were in flight at every kill may have become dead letters, which go
/// back once.
async fn drained(aws_url: &str) {
    let sqs = aws_sdk_sqs::Client::new(&sdk_config(aws_url).await);
    let urls = sqs.list_queues().send().await.unwrap().queue_urls.unwrap();
    let all = async {
        loop {
            let mut left = 0;
            for url in &urls {
                let get = sqs.get_queue_attributes().queue_url(url).attribute_names(QueueAttributeName::All);
                let attributes = get.send().await.unwrap().attributes.unwrap();
                let number = |name| attributes[&name].parse::<usize>().unwrap();
                let visible = number(QueueAttributeName::ApproximateNumberOfMessages);
                left += visible + number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible);
                if visible > 0 && url.contains("-dead-letter-queue-") {
                    let arn = &attributes[&QueueAttributeName::QueueArn];
                    // A move may already be running.
                    let _ = sqs.start_message_move_task().source_arn(arn).send().await;
                }
            }
            if left == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    timeout(PATIENCE, all).await.expect("the queues get empty");
}

/// Every email is stored once and whole, and no key has a second version. Returns the number of objects.
async fn judge(aws_url: &str, emails: &[Value]) -> usize {
    let s3 = s3_client(&sdk_config(aws_url).await);
    let buckets = s3.list_buckets().send().await.unwrap().buckets.unwrap();
    let mut names = buckets.iter().filter_map(|bucket| bucket.name.clone());
    let bucket = names.find(|name| name.contains("-data-")).unwrap();
    let mut missing: BTreeMap<_, _> =
        emails.iter().map(|email| (email["email_subject"].to_string(), email)).collect();
    let mut pages = s3.list_objects_v2().bucket(&bucket).into_paginator().send();
    while let Some(page) = pages.next().await {
        for object in page.unwrap().contents() {
            let get = s3.get_object().bucket(&bucket).key(object.key.clone().unwrap());
            let bytes = get.send().await.unwrap().body.collect().await.unwrap().into_bytes();
            let email: Value = serde_json::from_slice(&bytes).unwrap();
            let expected = missing.remove(&email["email_subject"].to_string());
            let expected = expected.unwrap_or_else(|| panic!("{:?} is stored twice", object.key));
            assert_eq!(&email, expected, "whole");
        }
    }
    assert!(missing.is_empty(), "{} emails are lost: {:?}", missing.len(), missing.keys());
    assert_eq!(versions(&s3, &bucket).await, emails.len(), "a key with a second version was overwritten");
    emails.len()
}
