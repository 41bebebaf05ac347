//! The queues that exist, and the names that are not free yet.

use super::Queue;
use crate::error::{Result, ServiceError};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug, Default)]
pub(crate) struct Queues(Mutex<Names>);

#[derive(Debug, Default)]
struct Names {
    queues: BTreeMap<String, Arc<Queue>>,
    /// When queues of these names were deleted.
    deleted: HashMap<String, Instant>,
}

impl Queues {
    /// The queues that were there before a restart.
    pub(crate) fn restored(queues: impl IntoIterator<Item = Arc<Queue>>) -> Self {
        let queues = queues.into_iter().map(|queue| (queue.name().to_owned(), queue)).collect();
        Self(Mutex::new(Names { queues, deleted: HashMap::new() }))
    }

    pub(crate) fn named(&self, name: &str) -> Option<Arc<Queue>> {
        self.0.lock().queues.get(name).cloned()
    }

    pub(crate) fn with_arn(&self, arn: &str) -> Option<Arc<Queue>> {
        self.0.lock().queues.values().find(|queue| queue.arn() == arn).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Queue>> {
        self.0.lock().queues.values().cloned().collect()
    }

    /// Adds a queue, unless one of its name exists or did less than `pause` ago.
    pub(crate) fn add(&self, queue: &Arc<Queue>, pause: Duration) -> Result<()> {
        let mut names = self.0.lock();
        let name = queue.name();
        if names.queues.contains_key(name) {
            let message = format!("Another request created the queue {name} at the same time.");
            return Err(ServiceError::new("QueueNameExists", message));
        }
        if names.deleted.get(name).is_some_and(|at| at.elapsed() < pause) {
            let message = "You must wait 60 seconds after deleting a queue before you can create another with the same name.";
            return Err(ServiceError::new("QueueDeletedRecently", message));
        }
        names.deleted.remove(name);
        names.queues.insert(name.to_owned(), Arc::clone(queue));
        queue.save(&queue.settings());
        Ok(())
    }

    pub(crate) fn delete(&self, queue: &Queue) {
        let mut names = self.0.lock();
        if names.queues.remove(queue.name()).is_some() {
            names.deleted.insert(queue.name().to_owned(), Instant::now());
        }
        drop(names);
        queue.end();
    }
}
