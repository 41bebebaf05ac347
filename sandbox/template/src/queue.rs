//! Queues: `AWS::SQS::Queue`, standard ones.

use crate::error::{ErrorKind, Located, Result};
use crate::properties::{Known, Limits, Properties};
use crate::scope::{Resource, Scope};
use std::time::Duration;

/// A standard SQS queue.
///
/// [AWS::SQS::Queue](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html),
/// [SQS message quotas](https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html)
#[derive(Clone, Debug, PartialEq)]
pub struct QueueSpec {
    pub logical_id: String,
    pub name: String,
    /// 0 to 43,200 seconds, by default 30.
    pub visibility_timeout: Duration,
    /// `MessageRetentionPeriod`: 60 to 1,209,600 seconds, by default 345,600.
    pub retention: Duration,
    /// `ReceiveMessageWaitTimeSeconds`: 0 to 20 seconds, by default 0.
    pub receive_wait: Duration,
    /// `DelaySeconds`: 0 to 900 seconds, by default 0.
    pub delay: Duration,
    /// In bytes, attributes included: 1,024 to 1,048,576, by default 1,048,576.
    pub maximum_message_size: usize,
    pub redrive: Option<RedriveSpec>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct RedriveSpec {
    /// The name of the dead-letter queue, which is in the template.
    pub dead_letter_queue: String,
    /// A message received this often goes to the dead-letter queue instead of being received again: 1 to 1,000.
    pub max_receive_count: u32,
}

#[rustfmt::skip]
pub(crate) const PROPERTIES: Known = Known {
    used: &[
        "DelaySeconds", "FifoQueue", "MaximumMessageSize", "MessageRetentionPeriod", "QueueName",
        "ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "VisibilityTimeout",
    ],
    only_on_aws: &[
        "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "SqsManagedSseEnabled", "Tags",
        "RedriveAllowPolicy", // who may choose it as a dead-letter queue: the template alone does
    ],
};
const REDRIVE: Known = Known { used: &["deadLetterTargetArn", "maxReceiveCount"], only_on_aws: &[] };

const BYTES: Limits = Limits { min: 1_024, max: 1_048_576, unit: "bytes" };
const RECEIVES: Limits = Limits { min: 1, max: 1_000, unit: "receives" };

impl QueueSpec {
    pub(crate) fn read(scope: &Scope<'_>, resource: &Resource) -> Result<Self> {
        let properties = Properties::of(scope, resource, PROPERTIES)?;
        let seconds = |name, min, max, default| {
            let given = properties.seconds(name, min, max)?;
            Ok(given.unwrap_or(Duration::from_secs(default)))
        };
        if properties.flag("FifoQueue")? == Some(true) {
            properties.report("FifoQueue", "queues are standard queues in the sandbox, which keep no order");
        }
        let maximum_message_size = properties.number("MaximumMessageSize", BYTES)?.unwrap_or(BYTES.max);
        Ok(Self {
            logical_id: resource.id.clone(),
            name: scope.name(resource)?,
            visibility_timeout: seconds("VisibilityTimeout", 0, 43_200, 30)?,
            retention: seconds("MessageRetentionPeriod", 60, 1_209_600, 345_600)?,
            receive_wait: seconds("ReceiveMessageWaitTimeSeconds", 0, 20, 0)?,
            delay: seconds("DelaySeconds", 0, 900, 0)?,
            maximum_message_size: maximum_message_size as usize,
            redrive: redrive(&properties)?,
        })
    }
}

fn redrive(properties: &Properties<'_>) -> Result<Option<RedriveSpec>> {
    let Some(policy) = properties.section("RedrivePolicy", REDRIVE)? else { return Ok(None) };
    let max_receive_count = policy.number("maxReceiveCount", RECEIVES)?;
    Ok(Some(RedriveSpec {
        dead_letter_queue: name_in_arn(&policy, "deadLetterTargetArn")?,
        max_receive_count: policy.required("maxReceiveCount", max_receive_count)?,
    }))
}

/// The queue's name in a property that takes a queue's ARN, `arn:aws:sqs:{region}:{account}:{name}`.
pub(crate) fn name_in_arn(properties: &Properties<'_>, property: &'static str) -> Result<String> {
    let arn = properties.required_text(property)?;
    match arn.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "sqs", _, _, name] => Ok(name.to_owned()),
        _ => {
            let (expected, found) = ("a queue's ARN", format!("{arn:?}"));
            Err(properties.error(property, ErrorKind::Expected { expected, found }))
        }
    }
}

