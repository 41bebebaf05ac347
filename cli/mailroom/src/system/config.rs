//! How to reach AWS, or what plays it.

use super::Target;
use anyhow::{Context, Result, bail};
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use std::time::Duration;

/// The access key's id and secret, and the region, of the stack that `mailroom up` runs. The sandbox checks the key in
/// every request; tests/tools/status.rs holds all three against it.
const LOCAL_KEY: [&str; 2] = ["local", "local"];
const LOCAL_REGION: &str = "eu-central-1";
/// The longest that connecting may take, from wherever the operator is.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);
/// The longest that one attempt at a call may take. A receive waits for messages up to 20 s at SQS.
const ATTEMPT: Duration = Duration::from_secs(30);
/// Attempts at a call, the first included. People wait for most of them, and Logs and SSM throttle early.
const ATTEMPTS: u32 = 6;

/// The SDK's configuration, and S3's own.
pub(crate) struct Config {
    pub(crate) sdk: SdkConfig,
    pub(crate) s3: aws_sdk_s3::Config,
}

impl Config {
    /// Credentials and region are found as the AWS CLI finds them; a local stack has its own.
    pub(crate) async fn load(target: &Target) -> Result<Self> {
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(runtime::aws::http_client(CONNECT)?)
            .timeout_config(TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).build())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        if target.local {
            let [id, secret] = LOCAL_KEY;
            let key = Credentials::new(id, secret, None, None, "local");
            loader = loader
                .endpoint_url(format!("http://127.0.0.1:{}", target.aws_port))
                .region(Region::from_static(LOCAL_REGION))
                .credentials_provider(key);
        }
        if let Some(region) = &target.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(profile) = &target.profile {
            loader = loader.profile_name(profile);
        }
        let sdk = loader.load().await;
        check(&sdk).await?;
        // Nothing but AWS resolves `bucket.host`.
        let elsewhere = sdk.endpoint_url().is_some() || set("AWS_ENDPOINT_URL_S3");
        let s3 = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(elsewhere).build();
        Ok(Self { sdk, s3 })
    }
}

/// Region and credentials are there: the SDK would say so at the first call only, and in words of its own.
async fn check(sdk: &SdkConfig) -> Result<()> {
    if sdk.region().is_none() {
        bail!(
            "no AWS region: name it with --region, AWS_REGION or in the profile (aws configure set region ...)"
        );
    }
    let fix = "no AWS credentials: sign in as for the AWS CLI (aws sso login, --profile, or AWS_ACCESS_KEY_ID and \
               AWS_SECRET_ACCESS_KEY); for the stack on this machine give --local";
    let provider = sdk.credentials_provider().context(fix)?;
    provider.provide_credentials().await.context(fix)?;
    Ok(())
}

fn set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
