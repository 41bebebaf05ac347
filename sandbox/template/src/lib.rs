//! Reads an AWS SAM template into what runs on one machine.
//!
//! [`Template::parse`] and [`Template::read`] resolve parameters, conditions and intrinsic functions, and give a spec for
//! each function, queue, bucket, log group, parameter, event source mapping, listener, HTTP API, schedule and rule. Resource
//! types, events and properties that this crate doesn't know are refused together, each with its line: what runs here and
//! what is deployed can't drift apart. [`Template::read_supported`] skips them instead.
//!
//! ```
//! use sandbox_template::{Deployment, Template};
//!
//! let deployment = Deployment {
//!     stack_name: "demo".to_owned(),
//!     region: "eu-central-1".to_owned(),
//!     account_id: "000000000000".to_owned(),
//!     stack_id: "arn:aws:cloudformation:eu-central-1:000000000000:stack/demo/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02"
//!         .to_owned(),
//!     aws_endpoint_url: "http://127.0.0.1:4566".to_owned(),
//!     fronts: Vec::new(),
//!     parameters: [("Seconds".to_owned(), "60".to_owned())].into(),
//! };
//! let template = "
//! Parameters:
//!   Seconds: {Type: Number, Default: 30}
//! Resources:
//!   Jobs:
//!     Type: AWS::SQS::Queue
//!     Properties: {VisibilityTimeout: !Ref Seconds}
//! ";
//! let queues = Template::parse(template, &deployment)?.queues;
//! assert_eq!(queues[0].name, "demo-Jobs");
//! assert_eq!(queues[0].visibility_timeout.as_secs(), 60);
//!
//! let error = Template::parse(&template.replace("Jobs:", "Jobs:\n    Typ: x"), &deployment).unwrap_err();
//! assert!(error.to_string().starts_with("template.yaml:6: Jobs.Typ: not supported by the sandbox"), "{error}");
//! # Ok::<_, sandbox_template::TemplateError>(())
//! ```
//!
//! From the file to the specs:
//!
//! - `yaml`: YAML as CloudFormation reads it; `node`: its parts, with line numbers and intrinsic functions;
//! - `scope`: the sections of a template, with SAM's `globals` and its `parameters`, to be asked for values;
//! - `evaluate` and `references`: what intrinsic functions return;
//! - `pattern`: which events a rule wants;
//! - `properties`: typed access to a resource's properties;
//! - `resources` and `generated`: which types run here, and which ones SAM adds; then a module for each of them;
//! - `event`: what SAM connects with a function in the function's own resource;
//! - `output`: what a stack tells its users.

mod action;
mod bucket;
mod build;
mod deployment;
mod error;
mod evaluate;
mod event;
mod event_rule;
mod function;
mod generated;
mod globals;
mod http_api;
mod listener;
mod load_balancer;
mod log_group;
mod mapping;
mod node;
mod output;
mod parameters;
mod pattern;
mod properties;
mod queue;
mod references;
mod resources;
mod schedule;
mod scope;
mod ssm_parameter;
mod target_group;
#[cfg(test)]
mod tests;
mod yaml;

pub use action::ActionSpec;
pub use bucket::{BucketSpec, VersioningStatus};
pub use deployment::Deployment;
pub use error::{ErrorKind, TemplateError, UnsupportedPart};
pub use event_rule::EventRuleSpec;
pub use function::{FunctionSpec, LogFormat};
pub use http_api::{HttpApiSpec, RouteSpec, ThrottleSpec};
pub use listener::{ListenerSpec, RuleSpec};
pub use load_balancer::LoadBalancerSpec;
pub use log_group::LogGroupSpec;
pub use mapping::MappingSpec;
pub use output::OutputSpec;
pub use pattern::{Comparison, EventPattern, FieldPattern, Matcher};
pub use queue::{QueueSpec, RedriveSpec};
pub use schedule::{ScheduleSource, ScheduleSpec};
pub use ssm_parameter::{SsmParameterSpec, SsmParameterType};
pub use target_group::{HealthCheckSpec, TargetSpec};

use error::{Located, Result};
use event::Connected;
use mapping::Mappings;
use node::Node;
use resources::Running;
use scope::{Resource, Scope};
use std::path::Path;

/// The most bytes of a template ("Understand CloudFormation quotas", in an S3 object).
const MOST_BYTES: usize = 1_048_576;

/// Everything in a template that runs on one machine, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    pub functions: Vec<FunctionSpec>,
    /// Dead-letter queues among them.
    pub queues: Vec<QueueSpec>,
    pub buckets: Vec<BucketSpec>,
    pub log_groups: Vec<LogGroupSpec>,
    /// Without those whose values exist on AWS alone.
    pub ssm_parameters: Vec<SsmParameterSpec>,
    /// Those that are enabled.
    pub mappings: Vec<MappingSpec>,
    pub listeners: Vec<ListenerSpec>,
    pub http_apis: Vec<HttpApiSpec>,
    /// Those that are enabled.
    pub schedules: Vec<ScheduleSpec>,
    /// Those that are enabled, one for each target.
    pub event_rules: Vec<EventRuleSpec>,
    /// Those whose condition holds and whose value doesn't exist on AWS alone.
    pub outputs: Vec<OutputSpec>,
    /// The unsupported parts that [`Template::read_supported`] left out.
    pub skipped: Vec<UnsupportedPart>,
}

