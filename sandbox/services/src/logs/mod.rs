//! CloudWatch Logs: what functions print, to be searched.
//!
//! - [`LogGroup`]: the newest lines of a function, up to a bound; [`LogStream`]: those of one instance;
//! - `pattern`: the lines that a filter pattern matches; `search`: a page of them;
//! - `api`: the operation, as it comes in over HTTP.

use crate::error::{Result, ServiceError};
use parking_lot::Mutex;
use std::collections::BTreeMap;

pub(crate) mod api;
mod group;
mod pattern;
mod search;
#[cfg(test)]
mod tests;

pub use group::{LogGroup, LogStream};

/// How many bytes of lines a log group keeps, the newest ones.
const BYTES_KEPT: usize = 64 * 1024 * 1024;

/// The log groups of one account in one region.
#[derive(Debug)]
pub struct Logs {
    groups: Mutex<BTreeMap<String, LogGroup>>,
    /// The part of an ARN before a log group's name.
    arn_prefix: String,
}

impl Logs {
    pub fn new(region: &str, account_id: &str) -> Self {
        let arn_prefix = format!("arn:aws:logs:{region}:{account_id}:log-group:");
        Self { groups: Mutex::default(), arn_prefix }
    }

    /// The log group with this name, which is created if it doesn't exist.
    pub fn group(&self, name: &str) -> LogGroup {
        let mut groups = self.groups.lock();
        groups.entry(name.to_owned()).or_insert_with(|| LogGroup::new(name, BYTES_KEPT)).clone()
    }

    fn find(&self, name_or_arn: &str) -> Result<LogGroup> {
        let name = name_or_arn.strip_prefix(self.arn_prefix.as_str()).unwrap_or(name_or_arn);
        let name = name.strip_suffix(":*").unwrap_or(name);
        self.groups.lock().get(name).cloned().ok_or_else(|| {
            ServiceError::new("ResourceNotFoundException", "The specified log group does not exist.")
        })
    }
}

/// A parameter, or two together, that AWS refuses or that the sandbox doesn't support. AWS's codes:
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>.
fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new("InvalidParameterException", message)
}
