//! What one instance of a function prints.

use super::LogGroup;
use crate::aws::clock::iso_8601;
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
    /// Its name has the form of Lambda's: the day, the function's version, and 32 hex digits.
    pub(super) fn new(group: LogGroup) -> Self {
        let now = iso_8601(SystemTime::now());
        let day = now.get(..10).unwrap_or_default().replace('-', "/");
        let name = format!("{day}/[$LATEST]{}", Uuid::new_v4().simple());
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
