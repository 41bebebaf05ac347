//! The queue, which can be counted and not searched.

use crate::dlq;
use crate::system::{Depth, Explain, System};
use anyhow::Result;
use aws_sdk_sqs::types::QueueAttributeName::{self, MessageRetentionPeriod, VisibilityTimeout};
use serde::Serialize;
use std::time::Duration;

/// SQS's longest retention and visibility timeout (SetQueueAttributes, Amazon SQS API reference).
const LONGEST: u64 = 14 * 24 * 60 * 60;

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Queue {
    #[serde(flatten, serialize_with = "depth")]
    pub(crate) depth: Depth,
    /// How long a received message stays hidden.
    #[serde(skip)]
    pub(crate) visibility: Duration,
    /// How long SQS keeps a message.
    #[serde(skip)]
    pub(crate) retention: Duration,
    /// After so many receives SQS moves a message to the dead-letter queue.
    #[serde(skip)]
    pub(crate) max_receives: u64,
}

fn depth<S: serde::Serializer>(depth: &Depth, serializer: S) -> Result<S::Ok, S::Error> {
    let Depth { waiting, received, delayed } = *depth;
    serializer.collect_map([("waiting", waiting), ("received", received), ("delayed", delayed)])
}

impl Queue {
    pub(crate) async fn of(system: &System) -> Result<Self> {
        let url = &system.outputs.queue_url;
        let depth = Depth::of(system, url).await?;
        let names = vec![VisibilityTimeout, MessageRetentionPeriod];
        let get = system.sqs.get_queue_attributes().queue_url(url).set_attribute_names(Some(names));
        let answer = get.send().await.explain(format!("can't read the attributes of the queue {url}"))?;
        let text = |name: QueueAttributeName| Some(answer.attributes()?.get(&name)?.as_str());
        let seconds = |name, otherwise| {
            let seconds: Option<u64> = text(name).and_then(|text| text.parse().ok());
            Duration::from_secs(seconds.unwrap_or(otherwise).min(LONGEST))
        };
        Ok(Self {
            depth,
            visibility: seconds(VisibilityTimeout, 30),
            retention: seconds(MessageRetentionPeriod, LONGEST),
            max_receives: dlq::max_receives(system).await?.unwrap_or(u64::MAX),
        })
    }
}
