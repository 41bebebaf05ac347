//! What one instance of a function prints.

use super::LogGroup;
use crate::clock::iso_8601;
use std::sync::Arc;
use std::time::SystemTime;
use uuid::Uuid;

/// A log stream of a group, to be written to. Cheap to clone.
#[derive(Clone, Debug)]
pub struct LogStream {
    group: LogGroup,
    name: Arc<str>,
}

impl LogStream {
    /// Named as Lambda does, which names the function too where the group could be another's:
    /// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html>.
    pub(crate) fn new(group: LogGroup, function: &str) -> Self {
        let now = iso_8601(SystemTime::now());
        let day = now.get(..10).unwrap_or_default().replace('-', "/");
        let instance = Uuid::new_v4().simple();
        let name = if group.name() == format!("/aws/lambda/{function}") {
            format!("{day}/[$LATEST]{instance}")
        } else {
            format!("{day}/{function}[$LATEST][{instance}]")
        };
        Self { group, name: name.into() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a line.
    pub fn put(&self, line: &str) {
        self.group.put(&self.name, line);
    }
}
