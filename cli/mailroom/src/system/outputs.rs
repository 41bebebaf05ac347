//! Where the parts of a stack are.

use super::Explain;
use anyhow::{Context, Result};
use std::collections::BTreeMap;

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
    /// Where alarms are told; on this machine there are none.
    pub(crate) alarm_topic: Option<String>,
    /// CloudFormation's word for how the last change of the stack ended, such as `UPDATE_COMPLETE`.
    pub(crate) stack_status: String,
}

impl Outputs {
    /// Reads them of the stack with this name, or of the only one there is; with its name.
    pub(crate) async fn of_stack(
        client: &aws_sdk_cloudformation::Client,
        name: Option<&str>,
    ) -> Result<(String, Self)> {
        let answer = client.describe_stacks().set_stack_name(name.map(str::to_owned)).send().await;
        let shown = name.unwrap_or("on this machine");
        let answer = answer.explain(format!("the outputs of the stack {shown} can't be read"))?;
        let stack = answer.stacks().first().with_context(|| format!("there is no stack {shown}"))?;
        let name = stack.stack_name().unwrap_or(shown).to_owned();
        let status = stack.stack_status().map(|status| status.as_str().to_owned());
        let outputs = stack.outputs().iter();
        let pairs = outputs
            .filter_map(|output| Some((output.output_key()?.to_owned(), output.output_value()?.to_owned())));
        let outputs = Self::read(&name, status.unwrap_or_default(), pairs.collect())?;
        Ok((name, outputs))
    }

    fn read(stack: &str, stack_status: String, mut outputs: BTreeMap<String, String>) -> Result<Self> {
        let alarm_topic = outputs.remove("AlarmTopicArn");
        let mut take = |output: &str| {
            outputs.remove(output).with_context(|| {
                format!("the stack {stack} has no output {output}: deploy this version's template.yaml, then try again")
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
