//! The SDK's configuration.

use super::connector;
use super::endpoints::Endpoints;
use crate::settings::{SettingError, optional, required};
use aws_config::identity::IdentityCache;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_types::retry::ReconnectMode;
use std::time::Duration;

/// How long connecting may take. Within a region it takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Attempts at one operation, the first included.
const ATTEMPTS: u32 = 3;
/// The longest wait before the second attempt; it doubles after that.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// The SDK's configuration, with bounds on every call: `attempt` for one attempt, `operation` for all three with the
/// waits between them.
///
/// Region and credentials are those that Lambda puts into the environment ("Defined runtime environment variables").
/// `aws_config::load_defaults` would look for them in files and on the network too, where a function's never are, and
/// all of that would be in the executable.
///
/// # Errors
/// [`SettingError`] if one of them is missing.
pub fn sdk_config(attempt: Duration, operation: Duration) -> Result<SdkConfig, SettingError> {
    let timeouts =
        TimeoutConfig::builder().operation_attempt_timeout(attempt).operation_timeout(operation).build();
    // A connection that brought a 503 is as good as a new one, and costs no handshake.
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_reconnect_mode(ReconnectMode::ReuseAllConnections);
    let mut config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new(required("AWS_REGION", "the AWS region, as Lambda does")?))
        .credentials_provider(credentials()?)
        .identity_cache(IdentityCache::no_cache()) // they never change, so there is nothing to cache
        .http_client(connector::http_client(CONNECT_TIMEOUT)?)
        .sleep_impl(TokioSleep::new())
        .timeout_config(timeouts)
        .retry_config(retries)
        // The attempts' timeout ends a stalled one as well, and the function's deadline a body that stalls after it,
        // without another clock for each request.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(Endpoints.of_all());
    Ok(config.service_config(Endpoints).build())
}

/// The credentials of the function's role. They serve as long as the process does: Lambda starts another with new ones.
fn credentials() -> Result<SharedCredentialsProvider, SettingError> {
    let key_id = required("AWS_ACCESS_KEY_ID", "the id of an access key, as Lambda does")?;
    let secret = required("AWS_SECRET_ACCESS_KEY", "the access key's secret, as Lambda does")?;
    let session = optional::<String>("AWS_SESSION_TOKEN")?;
    let session = Some(session).filter(|session| !session.is_empty());
    Ok(SharedCredentialsProvider::new(Credentials::new(key_id, secret, session, None, "environment")))
}
