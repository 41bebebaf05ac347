//! Where the tokens come from: one SSM parameter.

use super::retries::ThrottledOnce;
use super::set::TokenSet;
use aws_sdk_ssm::types::ParameterType;
use runtime::aws::Failure;

/// An SSM parameter, a `SecureString`.
pub struct TokenSource {
    ssm: aws_sdk_ssm::Client,
    parameter: String,
}

/// Why SSM gave no tokens.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// Too many reads in this account just now.
    #[error("SSM GetParameter: {0}")]
    Throttled(Failure),
    /// The role may not read the parameter, or its key can't be used. Both pass only when somebody mends them.
    #[error("SSM GetParameter: {0}")]
    Denied(Failure),
    #[error("SSM GetParameter: {0}")]
    Ssm(Failure),
    #[error("SSM GetParameter: an answer without a value")]
    NoValue,
}

impl From<Failure> for FetchError {
    /// By AWS's codes ("GetParameter" and "Common Errors", AWS Systems Manager API reference).
    fn from(failure: Failure) -> Self {
        match failure.code() {
            Some(ThrottledOnce::CODE) => Self::Throttled(failure),
            Some("AccessDeniedException" | "InvalidKeyId") => Self::Denied(failure),
            _ => Self::Ssm(failure),
        }
    }
}

impl TokenSource {
    /// The parameter of this name, asked for with these settings.
    #[must_use]
    pub fn new(config: aws_sdk_ssm::config::Builder, parameter: String) -> Self {
        let config = config.retry_classifier(ThrottledOnce).build();
        Self { ssm: aws_sdk_ssm::Client::from_conf(config), parameter }
    }

    /// The parameter's name.
    pub(crate) fn parameter(&self) -> &str {
        &self.parameter
    }

    /// The tokens as SSM has them now. A parameter that isn't there or isn't encrypted holds none: SSM did
    /// answer, so the last known ones are revoked.
    pub(crate) async fn fetch(&self) -> Result<TokenSet, FetchError> {
        let answer = self.ssm.get_parameter().name(&self.parameter).with_decryption(true).send().await;
        let parameter = match answer {
            Ok(answer) => answer.parameter.ok_or(FetchError::NoValue)?,
            Err(error) if error.as_service_error().is_some_and(|error| error.is_parameter_not_found()) => {
                return Ok(TokenSet::default());
            }
            Err(error) => return Err(Failure::from(&error).into()),
        };
        match parameter.r#type {
            Some(ParameterType::SecureString) => {
                Ok(TokenSet::parse(parameter.value.as_deref().ok_or(FetchError::NoValue)?))
            }
            _ => Ok(TokenSet::default()),
        }
    }
}
