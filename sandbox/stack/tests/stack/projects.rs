//! SAM projects without a load balancer, as `sam init` lays them out (`tests/other-project`).

use crate::{PATIENCE, next, start_changed};
use sandbox::events::{Event, Events};
use sandbox::services::sqs::NewMessage;
use sandbox::{Stack, StackBuilder, TimeScale};
use std::path::{Path, PathBuf};
use tokio::sync::broadcast::Receiver;

pub(crate) fn template(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other-project").join(name)
}

pub(crate) async fn start(builder: StackBuilder) -> Stack {
    builder.start().await.unwrap_or_else(|error| panic!("{error}"))
}

/// A copy of a template in a directory of its own, with some of its text replaced.
pub(crate) fn changed(name: &str, replacements: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let mut text = std::fs::read_to_string(template(name)).unwrap();
    let code = format!("CodeUri: {}\n      Handler: bootstrap", template("").display());
    text =
        text.replace("      CodeUri: .\n", "").replace("      Handler: bootstrap", &format!("      {code}"));
    for (from, to) in replacements {
        assert!(text.contains(from), "{name} doesn't say {from:?}");
        text = text.replace(from, to);
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("template.yaml");
    std::fs::write(&path, text).unwrap();
    (directory, path)
}

/// The next line that the function prints about an event.
pub(crate) async fn printed(events: &mut Receiver<Event>) -> String {
    let event = |event| match event {
        Event::Logged { line, .. } => line.strip_prefix("event: ").map(str::to_owned),
        _ => None,
    };
    next(events, event).await
}

#[tokio::test]
async fn a_function_that_takes_messages_from_a_queue_needs_no_load_balancer() {
    let stack = start(Stack::from_template(template("worker.yaml"))).await;
    assert_eq!(stack.url(), "");
    let mut events = stack.events();
    let queue = stack.outputs()["QueueUrl"].to_owned();
    assert!(queue.ends_with("/local-JobsQueue"), "{queue}");
    let queue = stack.aws().sqs().queue("local-JobsQueue").unwrap();
    queue.send(NewMessage { body: "do-print".to_owned(), ..NewMessage::default() }).unwrap();
    assert!(printed(&mut events).await.contains("do-print"));
    let done = |event| match event {
        Event::BatchDone { messages, failed, .. } => Some((messages, failed)),
        _ => None,
    };
    assert_eq!(next(&mut events, done).await, (1, 0));
    stack.stop().await;
}

#[tokio::test]
async fn a_function_behind_an_http_api_gets_events_of_format_2() {
    let stack = start(Stack::from_template(template("api.yaml"))).await;
    assert_eq!(stack.outputs()["HelloApi"], format!("{}/hello/", stack.url()));
    assert_eq!(stack.http_api_url("ServerlessHttpApi"), Some(stack.url()));
    let response = reqwest::get(format!("{}/hello/a%20b?q=1&q=2", stack.url())).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain");
    assert!(response.headers().contains_key("apigw-requestid"));
    let event = response.text().await.unwrap();
    for part in [
        r#""version":"2.0""#,
        r#""routeKey":"GET /hello/{name}""#,
        r#""pathParameters":{"name":"a b"}"#,
        r#""queryStringParameters":{"q":"1,2"}"#,
        r#""x-forwarded-for":"127.0.0.1""#,
        r#""x-amzn-trace-id":"Root=1-"#,
        r#""apiId":"serverlesshttpapi""#,
        r#""sourceIp":"127.0.0.1""#,
    ] {
        assert!(event.contains(part), "{part} in {event}");
    }
}

/// Status and body of a POST.
async fn post(stack: &Stack, path: &str, body: &str) -> (u16, String) {
    let request = reqwest::Client::new().post(format!("{}{path}", stack.url())).body(body.to_owned());
    let response = request.header("content-type", "text/plain").timeout(PATIENCE).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn an_http_api_answers_errors_in_its_own_words() {
    let stack = start(Stack::from_template(template("api.yaml"))).await;
    for (path, body, status, message) in [
        ("/hello/a", "", 404, "Not Found"),
        ("/elsewhere", "", 404, "Not Found"),
        ("/any/thing", "do-malformed", 500, "Internal Server Error"),
        ("/any/thing", "do-error", 500, "Internal Server Error"),
        ("/any/thing", "do-crash", 500, "Internal Server Error"),
        ("/slow", "do-nap", 503, "Service Unavailable"),
        ("/any/thing", &"x".repeat(10_000_001), 413, "Request Entity Too Large"),
        ("/any/thing", &"x".repeat(6 * 1_048_576), 413, "Request Entity Too Large"), // Lambda's limit
    ] {
        let answer = post(&stack, path, body).await;
        assert_eq!(answer, (status, format!(r#"{{"message":"{message}"}}"#)), "{path}");
    }
    assert_eq!(post(&stack, "/any/thing", "hello").await.0, 200, "and the next request is answered");
}

/// Status and body of a request to the HTTP API of `both.yaml`.
async fn ask_web(stack: &Stack, path: &str, header: &str) -> (u16, String) {
    let request = reqwest::Client::new().get(format!("{}{path}", stack.outputs()["Web"]));
    let response = request.header("x-filler", header).timeout(PATIENCE).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn a_load_balancer_and_an_http_api_stand_before_the_same_function() {
    let stack = start(Stack::from_template(template("both.yaml"))).await;
    let outputs = stack.outputs();
    assert_eq!((outputs["Front"], Some(outputs["Web"])), (stack.url(), stack.http_api_url("Web")));
    assert_ne!(outputs["Front"], outputs["Web"]);
    let event = reqwest::get(format!("{}/jobs", stack.url())).await.unwrap().text().await.unwrap();
    assert!(event.contains(r#""requestContext":{"elb""#), "{event}");
    let (status, event) = ask_web(&stack, "/jobs", "").await;
    assert!(status == 200 && event.contains(r#""routeKey":"ANY /jobs""#), "{status}: {event}");
}

#[tokio::test]
async fn a_stage_without_a_token_for_a_request_answers_429() {
    let stack = start(Stack::from_template(template("both.yaml")).parameter("Burst", "2")).await;
    let mut answers = Vec::new();
    // A request without a route takes no token.
    for path in ["/jobs", "/elsewhere", "/jobs", "/jobs"] {
        answers.push(ask_web(&stack, path, "").await);
    }
    let statuses: Vec<_> = answers.iter().map(|(status, _)| *status).collect();
    assert_eq!(statuses, [200, 404, 200, 429]);
    assert_eq!(answers[3].1, r#"{"message":"Too Many Requests"}"#);
    assert_eq!(reqwest::get(format!("{}/jobs", stack.url())).await.unwrap().status(), 200, "the listener");
}

#[tokio::test]
async fn an_http_api_takes_10240_bytes_of_request_line_and_header_values() {
    let stack = start(Stack::from_template(template("both.yaml"))).await;
    for (length, status) in [(9_900, 200), (10_240, 431)] {
        let answer = ask_web(&stack, "/jobs", &"x".repeat(length)).await;
        assert_eq!(answer.0, status, "{length}: {:.200}", answer.1);
        assert!(
            status == 200 || answer.1 == r#"{"message":"Request Header Fields Too Large"}"#,
            "{}",
            answer.1
        );
    }
}

#[tokio::test]
async fn a_request_that_an_http_api_has_taken_is_answered_before_the_stack_ends() {
    let mut stack = start(Stack::from_template(template("api.yaml"))).await;
    let (mut events, url) = (stack.events(), format!("{}/any/thing", stack.url()));
    let request = reqwest::Client::new().post(&url).header("content-type", "text/plain").body("do-nap");
    let answer = tokio::spawn(request.send());
    next(&mut events, |event| matches!(event, Event::InstanceStarted { .. }).then_some(())).await;
    stack.drain(PATIENCE).await;
    assert_eq!(answer.await.unwrap().unwrap().status(), 200);
    assert!(reqwest::get(&url).await.unwrap_err().is_connect());
}

#[tokio::test]
async fn the_stage_of_an_http_api_is_the_first_part_of_its_paths() {
    let (_directory, path) =
        changed("api.yaml", &[("Globals:\n", "Globals:\n  HttpApi:\n    StageName: live\n")]);
    let stack = start(Stack::from_template(&path)).await;
    let (status, event) = post(&stack, "/live/any/thing", "hello").await;
    assert_eq!(status, 200);
    for part in [r#""rawPath":"/live/any/thing""#, r#""stage":"live""#, r#""proxy":"thing""#] {
        assert!(event.contains(part), "{part} in {event}");
    }
    for path in ["/any/thing", "/liveany/thing", "/live"] {
        assert_eq!(post(&stack, path, "hello").await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_schedule_invokes_its_function_at_its_rate() {
    let events = Events::default();
    let mut happened = events.subscribe();
    let builder = Stack::from_template(template("job.yaml")).time_scale(TimeScale::new(100_000.0).unwrap());
    let _stack = start(builder.events(&events)).await;
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let event = printed(&mut happened).await;
        for part in [
            r#""source":"aws.events""#,
            r#""detail-type":"Scheduled Event""#,
            r#""resources":["arn:aws:events:eu-central-1:000000000000:rule/CleanUpFunctionHourly"]"#,
            r#""detail":{}"#,
        ] {
            assert!(event.contains(part), "{part} in {event}");
        }
        ids.insert(event);
    }
    assert_eq!(ids.len(), 2, "each event has its own id");
}

#[tokio::test]
async fn scheduler_invokes_at_once_and_an_error_is_tried_twice_more() {
    let (_directory, path) = changed(
        "job.yaml",
        &[
            ("Type: Schedule\n", "Type: ScheduleV2\n"),
            ("Schedule: rate(1 hour)", "ScheduleExpression: rate(365 days)"),
            ("Enabled: true", "Input: '{\"say\": \"do-print do-error\"}'"),
        ],
    );
    let events = Events::default();
    let mut happened = events.subscribe();
    let builder = Stack::from_template(&path).time_scale(TimeScale::new(100_000.0).unwrap());
    let _stack = start(builder.events(&events)).await;
    for _ in 0..3 {
        assert_eq!(printed(&mut happened).await, r#"{"say": "do-print do-error"}"#);
    }
}

#[tokio::test]
async fn a_reserved_concurrency_is_the_most_instances_of_a_function() {
    let to = "Timeout: 2\n      ReservedConcurrentExecutions: 1";
    let stack = start_changed(1.0, "Timeout: 2", to, &Events::default()).await;
    let (one, other) = tokio::join!(crate::process(&stack, "do-nap"), crate::process(&stack, "do-nap"));
    assert_eq!(one, other);
}

#[tokio::test]
async fn a_project_runs_without_its_unsupported_parts_if_it_says_so() {
    let table = "Resources:\n  Table:\n    Type: AWS::DynamoDB::Table\n";
    let (_directory, path) = changed("worker.yaml", &[("Resources:\n", table)]);
    let refused = Stack::from_template(&path).start().await.err().unwrap();
    let printed = format!("{refused:?}");
    assert!(printed.contains(":14: Table: resources of type AWS::DynamoDB::Table don't run"), "{printed}");
    assert!(printed.contains("StackBuilder::skip_unsupported"), "{printed}");
    let stack = start(Stack::from_template(&path).skip_unsupported()).await;
    assert_eq!(stack.template().skipped.len(), 1);
}

#[tokio::test]
async fn an_error_of_a_start_prints_its_sentences_with_their_sources() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = taken.local_addr().unwrap().port();
    let error = Stack::from_template(template("job.yaml")).aws_port(port).start().await.err().unwrap();
    let printed = format!("{:?}", Box::<dyn std::error::Error>::from(error));
    let lines: Vec<_> = printed.lines().collect();
    assert!(lines[0].starts_with(&format!("port {port} of the AWS endpoint is taken")), "{printed}");
    assert!(lines[1] == "Caused by:" && lines[2].contains("in use"), "{printed}");
}
