//! How a queue is set up. Limits: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html>.

use super::{SqsError, limits};
use std::time::Duration;

/// A queue's settings, in AWS's time: the time scale divides them where they are used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QueueConfig {
    /// 1 to 80 ASCII letters, digits, `-` and `_`.
    pub name: String,
    /// How long a received message stays hidden: at most 12 hours.
    pub visibility_timeout: Duration,
    /// How long a message is kept from the moment it was sent: 60 s to 14 days.
    pub retention: Duration,
    /// How long a receive waits for a message when it doesn't say (`ReceiveMessageWaitTimeSeconds`): at most 20 s.
    pub receive_wait: Duration,
    /// In bytes, body and attributes together: 1,024 to 1,048,576.
    pub maximum_message_size: usize,
    /// Where messages go that were received too often.
    pub redrive: Option<Redrive>,
}

/// When a message goes to a dead-letter queue.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redrive {
    /// The name of the queue it goes to.
    pub dead_letter_queue: String,
    /// How often a message is received before it goes there: 1 to 1,000.
    pub max_receive_count: u32,
}

impl QueueConfig {
    /// AWS's defaults: visible again after 30 s, kept for 4 days, no waiting, 1 MiB, no dead-letter queue.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            visibility_timeout: Duration::from_secs(30),
            retention: Duration::from_secs(4 * 24 * 60 * 60),
            receive_wait: Duration::ZERO,
            maximum_message_size: limits::MESSAGE_BYTES,
            redrive: None,
        }
    }

    /// Whether AWS would take it.
    pub(crate) fn check(&self) -> Result<(), SqsError> {
        let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 80 || !self.name.chars().all(named) {
            let message =
                "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length";
            return Err(SqsError::invalid(message));
        }
        let day = Duration::from_secs(24 * 60 * 60);
        let wrong = [
            (self.visibility_timeout > limits::VISIBILITY, "VisibilityTimeout"),
            (!(Duration::from_secs(60)..=day * 14).contains(&self.retention), "MessageRetentionPeriod"),
            (self.receive_wait > limits::WAIT, "ReceiveMessageWaitTimeSeconds"),
            (!(1_024..=limits::MESSAGE_BYTES).contains(&self.maximum_message_size), "MaximumMessageSize"),
            (
                self.redrive.as_ref().is_some_and(|r| !(1..=1_000).contains(&r.max_receive_count)),
                "RedrivePolicy",
            ),
        ];
        match wrong.iter().find(|(wrong, _)| *wrong) {
            Some((_, name)) => Err(SqsError::InvalidAttributeValue { name: (*name).to_owned() }),
            None => Ok(()),
        }
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
            QueueConfig { maximum_message_size: 1_048_577, ..good.clone() },
            QueueConfig { redrive: redrive(0), ..good.clone() },
            QueueConfig { redrive: redrive(1_001), ..good },
        ] {
            assert!(bad.check().is_err(), "{bad:?}");
        }
    }
}
