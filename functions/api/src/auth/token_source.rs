//! The SSM parameter with the tokens.

use super::token_set::TokenSet;
use aws_sdk_ssm::config::interceptors::InterceptorContext;
use aws_sdk_ssm::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_ssm::error::ProvideErrorMetadata;
use aws_sdk_ssm::operation::get_parameter::GetParameterError;
use aws_sdk_ssm::types::ParameterType;
use runtime::aws::AwsError;

/// AWS's code for a throttled call.
const THROTTLED: &str = "ThrottlingException";

/// An SSM parameter of type `SecureString`.
pub struct TokenSource {
    ssm: aws_sdk_ssm::Client,
    parameter: String,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The account makes too many reads at the moment.
    #[error("SSM GetParameter: {0}")]
    Throttled(AwsError),
    /// The role may not read the parameter, or may not use its key. Neither passes by itself.
    #[error("SSM GetParameter: {0}")]
    Denied(AwsError),
    #[error("SSM GetParameter: {0}")]
    Ssm(AwsError),
    #[error("SSM GetParameter: response without a value")]
    NoValue,
}

impl From<AwsError> for FetchError {
    /// By AWS's codes ("GetParameter" and "Common Errors", AWS Systems Manager API reference).
    fn from(error: AwsError) -> Self {
        match error.code() {
            Some(THROTTLED) => Self::Throttled(error),
            Some("AccessDeniedException" | "InvalidKeyId") => Self::Denied(error),
            _ => Self::Ssm(error),
        }
    }
}

impl TokenSource {
    pub fn new(config: aws_sdk_ssm::config::Builder, parameter: String) -> Self {
        let config = config.retry_classifier(NoRetryIfThrottled).build();
        Self { ssm: aws_sdk_ssm::Client::from_conf(config), parameter }
    }

    /// The parameter's name.
    pub(crate) fn parameter(&self) -> &str {
        &self.parameter
    }

    /// The tokens as SSM has them now. A parameter that is missing or not encrypted holds none: SSM did answer, so the
    /// last known ones are revoked.
    pub(crate) async fn fetch(&self) -> Result<TokenSet, FetchError> {
        let response = self.ssm.get_parameter().name(&self.parameter).with_decryption(true).send().await;
        let parameter = match response {
            Ok(response) => response.parameter.ok_or(FetchError::NoValue)?,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_parameter_not_found()) => {
                return Ok(TokenSet::default());
            }
            Err(error) => return Err(AwsError::from(error).into()),
        };
        match parameter.r#type {
            Some(ParameterType::SecureString) => {
                Ok(TokenSet::parse(parameter.value.as_deref().ok_or(FetchError::NoValue)?))
            }
            _ => Ok(TokenSet::default()),
        }
    }
}

/// Leaves the retry of a throttled call to the token cache. The SDK would try again within 300 ms; hundreds of
/// instances that started together would make three times the calls in the same second.
#[derive(Debug)]
struct NoRetryIfThrottled;

impl ClassifyRetry for NoRetryIfThrottled {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let error = error.and_then(|error| error.as_operation_error()?.downcast_ref::<GetParameterError>());
        match error.and_then(ProvideErrorMetadata::code) {
            Some(THROTTLED) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "no retry if throttled"
    }
}
