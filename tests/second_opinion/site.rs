//! The two real functions behind the load balancer, on our AWS or on moto.

use super::moto;
use crate::harness::{Answer, Log, TOKEN, request, root, s3_client, sdk_config, send};
use aws_config::SdkConfig;
use aws_sdk_ssm::types::ParameterType;
use local::Stack;
use local::alb::{LoadBalancer, LoadBalancerConfig};
use local::events::Events;
use local::lambda::{Binaries, BuildOutput, Function, FunctionConfig};
use local::stack::environment;
use local::template::{Deployment, Template};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

pub(super) const REGION: &str = "eu-central-1";

/// Everything that a scenario needs. What is behind the SDK is all that differs between the two.
pub(crate) struct Site {
    pub(super) sqs: aws_sdk_sqs::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) ssm: aws_sdk_ssm::Client,
    pub(super) log: Log,
    template: Template,
    functions: BTreeMap<String, Function>,
    url: String,
    http: reqwest::Client,
    _load_balancer: LoadBalancer,
    /// Our AWS, without functions of its own; moto lives as long as the process.
    _ours: Option<Stack>,
}

impl Site {
    /// On our AWS.
    pub(crate) async fn ours() -> Self {
        let stack =
            Stack::from_template(root().join("template.yaml")).functions(false).start().await.unwrap();
        let (template, endpoint_url) = (stack.template().clone(), stack.aws().endpoint_url().to_owned());
        let config = sdk_config(&endpoint_url).await;
        Self::start(template, &endpoint_url, &config, Some(stack)).await
    }

    /// On moto, with resources of its own; `None` if moto is not installed.
    pub(crate) async fn moto() -> Option<Self> {
        static SITES: AtomicUsize = AtomicUsize::new(0);
        let endpoint_url = moto::url()?;
        let deployment = Deployment {
            stack_name: format!("site{}", SITES.fetch_add(1, Ordering::Relaxed)),
            region: REGION.to_owned(),
            account_id: moto::ACCOUNT_ID.to_owned(),
            aws_endpoint_url: endpoint_url.to_owned(),
            parameters: BTreeMap::new(),
        };
        let template = Template::read(&root().join("template.yaml"), &deployment).unwrap();
        let config = sdk_config(endpoint_url).await;
        moto::deploy(&template, &config).await;
        Some(Self::start(template, endpoint_url, &config, None).await)
    }

    async fn start(template: Template, endpoint_url: &str, config: &SdkConfig, ours: Option<Stack>) -> Self {
        let events = Events::default();
        let log = Log::follow(events.subscribe());
        let functions = functions(&template, endpoint_url, &events).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (spec, behind) = (template.listeners[0].clone(), functions.clone());
        let load_balancer = LoadBalancer::start(LoadBalancerConfig {
            listener,
            spec,
            functions: behind,
            idle_timeout: Duration::from_secs(60),
            events,
        })
        .unwrap();
        let site = Self {
            sqs: aws_sdk_sqs::Client::new(config),
            s3: s3_client(config),
            ssm: aws_sdk_ssm::Client::new(config),
            log,
            template,
            functions,
            url,
            http: reqwest::Client::new(),
            _load_balancer: load_balancer,
            _ours: ours,
        };
        site.set_tokens(TOKEN, ParameterType::SecureString).await;
        site
    }

    /// Writes the token's parameter.
    pub(super) async fn set_tokens(&self, value: &str, kind: ParameterType) {
        let name = self.setting("ApiFunction", "SSM_TOKEN_PARAMETER");
        self.ssm.put_parameter().name(name).value(value).r#type(kind).overwrite(true).send().await.unwrap();
    }

    /// An environment variable that the template gives a function.
    fn setting(&self, function: &str, name: &str) -> &str {
        let function = self.template.functions.iter().find(|spec| spec.logical_id == function).unwrap();
        &function.environment[name]
    }

    pub(super) fn queue_url(&self) -> &str {
        self.setting("ApiFunction", "SQS_QUEUE_URL")
    }

    pub(super) async fn dead_letter_queue_url(&self) -> String {
        let redrive = self.template.queues.iter().find_map(|queue| queue.redrive.as_ref()).unwrap();
        let found = self.sqs.get_queue_url().queue_name(&redrive.dead_letter_queue).send().await.unwrap();
        found.queue_url.unwrap()
    }

    pub(super) fn bucket(&self) -> &str {
        self.setting("WorkerFunction", "S3_BUCKET_NAME")
    }

    /// Invokes a function directly, and returns its answer.
    pub(super) async fn invoke(&self, logical_id: &str, event: &Value) -> Value {
        let answer = self.functions[logical_id].invoke(event.to_string().into()).await;
        serde_json::from_slice(&answer.unwrap_or_else(|error| panic!("{error}"))).unwrap()
    }

    pub(super) async fn send(&self, method: Method, path: &str, body: String) -> Answer {
        let request = self.http.request(method, format!("{}{path}", self.url)).body(body);
        send(request, &[("content-type", "application/json")]).await
    }

    /// Posts `data` with the right token.
    pub(super) async fn post(&self, data: &Value) -> Answer {
        self.send(Method::POST, "/api/email", request(data).to_string()).await
    }

    /// Posts `data` with this token, and returns the status.
    pub(super) async fn status_with(&self, token: &str, data: &Value) -> u16 {
        self.send(Method::POST, "/", json!({"data": data, "token": token}).to_string()).await.status
    }

    /// The keys of all objects, in order.
    pub(super) async fn keys(&self) -> Vec<String> {
        let listed = self.s3.list_objects_v2().bucket(self.bucket()).send().await.unwrap();
        listed.contents().iter().map(|object| object.key().unwrap().to_owned()).collect()
    }

    /// An object's body and metadata.
    pub(super) async fn object(&self, key: &str) -> (String, BTreeMap<String, String>) {
        let object = self.s3.get_object().bucket(self.bucket()).key(key).send().await;
        let object = object.unwrap_or_else(|error| panic!("{key}: {error:?}\n{}", self.log.text()));
        let metadata = object.metadata().unwrap().clone().into_iter().collect();
        (String::from_utf8(object.body.collect().await.unwrap().to_vec()).unwrap(), metadata)
    }

    /// An object's body as JSON.
    pub(super) async fn stored(&self, key: &str) -> Value {
        serde_json::from_str(&self.object(key).await.0).unwrap()
    }
}

/// The template's functions, as a stack would run them.
async fn functions(template: &Template, endpoint_url: &str, events: &Events) -> BTreeMap<String, Function> {
    let names: Vec<_> = template.functions.iter().map(|spec| spec.binary.as_str()).collect();
    let binaries = Binaries::build(&template.functions[0].code_uri, &names, BuildOutput::Kept).await.unwrap();
    let function = |spec: &local::template::FunctionSpec| {
        let config = FunctionConfig {
            name: spec.name.clone(),
            arn: format!("arn:aws:lambda:{REGION}:{}:function:{}", moto::ACCOUNT_ID, spec.name),
            executable: binaries.path(&spec.binary).unwrap().to_owned(),
            timeout: spec.timeout,
            environment: environment(spec, REGION, endpoint_url),
        };
        (spec.logical_id.clone(), Function::new(config, events.clone()))
    };
    template.functions.iter().map(function).collect()
}
