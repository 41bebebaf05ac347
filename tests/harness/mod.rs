//! A whole system for one test.

mod client;
mod log;
mod sdk;
mod senders;

pub(crate) use client::{Answer, email, request, send};
pub(crate) use log::Log;
pub(crate) use sdk::{s3_client, sdk_config};
pub(crate) use senders::hostile_senders;

use local::aws::faults::{Fault, Times};
use local::events::Event;
use local::lambda::Function;
use local::time_scale::TimeScale;
use local::{Stack, StackBuilder};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The token that callers of a test's system must send.
pub(crate) const TOKEN: &str = "the-right-token";
/// The token's parameter, the queues and the functions, as `template.yaml` names them for a stack called `local`.
pub(crate) const TOKEN_PARAMETER: &str = "/local/auth_token";
pub(crate) const QUEUE: &str = "local-queue";
pub(crate) const DEAD_LETTER_QUEUE: &str = "local-dead-letter-queue";
/// How long anything here may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The stack and what a test needs to talk to it.
pub(crate) struct System {
    pub(crate) stack: Stack,
    pub(crate) log: Log,
    http: reqwest::Client,
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").to_owned()
}

impl System {
    /// Starts a system whose queue runs twenty times faster than on AWS: a window is 50 ms, and what is given
    /// back comes again after 9 s.
    pub(crate) async fn start() -> Self {
        Self::start_with(20.0, |builder| builder).await
    }

    pub(crate) async fn start_with(
        time_scale: f64,
        configure: impl FnOnce(StackBuilder) -> StackBuilder,
    ) -> Self {
        let builder = Stack::from_template(root().join("template.yaml"));
        Self::start_stack(builder, time_scale, configure).await
    }

    /// Starts the template with some of its text replaced.
    pub(crate) async fn start_changed(time_scale: f64, changes: &[(&str, &str)]) -> Self {
        let mut template = std::fs::read_to_string(root().join("template.yaml")).expect("the template");
        for (from, to) in changes {
            assert!(template.contains(from), "template.yaml no longer says {from:?}");
            template = template.replace(from, to);
        }
        template = template.replace("CodeUri: .\n", &format!("CodeUri: {}\n", root().display()));
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("template.yaml");
        std::fs::write(&file, template).expect("the changed template");
        Self::start_stack(Stack::from_template(file), time_scale, |builder| builder).await
    }

    async fn start_stack(
        builder: StackBuilder,
        time_scale: f64,
        configure: impl FnOnce(StackBuilder) -> StackBuilder,
    ) -> Self {
        let scale = TimeScale::new(time_scale).expect("a time scale");
        let stack =
            configure(builder.time_scale(scale)).start().await.unwrap_or_else(|error| panic!("{error}"));
        let log = Log::follow(stack.events());
        let system = Self { stack, log, http: reqwest::Client::new() };
        system.set_tokens(TOKEN);
        system
    }

    /// Writes the token's parameter, as the operator does.
    pub(crate) fn set_tokens(&self, value: &str) {
        self.stack.aws().ssm().put_secure_string(TOKEN_PARAMETER, value).expect("a value for SSM");
    }

    /// Lets an AWS operation fail.
    pub(crate) fn fault(&self, operation: &str, fault: Fault, times: Times) {
        self.stack.aws().faults().set(operation, fault, times);
    }

    /// How often an AWS operation was called.
    pub(crate) fn calls(&self, operation: &str) -> u64 {
        self.stack.aws().faults().calls(operation)
    }

    pub(crate) fn function(&self, logical_id: &str) -> &Function {
        self.stack.function(logical_id).expect("the template has it")
    }

    pub(crate) fn bucket(&self) -> &str {
        &self.stack.template().buckets[0].name
    }

    /// Invokes a function directly with an event, and returns its answer.
    pub(crate) async fn invoke(&self, logical_id: &str, event: &Value) -> Value {
        let answer = self.function(logical_id).invoke(event.to_string().into()).await;
        serde_json::from_slice(&answer.unwrap_or_else(|error| panic!("{error}")))
            .expect("a function answers JSON")
    }

    /// Invokes the worker with records of these bodies, whose ids are `m-0`, `m-1`, ..., and returns the ids
    /// that it gives back.
    pub(crate) async fn work(&self, bodies: &[String]) -> Vec<String> {
        let records: Vec<_> = bodies
            .iter()
            .enumerate()
            .map(|(n, body)| json!({"messageId": format!("m-{n}"), "body": body, "attributes": {}, "messageAttributes": {}}))
            .collect();
        let answer = self.invoke("WorkerFunction", &json!({"Records": records})).await;
        let failures = answer["batchItemFailures"].as_array().expect("a list of failures");
        failures.iter().map(|failure| failure["itemIdentifier"].as_str().expect("an id").to_owned()).collect()
    }

    /// The keys of all objects.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let objects = self.stack.aws().s3().list(self.bucket(), "").await.expect("a list of objects");
        objects.into_iter().map(|object| object.key).collect()
    }

    /// Waits for an object, and returns what is in it as JSON.
    pub(crate) async fn stored(&self, key: &str) -> Value {
        let object = self.until(key, async || self.stack.aws().s3().get(self.bucket(), key).await.ok()).await;
        serde_json::from_slice(&object.bytes).expect("an object is JSON")
    }

    /// Waits until the bucket holds `count` objects, and returns their keys.
    pub(crate) async fn stored_keys(&self, count: usize) -> Vec<String> {
        let what = format!("{count} objects");
        self.until(&what, async || Some(self.keys().await).filter(|keys| keys.len() >= count)).await
    }

    /// Waits until the queue is empty: everything in it was filed or dead-lettered.
    pub(crate) async fn queue_drained(&self) {
        let queue = self.stack.aws().sqs().queue(QUEUE).expect("the queue");
        self.until("an empty queue", async || queue.peek().is_empty().then_some(())).await;
    }

    /// Waits until `check` finds something, looking again whenever anything happens in the stack.
    pub(crate) async fn until<T>(&self, what: &str, check: impl AsyncFn() -> Option<T>) -> T {
        let mut events = self.stack.events();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                if let Some(found) = check().await {
                    return found;
                }
                // A few events follow what they tell of, so look again after a moment without any, too.
                let _ = tokio::time::timeout(Duration::from_millis(100), events.recv()).await;
            }
        });
        found.await.unwrap_or_else(|_| panic!("no {what} within {PATIENCE:?}; the log:\n{}", self.log.text()))
    }

    /// Collects what happens from now on.
    pub(crate) fn events(&self) -> tokio::sync::broadcast::Receiver<Event> {
        self.stack.events()
    }
}
