//! CloudWatch Logs: what functions print, to be searched.
//!
//! - [`LogGroup`]: the newest lines of a function, up to a bound; [`LogStream`]: those of one instance;
//! - `pattern`: what a filter pattern matches; `search`: a page of what is found;
//! - `api`: the operation, as it comes in over HTTP.

use super::locked::locked;
use std::collections::BTreeMap;
use std::sync::Mutex;

pub(crate) mod api;
mod error;
mod group;
mod pattern;
mod search;
mod stream;
#[cfg(test)]
mod tests;

pub use error::LogsError;
pub use group::LogGroup;
pub use stream::LogStream;

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
    #[must_use]
    pub fn new(region: &str, account_id: &str) -> Self {
        let arn_prefix = format!("arn:aws:logs:{region}:{account_id}:log-group:");
        Self { groups: Mutex::default(), arn_prefix }
    }

    /// The log group with this name, which is made if it isn't there yet.
    pub fn group(&self, name: &str) -> LogGroup {
        let mut groups = locked(&self.groups);
        groups.entry(name.to_owned()).or_insert_with(|| LogGroup::new(name, BYTES_KEPT)).clone()
    }

    /// The log group with this name or ARN.
    fn find(&self, name_or_arn: &str) -> Result<LogGroup, LogsError> {
        let name = name_or_arn.strip_prefix(self.arn_prefix.as_str()).unwrap_or(name_or_arn);
        let name = name.strip_suffix(":*").unwrap_or(name);
        locked(&self.groups).get(name).cloned().ok_or(LogsError::NoGroup)
    }
}
