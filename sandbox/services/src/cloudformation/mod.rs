//! CloudFormation: the stacks that were deployed, as far as DescribeStacks shows them.

use super::locked::locked;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

pub(crate) mod api;
mod error;
#[cfg(test)]
mod tests;

pub use error::CloudFormationError;

/// A stack that was created.
#[derive(Clone, Debug)]
pub struct Deployed {
    pub name: String,
    /// Its ARN, which ends in a UUID.
    pub id: String,
    /// When it was complete.
    pub created_at: SystemTime,
    pub outputs: Vec<Output>,
}

/// An output of a stack.
#[derive(Clone, Debug)]
pub struct Output {
    pub key: String,
    pub value: String,
    pub description: Option<String>,
}

/// The stacks of one account in one region.
#[derive(Debug, Default)]
pub struct CloudFormation(Mutex<Vec<Arc<Deployed>>>);

impl CloudFormation {
    /// Adds a stack, in place of one with the same name.
    pub fn add(&self, stack: Deployed) {
        let mut stacks = locked(&self.0);
        stacks.retain(|other| other.name != stack.name);
        stacks.push(Arc::new(stack));
    }

    /// Every stack, or the one with this name or id.
    fn find(&self, name_or_id: Option<&str>) -> Result<Vec<Arc<Deployed>>, CloudFormationError> {
        let stacks = locked(&self.0).clone();
        let Some(wanted) = name_or_id else { return Ok(stacks) };
        let found = stacks.into_iter().find(|stack| stack.name == wanted || stack.id == wanted);
        found.map(|stack| vec![stack]).ok_or_else(|| CloudFormationError::NoStack(wanted.to_owned()))
    }
}
