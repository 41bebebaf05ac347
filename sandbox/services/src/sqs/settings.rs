//! What can be changed about a queue while it is there.

use super::{Queue, QueueConfig};
use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

/// A queue's settings, tags and dead-letter queue.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) config: QueueConfig,
    /// How long a message stays hidden at first when its sender doesn't say (`DelaySeconds`): at most 15 minutes.
    pub(crate) delay: Duration,
    pub(crate) tags: BTreeMap<String, String>,
    /// Weak: two queues may be each other's dead-letter queue, and a deleted one is none any more.
    pub(crate) dead_letter_queue: Weak<Queue>,
    pub(crate) modified_at: SystemTime,
}

impl Settings {
    pub(crate) fn new(config: QueueConfig) -> Self {
        Self {
            config,
            delay: Duration::ZERO,
            tags: BTreeMap::new(),
            dead_letter_queue: Weak::new(),
            modified_at: SystemTime::now(),
        }
    }

    /// The dead-letter queue, if there is one and nobody deleted it.
    pub(crate) fn dead_letter_queue(&self) -> Option<Arc<Queue>> {
        self.dead_letter_queue.upgrade().filter(|queue| !queue.is_deleted())
    }

    /// Whether AWS would take these for the same: when they were changed doesn't matter.
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.config == other.config && self.delay == other.delay
    }
}
