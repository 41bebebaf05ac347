//! The running stack of a small SAM project (`tests/other-project`).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on panics where it stands"
)]

mod alb;
mod browser;
mod console;
mod draining;
mod event_bus;
mod framing;
mod lambda;
mod mapping;
mod projects;
mod rules;
mod sdks;
mod slow;
mod targets;
mod wire;

use sandbox::TimeScale;
use sandbox::events::{Event, Events};
use sandbox::services::s3::NewObject;
use sandbox::services::sqs::QueueConfig;
use sandbox::{Stack, StackBuilder};
use std::path::Path;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

/// A test gives up after this time.
const PATIENCE: Duration = Duration::from_secs(60);
const FUNCTION: &str = "OddFunction";

fn project() -> StackBuilder {
    Stack::from_template(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other-project/template.yaml"))
}

async fn start() -> Stack {
    project().start().await.unwrap_or_else(|error| panic!("{error}"))
}

async fn start_scaled(time_scale: f64) -> Stack {
    let stack = project().time_scale(TimeScale::new(time_scale).unwrap());
    stack.start().await.unwrap_or_else(|error| panic!("{error}"))
}

/// A stack of the template with some of its text replaced.
async fn start_changed(time_scale: f64, from: &str, to: &str, events: &Events) -> Stack {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other-project");
    let template = std::fs::read_to_string(directory.join("template.yaml")).unwrap();
    assert!(template.contains(from), "the template no longer says {from:?}");
    let template =
        template.replace(from, to).replace("CodeUri: .", &format!("CodeUri: {}", directory.display()));
    let elsewhere = tempfile::tempdir().unwrap();
    let changed = elsewhere.path().join("template.yaml");
    std::fs::write(&changed, template).unwrap();
    let stack = Stack::from_template(&changed).time_scale(TimeScale::new(time_scale).unwrap()).events(events);
    stack.start().await.unwrap_or_else(|error| panic!("{error}"))
}

/// Status and body of what the load balancer answers to a body.
async fn post(stack: &Stack, body: &str) -> (u16, String) {
    let response = send(stack, body).await;
    (response.status().as_u16(), response.text().await.unwrap())
}

/// The process that answers a body.
async fn process(stack: &Stack, body: &str) -> String {
    let response = send(stack, body).await;
    response.headers()["x-process"].to_str().unwrap().to_owned()
}

async fn send(stack: &Stack, body: &str) -> reqwest::Response {
    let request = reqwest::Client::new().post(stack.url()).header("content-type", "text/plain");
    request.body(body.to_owned()).timeout(PATIENCE).send().await.unwrap()
}

/// Waits for the next event that `wanted` makes something of.
async fn next<T>(events: &mut Receiver<Event>, wanted: impl Fn(Event) -> Option<T>) -> T {
    let found = timeout(PATIENCE, async {
        loop {
            if let Some(found) = wanted(events.recv().await.unwrap()) {
                return found;
            }
        }
    });
    found.await.expect("it happens in time")
}

#[tokio::test]
async fn a_write_is_synced_in_a_directory_that_stays_and_not_in_one_that_goes_with_the_stack() {
    let directory = tempfile::tempdir().unwrap();
    for (builder, is_synced) in [(project().data(directory.path()), true), (project(), false)] {
        let stack = builder.functions(false).start().await.unwrap();
        let s3 = stack.aws().s3();
        s3.create_bucket("bucket").unwrap();
        let before = s3.syncs();
        let (headers, metadata, condition) = Default::default();
        let object = NewObject {
            key: "key".to_owned(),
            bytes: "x".into(),
            headers,
            metadata,
            condition,
            ..NewObject::default()
        };
        s3.put("bucket", object).await.unwrap();
        assert_eq!(s3.syncs() > before, is_synced);
    }
}

#[tokio::test]
async fn a_start_changes_only_what_the_template_has_changed() {
    let directory = tempfile::tempdir().unwrap();
    let visibility_of = async |stack: Stack, change: Option<u64>| {
        let spec = stack.template().queues.iter().find(|queue| queue.logical_id == "Queue").unwrap();
        let queue = stack.aws().sqs().queue(&spec.name).unwrap();
        let found = queue.config().visibility_timeout.as_secs();
        if let Some(seconds) = change {
            let config = QueueConfig { visibility_timeout: Duration::from_secs(seconds), ..queue.config() };
            stack.aws().sqs().deploy_queue(config).unwrap();
        }
        drop(queue);
        stack.stop().await;
        found
    };
    let start =
        async |builder: StackBuilder| builder.data(directory.path()).functions(false).start().await.unwrap();
    assert_eq!(visibility_of(start(project()).await, Some(77)).await, 12);
    assert_eq!(visibility_of(start(project()).await, None).await, 77);

    let changed = directory.path().join("template.yaml");
    let template = std::fs::read_to_string("tests/other-project/template.yaml").unwrap();
    std::fs::write(&changed, template.replace("VisibilityTimeout: 12", "VisibilityTimeout: 13")).unwrap();
    assert_eq!(visibility_of(start(Stack::from_template(&changed)).await, None).await, 13);
}

#[tokio::test]
async fn a_stack_keeps_its_id_with_its_data_directory_and_names_have_the_same_suffix() {
    let directory = tempfile::tempdir().unwrap();
    let start = async |builder: StackBuilder| {
        let stack = builder.functions(false).start().await.unwrap();
        let id = stack.aws().cloudformation().stack_id("local").unwrap();
        stack.stop().await;
        id
    };
    let kept = start(project().data(directory.path())).await;
    assert_eq!(start(project().data(directory.path())).await, kept);
    let [first, second] = [start(project()).await, start(project()).await];
    assert!(first != second && first != kept, "{first} {second} {kept}");
    let prefix = "arn:aws:cloudformation:eu-central-1:000000000000:stack/local/8f6d3a10-";
    assert!([&kept, &first, &second].iter().all(|id| id.starts_with(prefix)), "{first} {second} {kept}");
}
