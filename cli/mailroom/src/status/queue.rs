//! The queue: how many messages it holds, and how long the oldest has waited.

use super::{Part, State, oldest};
use crate::report::count;
use crate::system::{Depth, Explain, System};
use anyhow::{Context, Result};
use aws_sdk_sqs::types::QueueAttributeName::{RedrivePolicy, VisibilityTimeout};
use serde::Deserialize;
use std::time::Duration;

/// The oldest message has waited too long. The alarm `queue-age` has the same bound.
const TOO_OLD: Duration = Duration::from_secs(5 * 60);

pub(crate) async fn queue(system: &System) -> Result<Part> {
    let depth = Depth::of(system, &system.outputs.queue_url).await?;
    let part = |state, detail| Part::new("queue", state, detail).with(numbers(depth));
    if depth.all() == 0 {
        return Ok(part(State::Well, depth.to_string()));
    }
    Ok(match oldest::age(system).await {
        Ok(Some(age)) => {
            let state = if age < TOO_OLD { State::Well } else { State::NotWell };
            let (seconds, minutes) = (age.as_secs(), count(age.as_secs() / 60, "minute"));
            let waited = if seconds < 120 { count(seconds, "second") } else { minutes };
            let detail = format!("{depth}, the oldest has waited {waited}");
            part(state, detail).with([("oldest_seconds", seconds)])
        }
        Ok(None) => part(State::Watch, format!("{depth}; the age of the oldest message is not known yet")),
        Err(error) => part(State::Unknown, format!("{depth}; {error:#}")),
    })
}

pub(crate) async fn dead_letter_queue(system: &System) -> Result<Part> {
    let depth = Depth::of(system, &system.outputs.dead_letter_queue_url).await?;
    let (state, detail) = match depth.all() {
        0 => (State::Well, "empty".to_owned()),
        all => (State::NotWell, format!("{}: `mailroom dlq list` shows why", count(all, "message"))),
    };
    Ok(Part::new("dead-letter queue", state, detail).with(numbers(depth)))
}

fn numbers(depth: Depth) -> [(&'static str, u64); 3] {
    [("waiting", depth.waiting), ("received", depth.received), ("delayed", depth.delayed)]
}

/// The queue's rules for a message that is given back.
pub(crate) struct Policy {
    /// After so many receives it is moved to the dead-letter queue.
    pub(crate) receives: u64,
    /// The wait between two receives.
    pub(crate) visibility: Duration,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Redrive {
    /// SQS writes a number, and takes a string too.
    max_receive_count: serde_json::Value,
}

impl Policy {
    pub(crate) async fn of(system: &System) -> Result<Self> {
        let queue = &system.outputs.queue_url;
        let get = system.sqs.get_queue_attributes().queue_url(queue);
        let answer = get.set_attribute_names(Some(vec![RedrivePolicy, VisibilityTimeout])).send().await;
        let answer = answer.explain(format!("can't read the attributes of the queue {queue}"))?;
        let attribute = |name| answer.attributes().and_then(|attributes| attributes.get(&name));
        let visibility = attribute(VisibilityTimeout).and_then(|seconds| seconds.parse::<u16>().ok());
        let receives = attribute(RedrivePolicy).and_then(|policy| receives(policy));
        Ok(Self {
            receives: receives.context("the queue has no dead-letter queue: deploy template.yaml again")?,
            visibility: visibility
                .map(|seconds| Duration::from_secs(seconds.into()))
                .context("SQS answered without VisibilityTimeout")?,
        })
    }
}

fn receives(policy: &str) -> Option<u64> {
    let Redrive { max_receive_count: count } = serde_json::from_str(policy).ok()?;
    count.as_u64().or_else(|| count.as_str()?.parse().ok())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_receives_of_a_redrive_policy_are_a_number_or_its_text() {
        for (policy, receives) in [
            (r#"{"deadLetterTargetArn":"arn","maxReceiveCount":5}"#, Some(5)),
            (r#"{"deadLetterTargetArn":"arn","maxReceiveCount":"5"}"#, Some(5)),
            (r#"{"deadLetterTargetArn":"arn"}"#, None),
            ("", None),
        ] {
            assert_eq!(super::receives(policy), receives, "{policy}");
        }
    }
}
