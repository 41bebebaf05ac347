//! Where the parts of a stack are, and how many messages its queues hold.

use super::{Explain, Identity, System};
use anyhow::{Context, Result, ensure};
use aws_sdk_cloudformation::types::{Stack, StackStatus};
use aws_sdk_sqs::types::QueueAttributeName::{
    self, ApproximateNumberOfMessages as Waiting, ApproximateNumberOfMessagesDelayed as Delayed,
    ApproximateNumberOfMessagesNotVisible as Received,
};
use indicatif::HumanCount;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use terminal::text::printable;

/// The outputs of the stack that the commands need, by their names in `template.yaml`.
pub(crate) struct Outputs {
    /// Nothing for a sandbox that runs no functions: [`System::url`] says so.
    pub(crate) url: Option<String>,
    /// Callers use an HTTP API, without a load balancer beside it.
    pub(crate) only_http_api: bool,
    pub(crate) queue_url: String,
    pub(crate) dead_letter_queue_url: String,
    pub(crate) bucket: String,
    pub(crate) token_parameter: String,
    pub(crate) api_log_group: String,
    pub(crate) worker_log_group: String,
    /// Nothing for a stack without a canary.
    pub(crate) canary_log_group: Option<String>,
    /// Nothing on this machine, which has no alarms.
    pub(crate) alarm_topic: Option<String>,
    /// How long the bucket keeps an email. Nothing: for good.
    pub(crate) email_retention: Option<Duration>,
    /// CloudFormation's word for how the last change of the stack ended, such as `UPDATE_COMPLETE`.
    pub(crate) stack_status: String,
}

impl Outputs {
    pub(crate) fn read(identity: &Identity, stack: &Stack) -> Result<Self> {
        let status = stack.stack_status().map(StackStatus::as_str).unwrap_or_default();
        let outputs = stack.outputs().iter();
        let pairs = outputs.filter_map(|output| Some((output.output_key()?, output.output_value()?)));
        Self::of(identity, status, pairs.collect())
    }

    fn of(identity: &Identity, status: &str, mut outputs: BTreeMap<&str, &str>) -> Result<Self> {
        let stack = &identity.stack;
        let mut found = |output: &str| outputs.remove(output).map(|value| plain(output, value)).transpose();
        let (url, alarm_topic) = (found("Url")?, found("AlarmTopicArn")?);
        let only_http_api = found("HttpApiUrl")?.is_some() && found("LoadBalancerName")?.is_none();
        let canary_log_group = found("CanaryLogGroup")?;
        let email_retention =
            found("EmailRetentionDays")?.map(|days| retention(&days)).transpose()?.flatten();
        let mut take = |output: &str| {
            found(output)?.with_context(|| {
                format!("the stack {stack} has no output {output}: deploy this version's template.yaml first")
            })
        };
        let url = match url {
            // `mailroom up --aws-only`
            None if identity.is_sandbox() => None,
            None => Some(take("Url")?),
            url => url,
        };
        Ok(Self {
            url: url.map(|url| url.trim_end_matches('/').to_owned()),
            only_http_api,
            queue_url: take("QueueUrl")?,
            dead_letter_queue_url: take("DeadLetterQueueUrl")?,
            bucket: take("BucketName")?,
            token_parameter: take("TokenParameter")?,
            api_log_group: take("ApiLogGroup")?,
            worker_log_group: take("WorkerLogGroup")?,
            canary_log_group,
            alarm_topic,
            email_retention,
            stack_status: plain("StackStatus", status)?,
        })
    }
}

/// Nothing for 0 days: emails stay.
fn retention(days: &str) -> Result<Option<Duration>> {
    let days: u32 =
        days.parse().with_context(|| format!("the stack's EmailRetentionDays is not a number: {days}"))?;
    Ok((days > 0).then(|| Duration::from_secs(u64::from(days) * 86_400)))
}

/// A value of CloudFormation's answer, which messages and reports contain. URLs, ARNs and names have no character that a
/// terminal would not show.
fn plain(name: &str, value: &str) -> Result<String> {
    ensure!(printable(value) == value, "CloudFormation answered with control characters in {name}");
    Ok(value.to_owned())
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
        self.waiting.saturating_add(self.received).saturating_add(self.delayed)
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
    use super::super::endpoints::Endpoints;
    use super::*;

    const AWS: &str = "123456789012";
    const NAMES: [&str; 7] = [
        "Url",
        "QueueUrl",
        "DeadLetterQueueUrl",
        "BucketName",
        "TokenParameter",
        "ApiLogGroup",
        "WorkerLogGroup",
    ];

    fn read_without(account: &str, missing: &str) -> Result<Outputs> {
        let arn = format!("arn:aws:cloudformation:eu-central-1:{account}:stack/prod/1");
        let identity = Identity::new(arn.parse()?, &Endpoints::new(None, []));
        let outputs = NAMES.into_iter().filter(|name| *name != missing).map(|name| (name, "http://a/"));
        Outputs::of(&identity, "CREATE_COMPLETE", outputs.collect())
    }

    #[test]
    fn a_url_ends_without_a_slash() {
        assert_eq!(read_without(AWS, "").unwrap().url.unwrap(), "http://a");
    }

    #[test]
    fn a_missing_output_is_named_with_the_fix() {
        for name in NAMES {
            let error = read_without(AWS, name).err().unwrap().to_string();
            assert!(error.contains(&format!("no output {name}: deploy")), "{error}");
        }
    }

    #[test]
    fn a_sandbox_without_functions_has_no_url() {
        assert_eq!(read_without("000000000000", "Url").unwrap().url, None);
        assert!(read_without("000000000000", "QueueUrl").is_err());
    }

    #[test]
    fn emails_are_kept_for_so_many_days_and_for_good_without_any() {
        assert_eq!(read_without(AWS, "").unwrap().email_retention, None, "an older template");
        assert_eq!(retention("0").unwrap(), None);
        assert_eq!(retention("2").unwrap(), Some(Duration::from_secs(172_800)));
        assert!(retention("two").is_err());
    }

    #[test]
    fn a_load_balancer_beside_an_http_api_is_what_callers_use() {
        let arn = format!("arn:aws:cloudformation:eu-central-1:{AWS}:stack/prod/1");
        let identity = Identity::new(arn.parse().unwrap(), &Endpoints::new(None, []));
        for (more, expected) in [
            (&["HttpApiUrl"][..], true),
            (&["HttpApiUrl", "LoadBalancerName"], false),
            (&["LoadBalancerName"], false),
        ] {
            let outputs = NAMES.iter().chain(more).map(|name| (*name, "http://a/"));
            let outputs = Outputs::of(&identity, "CREATE_COMPLETE", outputs.collect()).unwrap();
            assert_eq!(outputs.only_http_api, expected, "{more:?}");
        }
    }

    #[test]
    fn an_output_that_a_terminal_would_obey_is_refused() {
        assert!(plain("Url", "http://a\u{1b}]0;b\u{7}").is_err());
        assert_eq!(plain("Url", "http://a/?b=ä").unwrap(), "http://a/?b=ä");
    }
}
