//! The real functions behind an endpoint, and AWS behind its SDK.

use super::TOKEN;
use super::aws::{s3_client, sdk_config};
use super::log::Log;
use aws_sdk_ssm::types::ParameterType;
use reqwest::redirect::Policy;
use sandbox::events::{Event, Events};
use sandbox::lambda::Function;
use sandbox::template::Template;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;

pub(crate) struct System {
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
    pub(crate) log: Log,
    pub(crate) url: String,
    pub(crate) endpoint_url: String,
    pub(crate) http: reqwest::Client,
    template: Template,
    functions: BTreeMap<String, Function>,
    events: Events,
}

/// The parts from which [`Ours`](super::Ours) and [`Moto`](super::Moto) make a system.
pub(crate) struct Parts<'a> {
    pub(crate) template: Template,
    pub(crate) functions: BTreeMap<String, Function>,
    /// The endpoint's URL.
    pub(crate) url: String,
    /// The URL of SQS, S3 and SSM.
    pub(crate) endpoint_url: &'a str,
    pub(crate) events: Events,
}

impl System {
    pub(crate) async fn new(parts: Parts<'_>) -> Self {
        let Parts { template, functions, url, endpoint_url, events } = parts;
        let config = sdk_config(endpoint_url).await;
        let system = Self {
            sqs: aws_sdk_sqs::Client::new(&config),
            s3: s3_client(&config),
            ssm: aws_sdk_ssm::Client::new(&config),
            log: Log::follow(events.subscribe()),
            url,
            endpoint_url: endpoint_url.to_owned(),
            http: http_client(),
            template,
            functions,
            events,
        };
        // A secret is created by the test, as an operator does it.
        if !system.token_parameter().starts_with("/aws/reference/") {
            system.set_tokens(TOKEN).await;
        }
        system
    }

    /// For clients of services that few tests speak to.
    pub(crate) async fn sdk_config(&self) -> aws_config::SdkConfig {
        sdk_config(&self.endpoint_url).await
    }

    /// Writes the token's parameter, as the operator does.
    pub(crate) async fn set_tokens(&self, value: &str) {
        self.put_tokens(value, ParameterType::SecureString).await;
    }

    pub(crate) async fn put_tokens(&self, value: &str, kind: ParameterType) {
        let put = self.ssm.put_parameter().name(self.token_parameter()).value(value).r#type(kind);
        put.overwrite(true).send().await.expect("a value for SSM");
    }

    pub(crate) fn token_parameter(&self) -> &str {
        self.setting("ApiFunction", "SSM_TOKEN_PARAMETER")
    }

    pub(crate) fn queue_url(&self) -> &str {
        self.setting("ApiFunction", "SQS_QUEUE_URL")
    }

    pub(crate) fn dead_letter_queue_url(&self) -> String {
        let (queues, _) = self.queue_url().rsplit_once('/').expect("a queue's URL");
        let redrive = self.template.queues.iter().find_map(|queue| queue.redrive.as_ref());
        format!("{queues}/{}", redrive.expect("the template has a dead-letter queue").dead_letter_queue)
    }

    pub(crate) fn bucket(&self) -> &str {
        self.setting("WorkerFunction", "S3_BUCKET_NAME")
    }

    /// An environment variable that the template gives a function.
    fn setting(&self, logical_id: &str, name: &str) -> &str {
        &self.function(logical_id).config().environment[name]
    }

    pub(crate) fn function(&self, logical_id: &str) -> &Function {
        self.functions.get(logical_id).expect("the template has it")
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

    /// Receives events from now on. Only the sandbox sends events of AWS's services.
    pub(crate) fn events(&self) -> Receiver<Event> {
        self.events.subscribe()
    }

    /// For parts that a test starts by itself.
    pub(crate) fn teller(&self) -> Events {
        self.events.clone()
    }
}

/// The longest that a client keeps an idle connection: less than the load balancer's 60 s, so that it never closes one
/// during a request.
const KEPT: Duration = Duration::from_secs(30);

/// A client that shows a redirect instead of following it.
fn http_client() -> reqwest::Client {
    let client = reqwest::Client::builder().redirect(Policy::none()).pool_idle_timeout(KEPT);
    client.build().expect("a client without TLS")
}
