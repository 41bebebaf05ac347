//! The SDK's configuration.

use super::connector;
use crate::settings::{SettingError, optional, required};
use aws_config::identity::IdentityCache;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_types::retry::ReconnectMode;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use std::{env, time::Duration};

/// The limit on connecting. Within a region it takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Attempts at one operation, including the first.
const ATTEMPTS: u32 = 3;
/// The longest wait before the second attempt; it doubles after that.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
/// The variable that moves every service away from AWS ("Service-specific endpoints", AWS SDKs and Tools Reference
/// Guide). With a suffix such as `_S3` it moves one service.
const ENDPOINT_URL: &str = "AWS_ENDPOINT_URL";

/// The SDK's configuration, with a limit on every call: `attempt` for one attempt, `operation` for all three with the
/// waits between them.
///
/// Region and credentials come from the variables that Lambda sets ("Defined runtime environment variables").
/// `aws_config::load_defaults` would also look in files and on the network, where a function has none, and all of that
/// would be in the executable.
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
        // The attempt's timeout ends a stalled attempt too, and the function's deadline a body that stalls after it,
        // without another timer for each request.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    config.set_endpoint_url(variable(ENDPOINT_URL));
    Ok(config.service_config(ServiceEndpoints).build())
}

/// The credentials of the function's role. They last as long as the process: Lambda starts another with new ones.
fn credentials() -> Result<SharedCredentialsProvider, SettingError> {
    let key_id = required("AWS_ACCESS_KEY_ID", "the id of an access key, as Lambda does")?;
    let secret = required("AWS_SECRET_ACCESS_KEY", "the access key's secret, as Lambda does")?;
    let session = optional::<String>("AWS_SESSION_TOKEN")?;
    let session = Some(session).filter(|session| !session.is_empty());
    Ok(SharedCredentialsProvider::new(Credentials::new(key_id, secret, session, None, "environment")))
}

/// True if the environment moves `service` ("S3") away from AWS. S3 then needs path-style addresses, since
/// `bucket.localhost` doesn't resolve.
pub fn has_custom_endpoint(service: &str) -> bool {
    variable(ENDPOINT_URL).or_else(|| variable(&format!("{ENDPOINT_URL}_{service}"))).is_some()
}

/// Gives each client the endpoint of its service, if it has one of its own.
#[derive(Debug)]
struct ServiceEndpoints;

impl LoadServiceConfig for ServiceEndpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_uppercase().replace(' ', "_");
        variable(&format!("{ENDPOINT_URL}_{service}")).filter(|_| key.env() == ENDPOINT_URL)
    }
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
