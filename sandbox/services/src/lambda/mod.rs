//! Lambda: `Invoke`, for the functions that a stack registers.
//!
//! - [`Lambda`]: the functions of an account in a region; [`Run`]: runs one of them, and is the stack's;
//! - `target`: the function that a name, an ARN or a part of one means, with a version or an alias;
//! - `api`: the operation, as it comes in over HTTP.

use crate::error::{Result, ServiceError};
use bytes::Bytes;
use http::StatusCode;
use parking_lot::RwLock;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub(crate) mod api;
mod target;
#[cfg(test)]
mod tests;

pub(crate) use target::Target;

/// The version that an alias of SAM (`AutoPublishAlias`) leads to after the first deployment.
const PUBLISHED: &str = "1";
/// The version that was not published.
const LATEST: &str = "$LATEST";

/// Runs a function, in processes of its own.
#[async_trait::async_trait]
pub trait Run: Send + Sync {
    /// Gives the function one invocation and waits for its end. The invocation ends without its caller too.
    async fn run(&self, invocation: Invocation) -> Result<Outcome, RunError>;

    /// Takes an invocation without waiting for its result.
    fn enqueue(&self, invocation: Invocation);
}

/// The input of a function.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub request_id: String,
    pub payload: Bytes,
    /// The trace that the caller is in.
    pub trace_id: Option<String>,
    /// The function's ARN, with the version or alias that the caller named.
    pub arn: String,
    /// A JSON object.
    pub client_context: Option<String>,
    /// True if the caller asked for the output of the function.
    pub with_log: bool,
}

/// The outcome of an invocation.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The response, or the error as a JSON document.
    pub payload: Bytes,
    pub failed: bool,
    /// The output of the function during the invocation, at least its last 4 KB; empty if it wasn't asked for.
    pub log: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum RunError {
    #[error("the function has as many invocations at a time as it may have")]
    Throttled,
    #[error("the stack is stopping")]
    Stopping,
}

/// A function, as `Invoke` finds it.
#[derive(Clone)]
pub struct Registered {
    pub name: String,
    /// The alias of the published version, if there is one.
    pub alias: Option<String>,
    pub run: Arc<dyn Run>,
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered")
            .field("name", &self.name)
            .field("alias", &self.alias)
            .finish_non_exhaustive()
    }
}

/// The functions of one account in one region.
#[derive(Debug)]
pub struct Lambda {
    region: String,
    account_id: String,
    functions: RwLock<BTreeMap<String, Registered>>,
}

/// A function, and the version of it that a caller means.
#[derive(Debug)]
struct Found {
    function: Registered,
    version: &'static str,
    arn: String,
}

impl Lambda {
    pub(crate) fn new(region: &str, account_id: &str) -> Self {
        let (region, account_id) = (region.to_owned(), account_id.to_owned());
        Self { region, account_id, functions: RwLock::default() }
    }

    /// Adds a function, in place of one with the same name.
    pub fn add(&self, function: Registered) {
        self.functions.write().insert(function.name.clone(), function);
    }

    /// The function that a target means.
    fn find(&self, target: &Target) -> Result<Found> {
        if let Some(region) = target.region.as_ref().filter(|region| **region != self.region) {
            let message =
                format!("Functions from '{region}' are not reachable in this region ('{}')", self.region);
            return Err(not_found(message));
        }
        let account_id = target.account_id.as_ref().unwrap_or(&self.account_id);
        let plain = format!("arn:aws:lambda:{}:{account_id}:function:{}", self.region, target.name);
        let qualifier = target.qualifier.as_deref();
        let missing = || not_found(format!("Function not found: {plain}:{}", qualifier.unwrap_or(LATEST)));
        let function = self.functions.read().get(&target.name).cloned();
        let function = function.filter(|_| *account_id == self.account_id).ok_or_else(missing)?;
        let version = match qualifier {
            None | Some(LATEST) => LATEST,
            Some(alias) if function.alias.as_deref() == Some(alias) => PUBLISHED,
            Some(PUBLISHED) if function.alias.is_some() => PUBLISHED,
            Some(_) => return Err(missing()),
        };
        let arn = qualifier.map_or_else(|| plain.clone(), |qualifier| format!("{plain}:{qualifier}"));
        Ok(Found { function, version, arn })
    }
}

fn not_found(message: String) -> ServiceError {
    ServiceError::new("ResourceNotFoundException", message).with_status(StatusCode::NOT_FOUND)
}
