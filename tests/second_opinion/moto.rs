//! moto's server, one for all tests of this process, and the template's resources in it.

use crate::harness::{root, s3_client};
use aws_config::SdkConfig;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration,
};
use aws_sdk_sqs::types::QueueAttributeName;
use local::template::{QueueSpec, Template};
use serde_json::json;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// The account that moto's resources belong to.
pub(super) const ACCOUNT_ID: &str = "123456789012";

struct Server {
    url: String,
    /// Holds the server's standard input open: it ends when this process does.
    _process: Child,
}

/// Where moto answers; `None` if it is not installed and need not be.
pub(super) fn url() -> Option<&'static str> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    SERVER.get_or_init(start).as_ref().map(|server| server.url.as_str())
}

fn start() -> Option<Server> {
    let python = root().join("target/venv/bin/python");
    if !root().join("target/venv/requirements.txt").exists() {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        assert!(!set("CI") && !set("MAILROOM_PYTHON"), "moto is not installed: run tests/python/setup.sh");
        // Not with eprintln, which is heard only where a test fails.
        let _ = writeln!(
            std::io::stderr(),
            "second_opinion::*::moto: skipped, since moto is not installed (tests/python/setup.sh does it)"
        );
        return None;
    }
    let mut process = Command::new(&python)
        .arg(root().join("tests/moto/serve.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} does not start ({error}): remove target/venv", python.display()));
    let mut url = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "moto's server says {url:?} instead of its URL");
    Some(Server { url: url.trim_end().to_owned(), _process: process })
}

/// Makes the template's queues and buckets, as CloudFormation does.
pub(super) async fn deploy(template: &Template, config: &SdkConfig) {
    let sqs = aws_sdk_sqs::Client::new(config);
    // A dead-letter queue has to be there before the queue that it serves.
    let (served, serving): (Vec<_>, Vec<_>) =
        template.queues.iter().partition(|queue| queue.redrive.is_some());
    for queue in serving.into_iter().chain(served) {
        sqs.create_queue()
            .queue_name(&queue.name)
            .set_attributes(Some(attributes(queue)))
            .send()
            .await
            .unwrap();
    }
    let s3 = s3_client(config);
    for bucket in &template.buckets {
        let here =
            CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuCentral1);
        s3.create_bucket()
            .bucket(&bucket.name)
            .create_bucket_configuration(here.build())
            .send()
            .await
            .unwrap();
        let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = s3.put_bucket_versioning().bucket(&bucket.name).versioning_configuration(versions);
        put.send().await.unwrap();
    }
}

fn attributes(queue: &QueueSpec) -> HashMap<QueueAttributeName, String> {
    let mut attributes = HashMap::from([
        (QueueAttributeName::VisibilityTimeout, queue.visibility_timeout.as_secs().to_string()),
        (QueueAttributeName::MessageRetentionPeriod, queue.retention.as_secs().to_string()),
        (QueueAttributeName::MaximumMessageSize, queue.maximum_message_size.to_string()),
        (QueueAttributeName::ReceiveMessageWaitTimeSeconds, queue.receive_wait.as_secs().to_string()),
    ]);
    if let Some(redrive) = &queue.redrive {
        let policy = json!({
            "deadLetterTargetArn":
                format!("arn:aws:sqs:{}:{ACCOUNT_ID}:{}", super::site::REGION, redrive.dead_letter_queue),
            "maxReceiveCount": redrive.max_receive_count,
        });
        attributes.insert(QueueAttributeName::RedrivePolicy, policy.to_string());
    }
    attributes
}
