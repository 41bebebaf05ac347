//! How to reach AWS and as whom, and what its errors mean.

use super::{Target, http};
use anyhow::{Context, Result, anyhow, bail};
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::http::http_client_fn;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::iter::successors;
use std::time::Duration;
use terminal::text::printable;

/// The access key's id and secret, and the region, of the stack that `mailroom up` runs.
const LOCAL_KEY: [&str; 2] = ["local", "local"];
const LOCAL_REGION: &str = "eu-central-1";
/// The longest that one attempt at a call may take. SQS lets a receive wait for messages for 20 s.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The first included. Logs and SSM throttle early, and a person waits for most calls.
const ATTEMPTS: u32 = 6;

/// The SDK's configuration. Credentials, region and endpoints are found as the AWS CLI finds them; those of a local stack
/// are its own, whatever the environment and the profile say.
pub(crate) async fn config(target: &Target) -> Result<SdkConfig> {
    if target.local {
        return local_config(&target.local_url());
    }
    let connector = http::connector(None)?;
    let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .timeout_config(timeouts())
        .retry_config(retries());
    if let Some(region) = &target.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &target.profile {
        loader = loader.profile_name(profile);
    }
    let mut sdk = loader.load().await;
    if let Some(profile) = &target.profile {
        // The SDK would prefer keys in the environment, and go on to other sources for a profile that isn't there.
        let credentials = SharedCredentialsProvider::new(of_profile(&sdk, profile));
        sdk = sdk.into_builder().credentials_provider(credentials).build();
    }
    check(&sdk, target).await?;
    Ok(sdk)
}

/// The credentials of a profile, and of nothing else.
fn of_profile(sdk: &SdkConfig, profile: &str) -> ProfileFileCredentialsProvider {
    let mut config = ProviderConfig::default().with_region(sdk.region().cloned());
    if let Some(client) = sdk.http_client() {
        config = config.with_http_client(client);
    }
    ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build()
}

fn local_config(url: &str) -> Result<SdkConfig> {
    let ([id, secret], connector) = (LOCAL_KEY, http::connector(Some(url))?);
    let credentials = Credentials::new(id, secret, None, None, "local");
    Ok(SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .timeout_config(timeouts())
        .retry_config(retries())
        .endpoint_url(url)
        .region(Region::from_static(LOCAL_REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build())
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS)
}

const SIGN_IN: &str = "sign in as for the AWS CLI (aws sso login, --profile, or AWS_ACCESS_KEY_ID and \
                       AWS_SECRET_ACCESS_KEY), or pass --local for the stack on this machine";

/// Region and credentials are there. The SDK would say so at the first call, in words of its own.
async fn check(sdk: &SdkConfig, target: &Target) -> Result<()> {
    let provider = sdk.credentials_provider().with_context(|| format!("no AWS credentials: {SIGN_IN}"))?;
    if let Err(error) = provider.provide_credentials().await {
        return Err(no_credentials(sdk, target, error).await);
    }
    if sdk.region().is_none() {
        bail!(
            "no AWS region: set it with --region, AWS_REGION or in the profile (aws configure set region ...)"
        );
    }
    Ok(())
}

async fn no_credentials(sdk: &SdkConfig, target: &Target, mut error: CredentialsError) -> anyhow::Error {
    let named = target.profile.clone().or_else(|| std::env::var("AWS_PROFILE").ok());
    let Some(profile) = named.filter(|profile| !profile.is_empty()) else {
        return match error {
            CredentialsError::CredentialsNotLoaded(_) => anyhow!("no AWS credentials: {SIGN_IN}"),
            error => anyhow!("no AWS credentials ({}): {SIGN_IN}", causes(&error)),
        };
    };
    // The chain's error is that of its last source, which nobody meant.
    if let Err(own) = of_profile(sdk, &profile).provide_credentials().await {
        error = own;
    }
    let why = error.source().map_or_else(|| "no such profile, or none in it".to_owned(), causes);
    let profile = printable(&profile);
    anyhow!(
        "no AWS credentials of the profile {profile} ({why}): check its name (aws configure list-profiles), or {SIGN_IN}"
    )
}

/// Turns the SDK's errors into ones that say what to do.
pub(crate) trait Explain<T> {
    /// `what` failed; the reason and the fix are added.
    fn explain(self, what: impl Display) -> Result<T>;
}

impl<T, E, R> Explain<T> for Result<T, SdkError<E, R>>
where
    E: ProvideErrorMetadata + Error + 'static,
    R: Debug + 'static,
{
    fn explain(self, what: impl Display) -> Result<T> {
        self.map_err(|error| anyhow!("{what}: {}", reason(&error)))
    }
}

fn reason<E, R>(error: &SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
    R: Debug + 'static,
{
    match error {
        SdkError::DispatchFailure(failure) if !failure.is_user() => no_answer(error),
        SdkError::TimeoutError(_) => no_answer(error),
        SdkError::ServiceError(refused) => {
            let (code, message) = (refused.err().code().unwrap_or("refused"), refused.err().message());
            let message = message.map(|message| format!(": {}", message.trim_end_matches('.')));
            outside(&format!("{code}{}", message.unwrap_or_default())) + fix(code)
        }
        _ => causes(error),
    }
}

fn no_answer(error: &(dyn Error + 'static)) -> String {
    format!(
        "no answer ({}). Check the network and the region; with --local, check that `mailroom up` runs and that --aws-port \
         is its port",
        causes(error)
    )
}

/// The SDK's words for the layers of an error, which say nothing of the cause.
const LAYERS: [&str; 10] = [
    "an error occurred while loading an access token",
    "an error occurred while loading credentials",
    "client error (Connect)",
    "client error (SendRequest)",
    "dispatch failure",
    "io error",
    "other",
    "request has timed out",
    "service error",
    "unhandled error",
];

/// The causes of an error, in the words of the libraries below the SDK.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut causes: Vec<String> = Vec::new();
    for cause in successors(Some(error), |error| (*error).source()).map(ToString::to_string) {
        // Some errors contain the text of their source.
        let known = causes.last().is_some_and(|last| last.contains(&cause));
        if !known && !LAYERS.contains(&cause.as_str()) {
            causes.push(cause);
        }
    }
    let text = if causes.is_empty() { error.to_string() } else { causes.join(": ") };
    outside(&text)
}

/// Characters of a text from outside that a message has at most.
const LONGEST: usize = 600;

/// A text that AWS, or a server in its place, has written.
fn outside(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => printable(&text[..end]) + "...",
        None => printable(text),
    }
}

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
    use super::*;
    use aws_sdk_sqs::error::ErrorMetadata;
    use sandbox::services::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

    #[test]
    fn key_and_region_of_the_local_stack_are_the_sandboxs() {
        assert_eq!(super::LOCAL_KEY, [ACCESS_KEY_ID, SECRET_ACCESS_KEY]);
        assert_eq!(super::LOCAL_REGION, sandbox::stack::REGION);
    }

    #[test]
    fn an_error_of_aws_can_not_control_the_terminal_nor_fill_it() {
        let message = format!("\u{1b}[2J{}", "x".repeat(5_000));
        let metadata = ErrorMetadata::builder().code("Strange\u{202e}").message(message).build();
        let error: SdkError<_, ()> = SdkError::service_error(metadata, ());
        let text = Err::<(), _>(error).explain("can't look").unwrap_err().to_string();
        assert!(text.starts_with("can't look: Strange\u{fffd}: \u{fffd}[2Jxxx"), "{text}");
        assert!(text.chars().count() < LONGEST + 50, "{} characters", text.chars().count());
    }
}
