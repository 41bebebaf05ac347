//! How a queue is set up, and what all queues share. Limits: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>.

use super::error::{invalid, invalid_attribute_value};
use super::limits;
use crate::TimeScale;
use crate::error::Result;
use crate::events::Events;
use crate::faults::Faults;
use crate::store::Store;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A queue's settings, in AWS's time: the time scale divides them where they are used.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct QueueConfig {
    /// 1 to 80 ASCII letters, digits, `-` and `_`.
    pub name: String,
    /// At most 12 hours.
    pub visibility_timeout: Duration,
    /// `MessageRetentionPeriod`, from when a message was sent: 60 s to 14 days.
    pub retention: Duration,
    /// `ReceiveMessageWaitTimeSeconds`, of receives that don't give their own: at most 20 s.
    pub receive_wait: Duration,
    /// `DelaySeconds`, of messages that don't give their own: at most 15 minutes.
    pub delay: Duration,
    /// In bytes, body and attributes together: 1,024 to 1,048,576.
    pub maximum_message_size: usize,
    pub redrive: Option<Redrive>,
}

/// When a message goes to a dead-letter queue.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Redrive {
    pub dead_letter_queue: String,
    /// How often a message is received before it goes there: 1 to 1,000.
    pub max_receive_count: u32,
}

impl QueueConfig {
    /// AWS's defaults: visible again after 30 s, kept for 4 days, no waiting, 1 MiB, no dead-letter queue.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            visibility_timeout: Duration::from_secs(30),
            retention: DAY * 4,
            receive_wait: Duration::ZERO,
            delay: Duration::ZERO,
            maximum_message_size: limits::MESSAGE_BYTES,
            redrive: None,
        }
    }

    /// The first attribute, in AWS's words, in which the two differ.
    pub(crate) fn difference(&self, other: &Self) -> Option<&'static str> {
        let different = [
            (self.visibility_timeout != other.visibility_timeout, "VisibilityTimeout"),
            (self.retention != other.retention, "MessageRetentionPeriod"),
            (self.receive_wait != other.receive_wait, "ReceiveMessageWaitTimeSeconds"),
            (self.delay != other.delay, "DelaySeconds"),
            (self.maximum_message_size != other.maximum_message_size, "MaximumMessageSize"),
            (self.redrive != other.redrive, "RedrivePolicy"),
        ];
        different.iter().find(|(different, _)| *different).map(|(_, name)| *name)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if !is_queue_name(&self.name) {
            return Err(invalid(
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
            ));
        }
        let (sizes, receives) = (1_024..=limits::MESSAGE_BYTES, 1..=1_000);
        let redrive = self.redrive.as_ref();
        let wrong = [
            (self.visibility_timeout > limits::VISIBILITY, "VisibilityTimeout"),
            (!(Duration::from_secs(60)..=DAY * 14).contains(&self.retention), "MessageRetentionPeriod"),
            (self.receive_wait > limits::WAIT, "ReceiveMessageWaitTimeSeconds"),
            (self.delay > limits::DELAY, "DelaySeconds"),
            (!sizes.contains(&self.maximum_message_size), "MaximumMessageSize"),
            (redrive.is_some_and(|r| !receives.contains(&r.max_receive_count)), "RedrivePolicy"),
        ];
        match wrong.iter().find(|(wrong, _)| *wrong) {
            Some((_, name)) => Err(invalid_attribute_value(name)),
            None => Ok(()),
        }
    }
}

/// 1 to 80 letters, digits, hyphens and underscores.
pub(crate) fn is_queue_name(text: &str) -> bool {
    let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    (1..=80).contains(&text.len()) && text.chars().all(named)
}

/// The part of a queue that requests can change.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Settings {
    pub(crate) config: QueueConfig,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) modified_at: SystemTime,
}

impl Settings {
    pub(crate) fn new(config: QueueConfig) -> Self {
        Self { config, tags: BTreeMap::new(), modified_at: SystemTime::now() }
    }
}

/// The values that all queues share.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) endpoint_url: String,
    pub(crate) region: String,
    pub(crate) account_id: String,
    pub(crate) time_scale: TimeScale,
    pub(crate) events: Events,
    pub(crate) faults: Faults,
    pub(crate) store: Store,
}

impl Context {
    /// `ENDPOINT/ACCOUNT/NAME`
    pub(crate) fn queue_url(&self, name: &str) -> String {
        format!("{}/{}/{name}", self.endpoint_url, self.account_id)
    }

    pub(crate) fn queue_arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_aws_would_refuse_are_refused() {
        let good = QueueConfig::new("queue");
        assert!(good.check().is_ok());
        let redrive = |n| Some(Redrive { dead_letter_queue: "dead".into(), max_receive_count: n });
        for bad in [
            QueueConfig { name: String::new(), ..good.clone() },
            QueueConfig { name: "with space".into(), ..good.clone() },
            QueueConfig { name: "q".repeat(81), ..good.clone() },
            QueueConfig { visibility_timeout: Duration::from_secs(43_201), ..good.clone() },
            QueueConfig { retention: Duration::from_secs(59), ..good.clone() },
            QueueConfig { receive_wait: Duration::from_secs(21), ..good.clone() },
            QueueConfig { delay: Duration::from_secs(901), ..good.clone() },
            QueueConfig { maximum_message_size: 1_048_577, ..good.clone() },
            QueueConfig { redrive: redrive(0), ..good.clone() },
            QueueConfig { redrive: redrive(1_001), ..good },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
