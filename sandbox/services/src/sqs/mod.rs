//! SQS: standard queues, in memory, as strict as AWS's.
//!
//! [`Sqs`] knows the queues, a [`Queue`] hands out its messages and waits for new ones, `state` holds the rules
//! of what happens to a message when, `moves` brings messages back from a dead-letter queue, and `api` is the
//! HTTP side.

use super::faults::Faults;
use crate::{events::Events, time_scale::TimeScale};
use queues::Queues;
use settings::Settings;
use std::{collections::BTreeMap, sync::Arc};

pub(crate) mod api;
mod config;
mod digest;
mod error;
mod held;
mod limits;
mod message;
mod moves;
mod queue;
mod queues;
mod receipt;
mod settings;
mod state;

pub use config::{QueueConfig, Redrive};
pub use error::SqsError;
pub use message::{Delivery, Message, MessageAttribute, NewMessage};
pub use queue::Queue;
pub use state::Counts;

/// The queues of one account in one region.
#[derive(Debug)]
pub struct Sqs {
    queues: Arc<Queues>,
    endpoint_url: String,
    region: String,
    account_id: String,
    time_scale: TimeScale,
    events: Events,
    faults: Faults,
}

impl Sqs {
    pub(crate) fn new(
        endpoint_url: &str,
        region: &str,
        account_id: &str,
        time_scale: TimeScale,
        events: Events,
        faults: Faults,
    ) -> Self {
        Self {
            queues: Arc::default(),
            endpoint_url: endpoint_url.to_owned(),
            region: region.to_owned(),
            account_id: account_id.to_owned(),
            time_scale,
            events,
            faults,
        }
    }

    /// Creates a queue. Its dead-letter queue has to be there already. Creating one again with the same
    /// configuration gives the one that is there; with another configuration, an error.
    pub fn create_queue(&self, config: QueueConfig) -> Result<Arc<Queue>, SqsError> {
        let name = config.name.clone();
        self.create(&name, BTreeMap::new(), |settings| {
            settings.config = config;
            Ok(())
        })
    }

    /// Creates a queue with AWS's settings, changed by `change`; or gives the one that is there, if `change`
    /// would leave its settings as they are.
    fn create(
        &self,
        name: &str,
        tags: BTreeMap<String, String>,
        change: impl FnOnce(&mut Settings) -> Result<(), SqsError>,
    ) -> Result<Arc<Queue>, SqsError> {
        if let Some(queue) = self.queue(name) {
            let mut settings = Settings::clone(&queue.settings());
            change(&mut settings)?;
            return if settings.same(&queue.settings()) {
                Ok(queue)
            } else {
                Err(SqsError::QueueNameExists { name: name.to_owned() })
            };
        }
        let mut settings = Settings { tags, ..Settings::new(QueueConfig::new(name)) };
        change(&mut settings)?;
        self.complete(&mut settings)?;
        let queue = Arc::new(Queue::new(
            settings,
            self.queue_url(name),
            self.queue_arn(name),
            self.account_id.clone(),
            self.time_scale,
            self.events.clone(),
            self.faults.clone(),
        ));
        self.queues.add(&queue, self.time_scale.apply(limits::PAUSE))?;
        // Those whose dead-letter queue of this name was deleted have one again.
        let sources = self.queues().into_iter().filter(|source| source.redrives_to(name));
        sources.for_each(|source| source.set_dead_letter_queue(&queue));
        Ok(queue)
    }

    /// Changes the settings of a queue, if AWS would.
    fn change(
        &self,
        queue: &Queue,
        change: impl FnOnce(&mut Settings) -> Result<(), SqsError>,
    ) -> Result<(), SqsError> {
        let mut settings = Settings::clone(&queue.settings());
        change(&mut settings)?;
        self.complete(&mut settings)?;
        queue.set(settings);
        Ok(())
    }