impl Template {
    /// Reads a template from a file. `CodeUri` is relative to the file's directory.
    pub fn read(path: &Path, deployment: &Deployment) -> Result<Self, TemplateError> {
        Self::read_file(path, deployment, false)
    }

    /// Reads a template from a file without the parts that the sandbox doesn't support. References to a skipped resource
    /// resolve as to any other that exists on AWS alone; an environment variable with one is skipped too.
    pub fn read_supported(path: &Path, deployment: &Deployment) -> Result<Self, TemplateError> {
        Self::read_file(path, deployment, true)
    }

    /// Reads a template from a string, as a `template.yaml` in the current directory.
    pub fn parse(text: &str, deployment: &Deployment) -> Result<Self, TemplateError> {
        Self::resolve(text, "template.yaml", Path::new(""), deployment, false)
    }

    fn read_file(path: &Path, deployment: &Deployment, skips: bool) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::Unreadable { path: path.to_owned(), source })?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::resolve(&text, &path.display().to_string(), base, deployment, skips)
    }

    fn resolve(
        text: &str,
        file: &str,
        base: &Path,
        deployment: &Deployment,
        skips: bool,
    ) -> Result<Self, TemplateError> {
        let in_file = |error: Located| error.in_file(file);
        if text.len() > MOST_BYTES {
            return Err(in_file(Located::new(1, ErrorKind::TooLong(text.len(), MOST_BYTES))));
        }
        let scope =
            Node::parse(text).and_then(|node| Scope::new(&node, deployment, skips)).map_err(in_file)?;
        resources::report_unsupported(&scope);
        let template = Self::of_scope(&scope, base);
        let parts = scope.unsupported();
        // The unsupported parts first: another error may come of one of them.
        if !skips && !parts.is_empty() {
            return Err(TemplateError::Unsupported { file: file.to_owned(), parts });
        }
        template.map(|template| Self { skipped: parts, ..template }).map_err(in_file)
    }

    fn of_scope(scope: &Scope<'_>, base: &Path) -> Result<Self> {
        let running = resources::running(scope)?;
        let of = |kind| -> Vec<&Resource> {
            running.iter().filter(|(other, _)| *other == kind).map(|(_, resource)| *resource).collect()
        };
        let function_resources = of(Running::Function);
        let functions = each(&function_resources, |function| FunctionSpec::read(scope, function, base))?;
        let queues = each(&of(Running::Queue), |queue| QueueSpec::read(scope, queue))?;
        queue::check_redrives(scope, &queues)?;
        let http_apis = http_api::Parts {
            apis: of(Running::HttpApi),
            stages: of(Running::HttpApiStage),
            routes: of(Running::HttpApiRoute),
        };
        let mut events = Connected {
            queues: &queues,
            mappings: Mappings::default(),
            http_apis: http_apis.read(scope, &functions)?,
            schedules: Vec::new(),
            event_rules: Vec::new(),
        };
        for rule in of(Running::EventRule) {
            let rules = scope.or_reported(EventRuleSpec::of_resource(scope, rule, &functions))?;
            events.event_rules.extend(rules.into_iter().flatten());
        }
        for mapping in of(Running::Mapping) {
            scope.or_reported(events.mappings.add_resource(scope, mapping, &functions, &queues))?;
        }
        for (resource, function) in function_resources.iter().zip(&functions) {
            events.add(scope, resource, function)?;
        }
        let Connected { mappings, http_apis, schedules, event_rules, .. } = events;
        let (listeners, rules) = (of(Running::Listener), of(Running::ListenerRule));
        Ok(Self {
            buckets: each(&of(Running::Bucket), |bucket| BucketSpec::read(scope, bucket))?,
            log_groups: each(&of(Running::LogGroup), |group| LogGroupSpec::read(scope, group))?,
            ssm_parameters: each_some(&of(Running::SsmParameter), |one| SsmParameterSpec::read(scope, one))?,
            mappings: mappings.enabled(),
            listeners: listener::read_all(scope, &listeners, &rules, &functions)?,
            http_apis,
            schedules,
            event_rules,
            outputs: output::read(scope)?,
            functions,
            queues,
            skipped: Vec::new(),
        })
    }
}

fn each<T>(resources: &[&Resource], read: impl Fn(&Resource) -> Result<T>) -> Result<Vec<T>> {
    resources.iter().map(|resource| read(resource)).collect()
}

fn each_some<T>(resources: &[&Resource], read: impl Fn(&Resource) -> Result<Option<T>>) -> Result<Vec<T>> {
    Ok(each(resources, read)?.into_iter().flatten().collect())
}
