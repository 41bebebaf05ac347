//! Where the parts of a stack are, and how many messages its queues hold.

use super::identity::StackArn;
use super::{Explain, System};
use anyhow::{Context, Result};
use aws_sdk_sqs::types::QueueAttributeName::{
    self, ApproximateNumberOfMessages as Waiting, ApproximateNumberOfMessagesDelayed as Delayed,
    ApproximateNumberOfMessagesNotVisible as Received,
};
use indicatif::HumanCount;
use std::collections::BTreeMap;
use std::fmt;

/// The outputs of the stack that the commands need, by their names in `template.yaml`.
pub(crate) struct Outputs {
    /// Where emails are posted, without a slash at the end.
    pub(crate) url: String,
    pub(crate) queue_url: String,
    pub(crate) dead_letter_queue_url: String,
    pub(crate) bucket: String,
    pub(crate) token_parameter: String,
    pub(crate) api_log_group: String,
    pub(crate) worker_log_group: String,
    /// Nothing on this machine, which has no alarms.
    pub(crate) alarm_topic: Option<String>,
    /// CloudFormation's word for how the last change of the stack ended, such as `UPDATE_COMPLETE`.
    pub(crate) stack_status: String,
}

impl Outputs {
    /// Reads the outputs of the stack with this name, or of the only one; returns its ARN too.
    pub(crate) async fn of_stack(
        client: &aws_sdk_cloudformation::Client,
        name: Option<&str>,
    ) -> Result<(StackArn, Self)> {
        let answer = client.describe_stacks().set_stack_name(name.map(str::to_owned)).send().await;
        let shown = name.unwrap_or("on this machine");
        let answer = answer.explain(format!("can't read the outputs of the stack {shown}"))?;
        let stack = answer.stacks().first().with_context(|| format!("there is no stack {shown}"))?;
        let arn: StackArn = stack.stack_id().unwrap_or_default().parse()?;
        let status = stack.stack_status().map(|status| status.as_str().to_owned());
        let outputs = stack.outputs().iter();
        let pairs = outputs
            .filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned())));
        let outputs = Self::read(arn.name(), status.unwrap_or_default(), pairs.collect())?;
        Ok((arn, outputs))
    }

    fn read(stack: &str, stack_status: String, mut outputs: BTreeMap<String, String>) -> Result<Self> {
        let alarm_topic = outputs.remove("AlarmTopicArn");
        let mut take = |output: &str| {
            outputs.remove(output).with_context(|| {
                format!("the stack {stack} has no output {output}: deploy this version's template.yaml first")
            })
        };
        Ok(Self {
            url: take("Url")?.trim_end_matches('/').to_owned(),
            queue_url: take("QueueUrl")?,
            dead_letter_queue_url: take("DeadLetterQueueUrl")?,
            bucket: take("BucketName")?,
            token_parameter: take("TokenParameter")?,
            api_log_group: take("ApiLogGroup")?,
            worker_log_group: take("WorkerLogGroup")?,
            alarm_topic,
            stack_status,
        })
    }
}

/// The messages of a queue. SQS calls each number approximate: it is exact about a minute after the last message came or
/// went (`GetQueueAttributes`, Amazon SQS API reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Depth {
    pub(crate) waiting: u64,
    /// Received, and neither deleted nor given back yet.
    pub(crate) received: u64,
    /// Sent with a delay that isn't over.
    pub(crate) delayed: u64,
}

impl Depth {
    pub(crate) async fn of(system: &System, queue_url: &str) -> Result<Self> {
        let get = system.sqs.get_queue_attributes().queue_url(queue_url);
        let answer = get.set_attribute_names(Some(vec![Waiting, Received, Delayed])).send().await;
        let answer = answer.explain(format!("can't read the attributes of the queue {queue_url}"))?;
        let number = |name: QueueAttributeName| -> Result<u64> {
            let value = answer.attributes().and_then(|attributes| attributes.get(&name));
            let value = value.and_then(|value| value.parse().ok());
            value.with_context(|| format!("SQS answered without the number {name}"))
        };
        Ok(Self { waiting: number(Waiting)?, received: number(Received)?, delayed: number(Delayed)? })
    }

    pub(crate) fn all(self) -> u64 {
        self.waiting + self.received + self.delayed
    }
}

impl fmt::Display for Depth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} waiting, {} in flight", HumanCount(self.waiting), HumanCount(self.received))?;
        if self.delayed > 0 {
            write!(f, ", {} delayed", HumanCount(self.delayed))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 7] = [
        "Url",
        "QueueUrl",
        "DeadLetterQueueUrl",
        "BucketName",
        "TokenParameter",
        "ApiLogGroup",
        "WorkerLogGroup",
    ];

    fn read_without(missing: &str) -> Result<Outputs> {
        let named = NAMES.into_iter().filter(|name| *name != missing);
        let outputs = named.map(|name| (name.to_owned(), format!("{name}/"))).collect();
        Outputs::read("prod", "CREATE_COMPLETE".to_owned(), outputs)
    }

    #[test]
    fn a_url_ends_without_a_slash() {
        assert_eq!(read_without("").unwrap().url, "Url");
    }

    #[test]
    fn a_missing_output_is_named_with_the_fix() {
        for name in NAMES {
            let error = read_without(name).err().unwrap().to_string();
            assert!(error.contains(&format!("no output {name}: deploy")), "{error}");
        }
    }
}
