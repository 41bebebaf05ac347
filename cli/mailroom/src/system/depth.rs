//! How many messages a queue holds.

use super::{Explain, System};
use crate::report::grouped;
use anyhow::{Context, Result};
use aws_sdk_sqs::types::QueueAttributeName::{
    self, ApproximateNumberOfMessages, ApproximateNumberOfMessagesDelayed,
    ApproximateNumberOfMessagesNotVisible,
};
use std::fmt;

/// The messages of a queue. SQS calls each number approximate: exact about a minute after the last message came or
/// went (`GetQueueAttributes`, SQS API reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Depth {
    /// To be received.
    pub(crate) waiting: u64,
    /// Received, and neither deleted nor given back yet.
    pub(crate) received: u64,
    /// Sent to be received later.
    pub(crate) delayed: u64,
}

impl Depth {
    pub(crate) async fn of(system: &System, queue_url: &str) -> Result<Self> {
        let names = [
            ApproximateNumberOfMessages,
            ApproximateNumberOfMessagesNotVisible,
            ApproximateNumberOfMessagesDelayed,
        ];
        let get = system.sqs.get_queue_attributes().queue_url(queue_url);
        let answer = get.set_attribute_names(Some(names.to_vec())).send().await;
        let answer = answer.explain(format!("the queue {queue_url} can't be asked"))?;
        let attributes = answer.attributes().context("SQS answered without attributes")?;
        let number = |name: &QueueAttributeName| -> Result<u64> {
            let value = attributes.get(name).with_context(|| format!("SQS answered without {name}"))?;
            value.parse().with_context(|| format!("{name} is no number"))
        };
        let [waiting, received, delayed] = &names;
        Ok(Self { waiting: number(waiting)?, received: number(received)?, delayed: number(delayed)? })
    }

    pub(crate) fn all(self) -> u64 {
        self.waiting + self.received + self.delayed
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} waiting, {} being worked on", grouped(self.waiting), grouped(self.received))?;
        if self.delayed > 0 {
            write!(f, ", {} delayed", grouped(self.delayed))?;
        }
        Ok(())
    }
}
