//! What `template.yaml` says, as far as it runs on one machine.
//!
//! [`Template::read`] turns the file into a spec for everything that runs here, with every reference resolved.
//! Nothing is passed over in silence: a resource or a property that nobody knows is an error, so that what runs here
//! and what is deployed can't drift apart.
//!
//! From the file to the specs:
//!
//! - `reader`: YAML as CloudFormation reads it;
//! - `node`: its parts, with line numbers and intrinsic functions;
//! - `scope`: the sections of a template, with SAM's `globals` and its `parameters`, to be asked for values;
//! - `evaluate`, `substitute`, `references`: what intrinsic functions return; `budget`: how far they are followed;
//! - `properties`: typed access to a resource's properties;
//! - `output`: what a stack tells its users, `names`: whether what they refer to is there;
//! - `resources`: which types run here; one module for each of them.

mod action;
mod bucket;
mod budget;
mod deployment;
mod error;
mod evaluate;
mod function;
mod globals;
mod health_check;
mod listener;
mod load_balancer;
mod log_group;
mod mapping;
mod names;
mod node;
mod output;
mod parameters;
mod properties;
mod queue;
mod reader;
mod references;
mod resources;
mod scope;
mod ssm_parameter;
mod substitute;
mod target_group;
#[cfg(test)]
mod tests;

pub use action::ActionSpec;
pub use bucket::BucketSpec;
pub use deployment::Deployment;
pub use error::{Fault, TemplateError};
pub use function::{FunctionSpec, LogFormat};
pub use health_check::HealthCheckSpec;
pub use listener::{ListenerSpec, RuleSpec};
pub use load_balancer::LoadBalancerSpec;
pub use log_group::LogGroupSpec;
pub use mapping::MappingSpec;
pub use output::OutputSpec;
pub use queue::{QueueSpec, RedriveSpec};
pub use ssm_parameter::{SsmParameterSpec, SsmParameterType};

use error::Located;
use node::Node;
use resources::Running;
use scope::{Resource, Scope};
use std::path::Path;

/// The most bytes of a template ("Understand CloudFormation quotas", in an S3 object).
const MOST_BYTES: usize = 1_048_576;

/// Everything in a template that runs on one machine, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Each is a process or several.
    pub functions: Vec<FunctionSpec>,
    /// Standard queues, dead-letter queues among them.
    pub queues: Vec<QueueSpec>,
    /// Versioned buckets.
    pub buckets: Vec<BucketSpec>,
    /// Where functions log.
    pub log_groups: Vec<LogGroupSpec>,
    /// Parameters that the stack writes into Parameter Store, except those whose values exist on AWS alone.
    pub ssm_parameters: Vec<SsmParameterSpec>,
    /// From queues to functions; those that are enabled.
    pub mappings: Vec<MappingSpec>,
    /// Ports of the load balancer.
    pub listeners: Vec<ListenerSpec>,
    /// What the stack tells its users: outputs whose condition holds and whose value can be had here.
    pub outputs: Vec<OutputSpec>,
}

impl Template {
    /// Reads a template from a file. Code is looked for from the file's directory on.
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

    fn resolve(text: &str, base: &Path, deployment: &Deployment) -> Result<Self, Located> {
        if text.len() > MOST_BYTES {
            return Err(Located::new(1, Fault::TooLong(text.len(), MOST_BYTES)));
        }
        let scope = Scope::new(&Node::parse(text)?, deployment)?;
        let running = resources::running(&scope)?;
        let of = |kind| -> Vec<&Resource> {
            running.iter().filter(|(other, _)| *other == kind).map(|(_, resource)| *resource).collect()
        };
        let each = |kind| of(kind).into_iter();

        let functions = each(Running::Function)
            .map(|function| FunctionSpec::read(&scope, function, base))
            .collect::<Result<Vec<_>, _>>()?;
        let queues = each(Running::Queue)
            .map(|queue| QueueSpec::read(&scope, queue))
            .collect::<Result<Vec<_>, _>>()?;
        queue::check_redrives(&scope, &queues)?;
        let buckets =
            each(Running::Bucket).map(|bucket| BucketSpec::read(&scope, bucket)).collect::<Result<_, _>>()?;
        let log_groups = each(Running::LogGroup)
            .map(|group| LogGroupSpec::read(&scope, group))
            .collect::<Result<_, _>>()?;
        let ssm_parameters = each(Running::SsmParameter)
            .filter_map(|parameter| SsmParameterSpec::read(&scope, parameter).transpose())
            .collect::<Result<_, _>>()?;
        let mappings = each(Running::Mapping)
            .filter_map(|mapping| MappingSpec::read(&scope, mapping, &functions, &queues).transpose())
            .collect::<Result<_, _>>()?;
        let rules = of(Running::ListenerRule);
        listener::check_rules(&scope, &rules, &of(Running::Listener))?;
        let listeners = each(Running::Listener)
            .map(|listener| ListenerSpec::read(&scope, listener, &rules, &functions))
            .collect::<Result<_, _>>()?;
        let outputs = output::read(&scope)?;
        Ok(Self { functions, queues, buckets, log_groups, ssm_parameters, mappings, listeners, outputs })
    }
}
