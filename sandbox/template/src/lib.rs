//! Reads an AWS SAM template into what runs on one machine.
//!
//! [`Template::parse`] and [`Template::read`] resolve parameters, conditions and intrinsic functions, and give a spec for
//! each function, queue, bucket, log group, parameter, event source mapping and listener. A resource type or property
//! that this crate doesn't know is an error with its line: what runs here and what is deployed can't drift apart.
//!
//! ```
//! use sandbox_template::{Deployment, Template};
//!
//! let deployment = Deployment {
//!     stack_name: "demo".to_owned(),
//!     region: "eu-central-1".to_owned(),
//!     account_id: "000000000000".to_owned(),
//!     aws_endpoint_url: "http://127.0.0.1:4566".to_owned(),
//!     load_balancer: None,
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
//! - `properties`: typed access to a resource's properties;
//! - `resources`: which types run here; then a module for each of them;
//! - `output`: what a stack tells its users.

mod action;
mod bucket;
mod deployment;
mod error;
mod evaluate;
mod function;
mod globals;
mod listener;
mod load_balancer;
mod log_group;
mod mapping;
mod node;
mod output;
mod parameters;
mod properties;
mod queue;
mod references;
mod resources;
mod scope;
mod ssm_parameter;
mod target_group;
#[cfg(test)]
mod tests;
mod yaml;

pub use action::ActionSpec;
pub use bucket::{BucketSpec, VersioningStatus};
pub use deployment::Deployment;
pub use error::{ErrorKind, TemplateError};
pub use function::{FunctionSpec, LogFormat};
pub use listener::{ListenerSpec, RuleSpec};
pub use load_balancer::LoadBalancerSpec;
pub use log_group::LogGroupSpec;
pub use mapping::MappingSpec;
pub use output::OutputSpec;
pub use queue::{QueueSpec, RedriveSpec};
pub use ssm_parameter::{SsmParameterSpec, SsmParameterType};
pub use target_group::{HealthCheckSpec, TargetSpec};

use error::{Located, Result};
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
    /// Those whose condition holds and whose value doesn't exist on AWS alone.
    pub outputs: Vec<OutputSpec>,
}

impl Template {
    /// Reads a template from a file. `CodeUri` is relative to the file's directory.
    pub fn read(path: &Path, deployment: &Deployment) -> Result<Self, TemplateError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| TemplateError::Unreadable { path: path.to_owned(), source })?;
        let base = path.parent().unwrap_or(Path::new(""));
        Self::resolve(&text, base, deployment).map_err(|error| error.in_file(&path.display().to_string()))
    }

    /// Reads a template from a string, as a `template.yaml` in the current directory.
    pub fn parse(text: &str, deployment: &Deployment) -> Result<Self, TemplateError> {
        Self::resolve(text, Path::new(""), deployment).map_err(|error| error.in_file("template.yaml"))
    }

    fn resolve(text: &str, base: &Path, deployment: &Deployment) -> Result<Self> {
        if text.len() > MOST_BYTES {
            return Err(Located::new(1, ErrorKind::TooLong(text.len(), MOST_BYTES)));
        }
        let scope = &Scope::new(&Node::parse(text)?, deployment)?;
        let running = resources::running(scope)?;
        let of = |kind| -> Vec<&Resource> {
            running.iter().filter(|(other, _)| *other == kind).map(|(_, resource)| *resource).collect()
        };
        let functions = each(&of(Running::Function), |function| FunctionSpec::read(scope, function, base))?;
        let queues = each(&of(Running::Queue), |queue| QueueSpec::read(scope, queue))?;
        queue::check_redrives(scope, &queues)?;
        let mapping = |mapping: &_| MappingSpec::read(scope, mapping, &functions, &queues);
        let mappings = of(Running::Mapping);
        let (listeners, rules) = (of(Running::Listener), of(Running::ListenerRule));
        mapping::check_duplicates(scope, &mappings, &functions)?;
        Ok(Self {
            buckets: each(&of(Running::Bucket), |bucket| BucketSpec::read(scope, bucket))?,
            log_groups: each(&of(Running::LogGroup), |group| LogGroupSpec::read(scope, group))?,
            ssm_parameters: each_some(&of(Running::SsmParameter), |one| SsmParameterSpec::read(scope, one))?,
            mappings: each_some(&mappings, mapping)?,
            listeners: listener::read_all(scope, &listeners, &rules, &functions)?,
            outputs: output::read(scope)?,
            functions,
            queues,
        })
    }
}

fn each<T>(resources: &[&Resource], read: impl Fn(&Resource) -> Result<T>) -> Result<Vec<T>> {
    resources.iter().map(|resource| read(resource)).collect()
}

fn each_some<T>(resources: &[&Resource], read: impl Fn(&Resource) -> Result<Option<T>>) -> Result<Vec<T>> {
    Ok(each(resources, read)?.into_iter().flatten().collect())
}
