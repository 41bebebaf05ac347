//! SQS: standard queues, as strict as AWS's.
//!
//! [`Sqs`] knows the queues. A [`Queue`] hands out its messages and waits for new ones; `state` has the rules for what
//! happens to a message and when. `redrive` moves messages out of a dead-letter queue, `rows` keeps them
//! in the store, and `api` is the HTTP side.

use crate::clock::TimeScale;
use crate::error::{Result, ServiceError};
use crate::store::StoreError;
use config::Settings;
use error::{invalid_attribute_value, no_queue, queue_exists};
use http::StatusCode;
use queues::Queues;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

pub(crate) mod api;
mod config;
mod digest;
mod error;
mod limits;
mod message;
mod moves;
mod queue;
mod queues;
mod redrive;
mod rows;
mod state;
#[cfg(test)]
mod tests;

pub(crate) use config::Context;
pub use config::{QueueConfig, Redrive};
pub use message::{Message, MessageAttribute, NewMessage, ReceivedMessage};
pub use queue::Queue;
pub use state::Counts;

/// The queues of one account in one region.
#[derive(Debug)]
pub struct Sqs {
    queues: Arc<Queues>,
    context: Arc<Context>,
}

impl Sqs {
    /// With the queues and messages of the store. Blocks.
    pub(crate) fn open(context: Context) -> Result<Self, StoreError> {
        let context = Arc::new(context);
        let mut states = rows::read_messages(&context.store)?;
        let restore = |(name, row): (String, _)| {
            let state = states.remove(&name).unwrap_or_default();
            Arc::new(Queue::restore(row, state, Weak::new(), Arc::clone(&context)))
        };
        let queues = Arc::new(Queues::restored(context.store.read(&rows::QUEUES)?.into_iter().map(restore)));
        for queue in queues.all() {
            let redrive = queue.config().redrive;
            let dead_letter_queue = redrive.and_then(|redrive| queues.named(&redrive.dead_letter_queue));
            queue.set_dead_letter_queue(dead_letter_queue.as_ref().map(Arc::downgrade).unwrap_or_default());
        }
        Ok(Self { queues, context })
    }

    /// Creates a queue, or gives the one that exists these settings, as a deployment does.
    pub fn deploy_queue(&self, config: QueueConfig) -> Result<Arc<Queue>> {
        match self.queue(&config.name) {
            Some(queue) if queue.config() == config => Ok(queue),
            Some(queue) => {
                self.change(&queue, |settings| {
                    settings.config = config;
                    Ok(())
                })?;
                Ok(queue)
            }
            None => self.create_queue(config),
        }
    }

    /// Creates a queue. Its dead-letter queue must exist. Creating one again returns it if the settings are the same, and
    /// is an error otherwise.
    pub fn create_queue(&self, config: QueueConfig) -> Result<Arc<Queue>> {
        let name = config.name.clone();
        self.create(&name, BTreeMap::new(), |settings| {
            settings.config = config;
            Ok(())
        })
    }

    /// Creates a queue with AWS's settings, changed by `change`; or returns the one that exists, if `change` would leave
    /// its settings as they are.
    fn create(
        &self,
        name: &str,
        tags: BTreeMap<String, String>,
        change: impl FnOnce(&mut Settings) -> Result<()>,
    ) -> Result<Arc<Queue>> {
        if let Some(queue) = self.queue(name) {
            let mut settings = Settings::clone(&queue.settings());
            change(&mut settings)?;
            return match settings.config.difference(&queue.config()) {
                None => Ok(queue),
                Some(attribute) => Err(queue_exists(attribute)),
            };
        }
        let mut settings = Settings { tags, ..Settings::new(QueueConfig::new(name)) };
        change(&mut settings)?;
        let dead_letter_queue = self.check(&settings)?;
        let queue = Arc::new(Queue::new(settings, dead_letter_queue, Arc::clone(&self.context)));
        self.queues.add(&queue, self.context.time_scale.apply(limits::PAUSE))?;
        // Those whose dead-letter queue of this name was deleted have one again.
        for source in self.queues().into_iter().filter(|source| source.redrives_to(name)) {
            source.set_dead_letter_queue(Arc::downgrade(&queue));
        }
        Ok(queue)
    }

    /// Changes the settings of a queue, if AWS would.
    fn change(&self, queue: &Queue, change: impl FnOnce(&mut Settings) -> Result<()>) -> Result<()> {
        let mut settings = Settings { modified_at: SystemTime::now(), ..Settings::clone(&queue.settings()) };
        change(&mut settings)?;
        queue.set_dead_letter_queue(self.check(&settings)?);
        queue.set(settings);
        Ok(())
    }

    /// Checks settings and finds their dead-letter queue.
    fn check(&self, settings: &Settings) -> Result<Weak<Queue>> {
        settings.config.check()?;
        match &settings.config.redrive {
            None => Ok(Weak::new()),
            Some(redrive) if redrive.dead_letter_queue == settings.config.name => {
                Err(invalid_attribute_value("RedrivePolicy"))
            }
            Some(redrive) => {
                self.queue(&redrive.dead_letter_queue).as_ref().map(Arc::downgrade).ok_or_else(no_queue)
            }
        }
    }

    /// How much faster than on AWS the queues' time passes.
    pub fn time_scale(&self) -> TimeScale {
        self.context.time_scale
    }

    pub fn queue(&self, name: &str) -> Option<Arc<Queue>> {
        self.queues.named(name)
    }

    pub fn queues(&self) -> Vec<Arc<Queue>> {
        self.queues.all()
    }

    /// The queues whose dead letters go to `queue`.
    pub fn dead_letter_sources(&self, queue: &Queue) -> Vec<Arc<Queue>> {
        let mut queues = self.queues();
        queues.retain(|source| source.dead_letter_queue().is_some_and(|dead| dead.name() == queue.name()));
        queues
    }

    /// The queue that a request means, by its URL or its bare name. The host doesn't matter: `localhost` and `127.0.0.1`
    /// are the same endpoint.
    fn queue_at(&self, url: &str) -> Result<Arc<Queue>> {
        if config::is_queue_name(url) {
            return self.queue(url).ok_or_else(no_queue);
        }
        let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
        let Some((account, name)) = path.and_then(|path| path.split_once('/')) else {
            let message = format!("The address {url} is not valid for this endpoint.");
            return Err(ServiceError::new("InvalidAddress", message).with_status(StatusCode::NOT_FOUND));
        };
        let queue = if account == self.context.account_id { self.queue(name) } else { None };
        queue.ok_or_else(no_queue)
    }
}
