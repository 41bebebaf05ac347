//! Finds the stack. This is the first call of every command, so a missing or wrong system shows soon.

use super::endpoints::Endpoints;
use super::identity::{Identity, StackArn};
use super::{Explain, Outputs, Target, aws};
use anyhow::{Context, Result, anyhow, bail, ensure};
use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::config::Builder;
use aws_sdk_cloudformation::config::interceptors::InterceptorContext;
use aws_sdk_cloudformation::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_cloudformation::error::SdkError;
use aws_sdk_cloudformation::operation::describe_stacks::{DescribeStacksError, DescribeStacksOutput};
use aws_sdk_cloudformation::types::Stack;
use std::time::Duration;
use terminal::text::printable;

/// The longest wait for an answer of this machine. A program that has the port may accept connections and say nothing.
const LOCAL_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) async fn find(
    sdk: &SdkConfig,
    endpoints: &Endpoints,
    target: &Target,
) -> Result<(Identity, Outputs)> {
    let mut config = Builder::from(sdk).retry_classifier(NoConnection);
    if target.local {
        let timeout = TimeoutConfig::builder().operation_timeout(LOCAL_TIMEOUT).build();
        config = config.retry_config(RetryConfig::disabled()).timeout_config(timeout);
    }
    let client = Client::from_conf(config.build());
    // On this machine all of them, to say which there are.
    let name = target.stack().filter(|_| !target.local).map(str::to_owned);
    let answer = client.describe_stacks().set_stack_name(name).send().await;
    let stacks = answer.or_else(|error| explain(error, sdk, endpoints, target))?.stacks.unwrap_or_default();
    let stack = if target.local { pick(&stacks, target)? } else { stacks.first() };
    let stack =
        stack.with_context(|| format!("the stack {} does not exist", target.stack().unwrap_or_default()))?;
    let arn: StackArn = stack.stack_id().unwrap_or_default().parse()?;
    let identity = Identity::new(arn, endpoints);
    if identity.is_sandbox() && !target.local {
        bail!(
            "{} leads to the {identity}, not to AWS: unset it to reach AWS, or pass --local for the sandbox (with --aws-port \
             for another port than 4566)",
            endpoints.source()
        );
    }
    let outputs = Outputs::read(&identity, stack)?;
    Ok((identity, outputs))
}

/// The stack on this machine: the one with the name that was asked for, or the only one.
fn pick<'a>(stacks: &'a [Stack], target: &Target) -> Result<Option<&'a Stack>> {
    let url = target.local_url();
    ensure!(
        !stacks.is_empty(),
        "the sandbox at {url} has no stack yet: wait until `mailroom up` has printed its addresses"
    );
    let Some(wanted) = target.stack() else { return Ok(stacks.first()) };
    let names: Vec<_> = stacks.iter().filter_map(Stack::stack_name).map(printable).collect();
    let found = stacks.iter().find(|stack| stack.stack_name() == Some(wanted));
    let found = found.with_context(|| {
        let (wanted, names) = (printable(wanted), names.join(", "));
        format!("the sandbox at {url} runs the stack {names}, not {wanted}: leave out --stack, or --local")
    });
    found.map(Some)
}

/// Says which address did not answer as CloudFormation does, and which setting leads there.
fn explain(
    error: SdkError<DescribeStacksError>,
    sdk: &SdkConfig,
    endpoints: &Endpoints,
    target: &Target,
) -> Result<DescribeStacksOutput> {
    let (url, source) = (endpoints.cloudformation.as_deref().map(printable), endpoints.source());
    let why = aws::causes(&error);
    match &error {
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => {
            let region = sdk.region().map(ToString::to_string).unwrap_or_default();
            bail!(match url {
                Some(url) if target.local => format!(
                    "no system answers at {url} ({why}): start it with `mailroom up`, or name its port with --aws-port"
                ),
                Some(url) => format!(
                    "no answer from {url}, to which {source} leads ({why}): unset it to reach AWS, or check the address"
                ),
                None => format!("no answer from AWS in {region} ({why}): check the network and the region"),
            })
        }
        SdkError::ResponseError(_) => bail!(strange(url, target, &why)),
        SdkError::ServiceError(refused) if refused.err().meta().code().is_none() => {
            let status = refused.raw().status();
            bail!(strange(url, target, &format!("HTTP status {status}")))
        }
        _ => {
            let stack = printable(target.stack().unwrap_or("on this machine"));
            let at = match url {
                Some(url) if target.local => format!(" at {url}"),
                Some(url) => format!(" at {url}, to which {source} leads"),
                None => String::new(),
            };
            Err(error).explain(format!("can't read the outputs of the stack {stack}{at}"))
        }
    }
}

fn strange(url: Option<String>, target: &Target, why: &str) -> anyhow::Error {
    let url = url.unwrap_or_else(|| "AWS".to_owned());
    anyhow!(
        "{url} does not answer as CloudFormation does ({why}): {}",
        match target.local {
            true => "another program has this port; name that of `mailroom up` with --aws-port",
            false => "check the address, and any proxy",
        }
    )
}

/// Retries a call that the service refuses for now, but not a failed connection: its error must show soon.
#[derive(Debug)]
struct NoConnection;

impl ClassifyRetry for NoConnection {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failed = matches!(context.output_or_error(), Some(Err(error)) if error.is_connector_error());
        if failed { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "no connection"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::client::interceptors::context::Input;
    use aws_smithy_runtime_api::client::orchestrator::OrchestratorError;
    use aws_smithy_runtime_api::client::result::ConnectorError;

    #[test]
    fn a_connection_that_fails_is_not_tried_again_and_anything_else_is_for_others_to_say() {
        let mut context = InterceptorContext::new(Input::erase(()));
        assert_eq!(NoConnection.classify_retry(&context), RetryAction::NoActionIndicated);
        context.set_output_or_error(Err(OrchestratorError::other("throttled")));
        assert_eq!(NoConnection.classify_retry(&context), RetryAction::NoActionIndicated);
        let refused = ConnectorError::io("connection refused".into());
        context.set_output_or_error(Err(OrchestratorError::connector(refused)));
        assert_eq!(NoConnection.classify_retry(&context), RetryAction::RetryForbidden);
    }
}
