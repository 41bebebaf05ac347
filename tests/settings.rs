//! Missing and wrong settings in the environment.

use crate::harness::{System, alb_event, email, invoke_api, on_both, request, root};
use sandbox::events::Events;
use sandbox::lambda::{Binaries, BuildOutput, Function};
use sandbox::services::faults::Faults;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::process::Command;

on_both!(each_service_can_have_an_endpoint_of_its_own,);

/// Starts a function with just this environment, and returns its exit status and what it printed.
async fn start(name: &str, environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let root = root();
    let wanted = ["api", "worker"].map(|name| (root.as_path(), Some(name)));
    let binaries = Binaries::build(&wanted, BuildOutput::Kept).await.unwrap();
    let mut command = Command::new(binaries.path(&root, Some(name)).unwrap());
    let output =
        command.env_clear().envs(environment.iter().copied()).kill_on_drop(true).output().await.unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

/// Lambda's variables.
const LAMBDA: [(&str, &str); 5] = [
    ("AWS_REGION", "eu-central-1"),
    ("AWS_LAMBDA_FUNCTION_NAME", "f"),
    ("S3_BUCKET_NAME", "b"),
    ("AWS_ACCESS_KEY_ID", "id"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
];

#[tokio::test]
async fn a_missing_setting_stops_the_function_with_an_error_that_names_it() {
    for (function, environment, missing) in [
        ("api", &[("SSM_TOKEN_PARAMETER", "/a")][..], "SQS_QUEUE_URL"),
        ("api", &[("SQS_QUEUE_URL", "http://x")][..], "SSM_TOKEN_PARAMETER"),
        ("api", &[("SQS_QUEUE_URL", ""), ("SSM_TOKEN_PARAMETER", "/a")][..], "SQS_QUEUE_URL"),
        ("worker", &[][..], "S3_BUCKET_NAME"),
        ("worker", &LAMBDA[1..], "AWS_REGION"),
        ("worker", &[LAMBDA[0], LAMBDA[1], LAMBDA[2], LAMBDA[4]], "AWS_ACCESS_KEY_ID"),
        ("worker", &LAMBDA[..4], "AWS_SECRET_ACCESS_KEY"),
    ] {
        let (status, printed) = start(function, environment).await;
        assert_eq!(status, Some(1), "{function} without {missing}: {printed}");
        let line: Value =
            serde_json::from_str(printed.trim()).unwrap_or_else(|_| panic!("no JSON: {printed}"));
        assert_eq!(line["level"], "ERROR");
        assert!(line["error"].as_str().unwrap().contains(missing), "{line}");
    }
}

#[tokio::test]
async fn a_wrong_setting_stops_the_function_with_an_error_that_says_what_it_may_be() {
    let bucket = ("S3_BUCKET_NAME", "b");
    for (environment, words) in [
        ([bucket, ("OBJECT_KEY_LAYOUT", "nested")], ["OBJECT_KEY_LAYOUT", "dated"]),
        ([bucket, ("AWS_LAMBDA_LOG_LEVEL", "LOUD")], ["AWS_LAMBDA_LOG_LEVEL", "DEBUG"]),
    ] {
        let (status, printed) = start("worker", &environment).await;
        assert_eq!(status, Some(1), "{printed}");
        assert!(words.iter().all(|word| printed.contains(word)), "{printed}");
    }
}

#[tokio::test]
async fn a_bundle_of_certificates_that_is_none_stops_the_function() {
    let directory = tempfile::tempdir().unwrap();
    let empty = directory.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let (missing, empty) = (directory.path().join("missing.pem"), empty);
    for (name, file, words) in
        [("AWS_CA_BUNDLE", missing, "can be read"), ("SSL_CERT_FILE", empty, "certificates")]
    {
        let bundle = (name, file.to_str().unwrap());
        let (status, printed) = start("worker", &[&LAMBDA[..], &[bundle]].concat()).await;
        assert_eq!(status, Some(1), "{printed}");
        assert!(printed.contains(name) && printed.contains(words), "{printed}");
    }
}

/// The function again, but with endpoints of single services instead of one for all.
fn with_endpoints(system: &System, logical_id: &str, services: &[&str]) -> Function {
    let mut config = system.function(logical_id).config().clone();
    let endpoint = config.environment.remove("AWS_ENDPOINT_URL").expect("the stack sets it");
    // A name, since of an address the SDK asks by path anyway; no name is below localhost.
    let endpoint = endpoint.replace("127.0.0.1", "localhost");
    let own = services.iter().map(|service| (format!("AWS_ENDPOINT_URL_{service}"), endpoint.clone()));
    config.environment.extend(own.collect::<BTreeMap<_, _>>());
    Function::new(config, Events::default(), Faults::default())
}

async fn each_service_can_have_an_endpoint_of_its_own(system: &System) {
    let api = with_endpoints(system, "ApiFunction", &["SQS", "SSM"]);
    let event = alb_event("POST", "/", &[], &request(&email("John doe")).to_string());
    assert_eq!(invoke_api(&api, &event).await.status, 200);

    let worker = with_endpoints(system, "WorkerFunction", &["S3"]);
    let batch = json!({"Records": [{"messageId": "m", "body": email("path-style").to_string()}]});
    let answer = worker.invoke(batch.to_string().into()).await.unwrap();
    assert_eq!(answer, r#"{"batchItemFailures":[]}"#);
    assert_eq!(system.stored("path-style_1693561101.json").await, email("path-style"));
}
