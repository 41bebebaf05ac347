//! The whole stack: what a template says, running.

mod builder;
mod environment;
mod listeners;

pub use builder::{REGION, StackBuilder};
pub use environment::environment;

use crate::alb::LoadBalancer;
use crate::lambda::{BuildError, Function};
use crate::mapping::EventSourceMapping;
use crate::status::Status;
use futures::future::join_all;
use sandbox_services::events::{Event, Events};
use sandbox_services::{Aws, AwsError, sqs::SqsError, ssm::SsmError};
use sandbox_template::{Template, TemplateError};
use std::collections::BTreeMap;
use std::path::Path;
use tokio::sync::broadcast;

/// Everything that a template describes, on this machine. It stops when it is dropped.
///
/// With the functions built, the first start of a process takes about 0.3 s, nearly all of it cargo's look at whether
/// they are up to date; every later one takes about 5 ms (medians, debug build, two cores).
pub struct Stack {
    template: Template,
    url: String,
    aws: Aws,
    functions: BTreeMap<String, Function>,
    events: Events,
    // Kept for what happens when they are dropped: they stop.
    listeners: Vec<LoadBalancer>,
    mappings: Vec<EventSourceMapping>,
    _status: Status,
    _temporary: Option<tempfile::TempDir>,
}

/// Why a stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// The template can't be read, or says what can't run here.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The functions can't be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The local AWS can't start.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// SQS refuses a queue.
    #[error("a queue of the template is refused")]
    Queue(#[from] SqsError),
    /// A port is taken.
    #[error("port {port} of the {endpoint} is taken: choose another one, or stop the program that uses it")]
    Port { endpoint: Endpoint, port: u16, source: std::io::Error },
    /// SSM refuses a parameter.
    #[error("a parameter of the template is refused")]
    Parameter(#[from] SsmError),
    /// No place for the objects.
    #[error(
        "no temporary directory can be made: set TMPDIR to one that is writable, or name a data directory"
    )]
    Temporary(#[source] std::io::Error),
    /// The template has no load balancer.
    #[error(
        "the template has no listener, so there is no way in: add an AWS::ElasticLoadBalancingV2::Listener"
    )]
    NoListener,
}

/// An address that a stack listens on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// The load balancer's first listener; [`StackBuilder::port`] sets its port.
    LoadBalancer,
    /// SQS, S3, SSM and the others; [`StackBuilder::aws_port`] sets its port.
    Services,
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LoadBalancer => "load balancer",
            Self::Services => "AWS endpoint",
        })
    }
}

impl Stack {
    /// Begins a stack of what the template at `path` describes.
    pub fn from_template(path: impl AsRef<Path>) -> StackBuilder {
        StackBuilder::new(path.as_ref())
    }

    /// The template, with every reference resolved.
    #[must_use]
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// Where the load balancer's first listener answers, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it tells its users: the template's outputs, by name.
    #[must_use]
    pub fn outputs(&self) -> BTreeMap<&str, &str> {
        self.template.outputs.iter().map(|output| (output.key.as_str(), output.value.as_str())).collect()
    }

    /// SQS, S3, SSM, and what CloudFormation and CloudWatch Logs know of the stack.
    #[must_use]
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The function with this logical id, such as `ApiFunction`.
    #[must_use]
    pub fn function(&self, logical_id: &str) -> Option<&Function> {
        self.functions.get(logical_id)
    }

    /// Listens to what happens from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Stops everything, from the outside in: no more requests, no more batches, then the functions, then AWS.
    ///
    /// Dropping a stack stops it too, but kills the functions at once.
    pub async fn stop(mut self) {
        self.listeners.clear();
        self.mappings.clear();
        join_all(self.functions.values().map(Function::stop)).await;
        self.aws.shutdown().await;
    }
}