    /// Checks settings and looks up their dead-letter queue.
    fn complete(&self, settings: &mut Settings) -> Result<(), SqsError> {
        settings.config.check()?;
        settings.modified_at = std::time::SystemTime::now();
        settings.dead_letter_queue = match &settings.config.redrive {
            None => std::sync::Weak::new(),
            Some(redrive) if redrive.dead_letter_queue == settings.config.name => {
                return Err(SqsError::InvalidAttributeValue { name: "RedrivePolicy".to_owned() });
            }
            Some(redrive) => match self.queue(&redrive.dead_letter_queue) {
                Some(queue) => Arc::downgrade(&queue),
                None => return Err(SqsError::QueueDoesNotExist { name: redrive.dead_letter_queue.clone() }),
            },
        };
        Ok(())
    }

    /// The queue of this name.
    #[must_use]
    pub fn queue(&self, name: &str) -> Option<Arc<Queue>> {
        self.queues.named(name)
    }

    /// Every queue, by name.
    #[must_use]
    pub fn queues(&self) -> Vec<Arc<Queue>> {
        self.queues.all()
    }

    /// The queues whose dead letters go to `queue`.
    #[must_use]
    pub fn dead_letter_sources(&self, queue: &Queue) -> Vec<Arc<Queue>> {
        let mut queues = self.queues();
        queues.retain(|source| source.dead_letter_queue().is_some_and(|dead| dead.name() == queue.name()));
        queues
    }

    /// The URL a queue of this name has: `ENDPOINT/ACCOUNT/NAME`.
    #[must_use]
    pub fn queue_url(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.endpoint_url, self.account_id)
    }

    /// The ARN a queue of this name has.
    #[must_use]
    pub fn queue_arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account_id)
    }

    /// The queue a request means. The host doesn't matter: `localhost` and `127.0.0.1` are the same endpoint.
    fn queue_at(&self, url: &str) -> Result<Arc<Queue>, SqsError> {
        let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map(|(_, path)| path);
        let Some((account, name)) = path.and_then(|path| path.split_once('/')) else {
            return Err(SqsError::InvalidAddress { url: url.to_owned() });
        };
        let queue = if account == self.account_id { self.queue(name) } else { None };
        queue.ok_or_else(|| SqsError::QueueDoesNotExist { name: name.to_owned() })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::time::Duration;

    pub(crate) fn sqs() -> Sqs {
        let url = "http://127.0.0.1:4566";
        Sqs::new(
            url,
            "eu-central-1",
            "000000000000",
            TimeScale::REAL_TIME,
            Events::default(),
            Faults::default(),
        )
    }

    pub(crate) fn config(name: &str) -> QueueConfig {
        QueueConfig { visibility_timeout: Duration::from_secs(30), ..QueueConfig::new(name) }
    }

    #[test]
    fn a_queue_whose_dead_letter_queue_is_missing_is_refused() {
        let redrive = Redrive { dead_letter_queue: "dead".into(), max_receive_count: 3 };
        let refused = sqs().create_queue(QueueConfig { redrive: Some(redrive), ..config("queue") });
        assert!(matches!(refused, Err(SqsError::QueueDoesNotExist { name }) if name == "dead"));
    }

    #[test]
    fn creating_a_queue_again_needs_the_same_configuration() {
        let sqs = sqs();
        let first = sqs.create_queue(config("queue")).unwrap();
        assert!(Arc::ptr_eq(&first, &sqs.create_queue(config("queue")).unwrap()));
        let other = QueueConfig { retention: Duration::from_secs(60), ..config("queue") };
        assert!(matches!(sqs.create_queue(other), Err(SqsError::QueueNameExists { .. })));
    }

    #[test]
    fn a_queue_is_found_by_its_url_whatever_the_host() {
        let sqs = sqs();
        sqs.create_queue(config("queue")).unwrap();
        assert!(sqs.queue_at("http://localhost:1/000000000000/queue").is_ok());
        for (url, code) in [
            ("http://localhost:1/000000000000/other", "QueueDoesNotExist"),
            ("http://localhost:1/111111111111/queue", "QueueDoesNotExist"),
            ("queue", "InvalidAddress"),
        ] {
            assert_eq!(sqs.queue_at(url).unwrap_err().code(), code, "{url}");
        }
    }
}
