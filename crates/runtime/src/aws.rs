//! The AWS SDK as the functions use it.

use aws_config::{BehaviorVersion, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::{env, fmt, time::Duration};

/// How long connecting may take. Within a region it takes milliseconds.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Attempts at one operation, the first included.
const ATTEMPTS: u32 = 3;
/// The longest wait before the second attempt; it doubles after that.
const FIRST_BACKOFF: Duration = Duration::from_millis(100);

/// The SDK's configuration from the environment, with bounds on every call.
///
/// `attempt` bounds one attempt, `operation` all three with the waits between them. TLS is rustls with ring:
/// the SDK's default spends several times ring's CPU time at each cold start.
pub async fn sdk_config(attempt: Duration, operation: Duration) -> SdkConfig {
    let http = Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
        .build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(attempt)
        .operation_timeout(operation)
        .build();
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_initial_backoff(FIRST_BACKOFF);
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(retries)
        .load()
        .await
}

/// Whether the environment points `service` ("S3") somewhere else than AWS. S3 then needs path-style
/// addresses: nothing resolves `bucket.localhost`.
#[must_use]
pub fn has_own_endpoint(service: &str) -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("AWS_ENDPOINT_URL") || is_set(&format!("AWS_ENDPOINT_URL_{service}"))
}

/// What went wrong with an AWS call, in words that are safe to log.
///
/// The SDK's own text may hold parts of the request and of the answer; this holds the kind of failure and
/// AWS's error code.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    kind: &'static str,
    code: Option<String>,
}

impl Failure {
    /// An answer whose body ended early.
    #[must_use]
    pub fn cut_off() -> Self {
        Self { kind: "an answer that was cut off", code: None }
    }
}

impl<E: ProvideErrorMetadata, R> From<&SdkError<E, R>> for Failure {
    fn from(error: &SdkError<E, R>) -> Self {
        let kind = match error {
            SdkError::ConstructionFailure(_) => "the request could not be built",
            SdkError::TimeoutError(_) => "no answer in time",
            SdkError::DispatchFailure(failure) if failure.is_timeout() => "no answer in time",
            SdkError::DispatchFailure(_) => "no connection",
            SdkError::ResponseError(_) => "an answer that can't be read",
            SdkError::ServiceError(_) => "refused",
            _ => "failed",
        };
        let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
        Self { kind, code: code.map(str::to_owned) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{}: {code}", self.kind),
            None => f.write_str(self.kind),
        }
    }
}

impl std::error::Error for Failure {}
