//! The queues there are, and the names that are not free yet.

use super::{Queue, SqsError};
use crate::locked::locked;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// The queues, by name.
#[derive(Debug, Default)]
pub(crate) struct Queues(Mutex<Names>);

#[derive(Debug, Default)]
struct Names {
    queues: BTreeMap<String, Arc<Queue>>,
    /// When queues of these names were deleted.
    deleted: HashMap<String, Instant>,
}

impl Queues {
    pub(crate) fn named(&self, name: &str) -> Option<Arc<Queue>> {
        locked(&self.0).queues.get(name).cloned()
    }

    pub(crate) fn with_arn(&self, arn: &str) -> Option<Arc<Queue>> {
        locked(&self.0).queues.values().find(|queue| queue.arn() == arn).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Queue>> {
        locked(&self.0).queues.values().cloned().collect()
    }

    /// Adds a queue, unless one of its name is there or was less than `pause` ago.
    pub(crate) fn add(&self, queue: &Arc<Queue>, pause: Duration) -> Result<(), SqsError> {
        let mut names = locked(&self.0);
        let name = queue.name().to_owned();
        if names.queues.contains_key(&name) {
            return Err(SqsError::QueueNameExists { name });
        }
        if names.deleted.get(&name).is_some_and(|at| at.elapsed() < pause) {
            return Err(SqsError::QueueDeletedRecently { name });
        }
        names.deleted.remove(&name);
        names.queues.insert(name, Arc::clone(queue));
        Ok(())
    }

    /// Deletes a queue and everything in it.
    pub(crate) fn delete(&self, queue: &Queue) {
        let mut names = locked(&self.0);
        if names.queues.remove(queue.name()).is_some() {
            names.deleted.insert(queue.name().to_owned(), Instant::now());
        }
        drop(names);
        queue.end();
    }
}
