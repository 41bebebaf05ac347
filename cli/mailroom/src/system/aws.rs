//! How to reach AWS and as whom, and what its errors mean.

use super::{Target, http};
use anyhow::{Context, Result, anyhow, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::http::http_client_fn;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::time::Duration;

/// The access key's id and secret, and the region, of the stack that `mailroom up` runs.
const LOCAL_KEY: [&str; 2] = ["local", "local"];
const LOCAL_REGION: &str = "eu-central-1";
/// The longest that one attempt at a call may take. SQS lets a receive wait for messages for 20 s.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The first included. Logs and SSM throttle early, and a person waits for most calls.
const ATTEMPTS: u32 = 6;

/// The SDK's configuration, and S3's own. Credentials and region are found as the AWS CLI finds them; a local stack has
/// its own.
pub(crate) async fn config(target: &Target) -> Result<(SdkConfig, aws_sdk_s3::Config)> {
    let connector = http::connector()?;
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build())
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
    if target.local {
        let [id, secret] = LOCAL_KEY;
        loader = loader
            .endpoint_url(format!("http://127.0.0.1:{}", target.aws_port))
            .region(Region::from_static(LOCAL_REGION))
            .credentials_provider(Credentials::new(id, secret, None, None, "local"));
    }
    if let Some(region) = &target.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &target.profile {
        loader = loader.profile_name(profile);
    }
    let sdk = loader.load().await;
    check(&sdk).await?;
    // Only AWS resolves `bucket.host`.
    let elsewhere = sdk.endpoint_url().is_some()
        || std::env::var_os("AWS_ENDPOINT_URL_S3").is_some_and(|url| !url.is_empty());
    let s3 = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(elsewhere).build();
    Ok((sdk, s3))
}

/// Region and credentials are there. The SDK would say so at the first call, in words of its own.
async fn check(sdk: &SdkConfig) -> Result<()> {
    if sdk.region().is_none() {
        bail!(
            "no AWS region: set it with --region, AWS_REGION or in the profile (aws configure set region ...)"
        );
    }
    let fix = "no AWS credentials: sign in as for the AWS CLI (aws sso login, --profile, or AWS_ACCESS_KEY_ID and \
               AWS_SECRET_ACCESS_KEY), or pass --local for the stack on this machine";
    let provider = sdk.credentials_provider().context(fix)?;
    provider.provide_credentials().await.context(fix)?;
    Ok(())
}

/// Turns the SDK's errors into ones that say what to do.
pub(crate) trait Explain<T> {
    /// `what` failed; the reason and the fix are added.
    fn explain(self, what: impl Display) -> Result<T>;
}

impl<T, E, R> Explain<T> for Result<T, SdkError<E, R>>
where
    E: ProvideErrorMetadata + Error + 'static,
    R: Debug,
{
    fn explain(self, what: impl Display) -> Result<T> {
        self.map_err(|error| anyhow!("{what}: {}", reason(&error)))
    }
}

fn reason<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: Debug,
{
    match error {
        SdkError::DispatchFailure(failure) if !failure.is_user() => NO_ANSWER.to_owned(),
        SdkError::TimeoutError(_) => NO_ANSWER.to_owned(),
        SdkError::ServiceError(refused) => {
            let (code, message) = (refused.err().code().unwrap_or("refused"), refused.err().message());
            let message = message.map(|message| format!(": {}", message.trim_end_matches('.')));
            format!("{code}{}{}", message.unwrap_or_default(), fix(code))
        }
        _ => DisplayErrorContext(error).to_string(),
    }
}

const NO_ANSWER: &str = "no answer. Check the network and the region; with --local, check that `mailroom up` runs and \
                         that --aws-port is its port";

/// Empty where the service's message says enough.
fn fix(code: &str) -> &'static str {
    match code {
        _ if code.contains("AccessDenied") => ASK_FOR_RIGHTS,
        "UnauthorizedOperation" => ASK_FOR_RIGHTS,
        _ if code.contains("Expired") => ". Sign in again (aws sso login)",
        _ if code.contains("InvalidClientTokenId") || code.contains("UnrecognizedClient") => {
            ". This account doesn't know the access key: check AWS_PROFILE and AWS_ACCESS_KEY_ID"
        }
        _ if code.contains("Throttl") || code == "TooManyRequestsException" => {
            ". The account's limit is used up: try again in a minute"
        }
        "ValidationError" => ". Check --stack and --region (aws cloudformation list-stacks lists the stacks)",
        _ => "",
    }
}

const ASK_FOR_RIGHTS: &str = ". Ask the account's administrator for the rights that docs/TOOLS.md lists";

#[cfg(test)]
mod tests {
    use sandbox::services::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

    #[test]
    fn key_and_region_of_the_local_stack_are_the_sandboxs() {
        assert_eq!(super::LOCAL_KEY, [ACCESS_KEY_ID, SECRET_ACCESS_KEY]);
        assert_eq!(super::LOCAL_REGION, sandbox::stack::REGION);
    }
}
