//! The running stack of a template.

mod builder;
mod environment;
mod fronts;
mod invokers;
mod resources;

pub use builder::{REGION, StackBuilder};
pub use environment::environment;

use crate::console::Console;
use crate::event_bus::EventBus;
use crate::lambda::{BuildError, Function};
use crate::mapping::{EventSourceMapping, MappingExists};
use crate::schedule::Schedule;
use display_error_chain::DisplayErrorChain;
use fronts::Fronts;
use futures::future::join_all;
use sandbox_services::events::{Event, Events};
use sandbox_services::{Aws, AwsError, ServiceError};
use sandbox_template::{Template, TemplateError};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout_at};

/// A running stack. It stops when it is dropped.
///
/// With built functions, the first start of a process takes about 0.3 s, in which cargo checks that they are up to date.
/// Later starts take about 5 ms (medians, debug build, two cores).
pub struct Stack {
    template: Template,
    aws: Aws,
    functions: BTreeMap<String, Function>,
    events: Events,
    // Dropping these stops them.
    fronts: Fronts,
    schedules: Vec<Schedule>,
    event_bus: Option<EventBus>,
    mappings: Vec<EventSourceMapping>,
    _console: Console,
    _temporary: Option<tempfile::TempDir>,
}

#[derive(thiserror::Error)]
pub enum StackError {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Aws(#[from] AwsError),
    #[error(transparent)]
    Mapping(#[from] MappingExists),
    #[error("SQS refuses a queue of the template")]
    Queue(#[source] ServiceError),
    #[error("port {port} of the {endpoint} is taken: choose another one, or stop the program that uses it")]
    Port { endpoint: Endpoint, port: u16, source: std::io::Error },
    #[error("SSM refuses a parameter of the template")]
    Parameter(#[source] ServiceError),
    #[error(
        "can't create a temporary directory: set TMPDIR to a writable directory, or name a data directory"
    )]
    Temporary(#[source] std::io::Error),
}

/// The messages of the error and its sources, since a `main` that returns an error prints this.
impl fmt::Debug for StackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", DisplayErrorChain::new(self))
    }
}

/// An address that a stack listens on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// The load balancer's first listener, or the first HTTP API; [`StackBuilder::port`] sets its port.
    LoadBalancer,
    /// AWS's services; [`StackBuilder::aws_port`] sets its port.
    Services,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LoadBalancer => "load balancer or HTTP API",
            Self::Services => "AWS endpoint",
        })
    }
}

impl Stack {
    /// A stack of the template at `path`.
    pub fn from_template(path: impl AsRef<Path>) -> StackBuilder {
        StackBuilder::new(path.as_ref())
    }

    /// The template, with every reference resolved.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The URL of the load balancer's first listener, without a slash at the end. In a template without listeners it is
    /// the first HTTP API's; it is empty if nothing answers HTTP, as in a stack that only takes messages from queues.
    pub fn url(&self) -> &str {
        &self.fronts.url
    }

    /// The URL of the HTTP API with this logical id, such as SAM's `ServerlessHttpApi`, without its stage.
    pub fn http_api_url(&self, logical_id: &str) -> Option<&str> {
        self.fronts.http_apis.get(logical_id).map(|(url, _)| url.as_str())
    }

    /// The template's outputs, by name.
    pub fn outputs(&self) -> BTreeMap<&str, &str> {
        self.template.outputs.iter().map(|output| (output.key.as_str(), output.value.as_str())).collect()
    }

    /// AWS's services.
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The function with this logical id, such as `ApiFunction`.
    pub fn function(&self, logical_id: &str) -> Option<&Function> {
        self.functions.get(logical_id)
    }

    /// Receives events from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Takes no more requests, answers those that it has, and lets the mappings empty their queues, for `limit` at most.
    /// Batches in progress come to their end: their function's timeout is the limit.
    pub async fn drain(&mut self, limit: Duration) {
        self.schedules.clear();
        let ends = Instant::now() + limit;
        // Those that are not answered by then have a function that is stuck.
        let _ = timeout_at(ends, self.fronts.finish()).await;
        let left = ends.saturating_duration_since(Instant::now());
        join_all(std::mem::take(&mut self.mappings).into_iter().map(|mapping| mapping.drain(left))).await;
    }

    /// Stops in order: listeners and HTTP APIs, schedules, mappings, the event bus, functions, services. A stack that is
    /// dropped kills its functions at once.
    pub async fn stop(mut self) {
        self.fronts = Fronts::default();
        self.schedules.clear();
        self.mappings.clear();
        self.event_bus = None;
        join_all(self.functions.values().map(Function::stop)).await;
        self.aws.shutdown().await;
    }
}