/// A dead-letter queue must be one of the template's queues: another could only be on AWS.
pub(crate) fn check_redrives(scope: &Scope<'_>, queues: &[QueueSpec]) -> Result<()> {
    for queue in queues {
        let Some(redrive) = &queue.redrive else { continue };
        if !queues.iter().any(|other| other.name == redrive.dead_letter_queue) {
            let unknown = ErrorKind::UnknownName(redrive.dead_letter_queue.clone(), "queue");
            let line = scope.resource(&queue.logical_id).map_or(1, |resource| resource.line);
            return Err(Located::new(line, unknown).at(&format!("{}.RedrivePolicy", queue.logical_id)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{assert_refused, parse, refusal, resource};

    fn queue(properties: &str) -> String {
        format!("Resources:\n{}", resource("Jobs", "AWS::SQS::Queue", properties))
    }

    #[test]
    fn a_queue_that_says_nothing_has_the_defaults_of_sqs() {
        let template = parse("Resources: {Jobs: {Type: AWS::SQS::Queue}}").unwrap();
        let defaults = QueueSpec {
            logical_id: "Jobs".to_owned(),
            name: "candidate-2-Jobs".to_owned(),
            visibility_timeout: Duration::from_secs(30),
            retention: Duration::from_secs(345_600),
            receive_wait: Duration::ZERO,
            delay: Duration::ZERO,
            maximum_message_size: 1_048_576,
            redrive: None,
        };
        assert_eq!(template.queues, [defaults]);
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_file_line_and_property() {
        assert_eq!(
            refusal(&queue("QueueName: jobs\nVisibilityTimeout: abc")),
            "template.yaml:6: Jobs.VisibilityTimeout: expected a whole number, found \"abc\""
        );
    }

    #[test]
    fn values_that_sqs_refuses_are_refused_with_the_limit() {
        for (property, limits) in [
            ("VisibilityTimeout: 43201", "0 to 43200 seconds"),
            ("VisibilityTimeout: -1", "0 to 43200 seconds"),
            ("MessageRetentionPeriod: 59", "60 to 1209600 seconds"),
            ("ReceiveMessageWaitTimeSeconds: 21", "0 to 20 seconds"),
            ("DelaySeconds: 901", "0 to 900 seconds"),
            ("MaximumMessageSize: 1048577", "1024 to 1048576 bytes"),
            ("RedrivePolicy: {deadLetterTargetArn: x, maxReceiveCount: 0}", "1 to 1000 receives"),
        ] {
            let message = refusal(&queue(property));
            assert!(message.ends_with(&format!("is outside AWS's limits, {limits}")), "{message}");
        }
    }

    #[test]
    fn a_property_that_is_not_understood_is_named() {
        let message = refusal(&queue("QueueName: jobs.fifo\nFifoQueue: true"));
        assert!(
            message.starts_with("template.yaml:6: Jobs.FifoQueue: queues are standard queues in the sandbox"),
            "{message}"
        );
    }

    #[test]
    fn what_matters_on_aws_alone_is_not_even_evaluated() {
        assert!(parse(&queue("Tags: !Transform {Name: Macro}")).is_ok());
    }

    #[test]
    fn a_dead_letter_queue_has_to_be_in_the_template() {
        let arn = "arn:aws:sqs:eu-central-1:000000000000:elsewhere";
        let policy = format!("RedrivePolicy: {{deadLetterTargetArn: \"{arn}\", maxReceiveCount: 5}}");
        assert_refused(&queue(&policy), "Jobs.RedrivePolicy: elsewhere is not the name of a queue");
    }
}
