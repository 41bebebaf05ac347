//! The tokens of a system: one a line in an SSM `SecureString`, the newest first, the unnamed ones before those of callers.

use super::{Explain, System};
use anyhow::{Context, Result};
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ssm::operation::put_parameter::PutParameterError;
use aws_sdk_ssm::types::ParameterType;
use email::Caller;
use secrecy::{ExposeSecret, SecretString};
use std::time::SystemTime;

/// The names by which SSM reads secrets of Secrets Manager ("Referencing AWS Secrets Manager secrets from Parameter Store
/// parameters", AWS Systems Manager user guide). They have no versions, no history, and can't be written.
const SECRETS: &str = "/aws/reference/secretsmanager/";
/// The variable whose token is used instead of the parameter's.
const VARIABLE: &str = "MAILROOM_TOKEN";

/// A token. Neither a report nor an error can print it by accident.
pub(crate) type Token = SecretString;

/// The tokens of the parameter, in one of its versions.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) tokens: Vec<Token>,
    pub(crate) version: i64,
    pub(crate) written: SystemTime,
}

impl Tokens {
    pub(crate) async fn read(system: &System) -> Result<Self> {
        Self::read_named(system, &system.outputs.token_parameter).await
    }

    /// The parameter's value in this version.
    pub(crate) async fn read_version(system: &System, version: i64) -> Result<Self> {
        Self::read_named(system, &format!("{}:{version}", system.outputs.token_parameter)).await
    }

    async fn read_named(system: &System, name: &str) -> Result<Self> {
        let answer = system.ssm.get_parameter().name(name).with_decryption(true).send().await;
        let answer = answer.explain(format!("can't read the tokens in the parameter {name}"))?;
        let parameter = answer.parameter.with_context(|| format!("the parameter {name} doesn't exist"))?;
        let written = parameter.last_modified_date().and_then(|date| SystemTime::try_from(*date).ok());
        let tokens = ::tokens::parse(parameter.value().unwrap_or_default());
        Ok(Self {
            tokens: tokens.map(Token::from).collect(),
            version: parameter.version(),
            written: written.unwrap_or(SystemTime::UNIX_EPOCH),
        })
    }

    /// Writes the parameter's new value once, encrypted with this key or the account's own for SSM. The SDK would repeat a
    /// write whose answer was lost, on top of another's.
    pub(crate) async fn write(
        system: &System,
        tokens: &[Token],
        key_id: Option<&str>,
        description: String,
    ) -> Result<Written> {
        let name = &system.outputs.token_parameter;
        let value = tokens.iter().map(ExposeSecret::expose_secret).collect::<Vec<_>>().join("\n");
        let put = system.ssm.put_parameter().name(name).value(value).r#type(ParameterType::SecureString);
        let put = put.set_key_id(key_id.map(str::to_owned)).description(description).overwrite(true);
        let once = aws_sdk_ssm::config::Builder::new().retry_config(RetryConfig::disabled());
        let answer = put.customize().config_override(once).send().await;
        let passes = answer.as_ref().is_err_and(may_pass);
        match answer.explain(format!("can't write the tokens to the parameter {name}")) {
            Ok(answer) => Ok(Written::As(answer.version())),
            Err(error) if passes => Ok(Written::Unknown(error)),
            Err(error) => Err(error),
        }
    }

    /// The newest unnamed token, so that emails of these commands carry no caller's name; that of a caller if all have
    /// names.
    async fn newest(system: &System) -> Result<Token> {
        let tokens = Self::read(system).await?.tokens;
        let newest = of_caller(&tokens, None).into_iter().next().or_else(|| tokens.into_iter().next());
        newest.with_context(|| {
            format!(
                "{} holds no token: create one with `mailroom token rotate`",
                system.outputs.token_parameter
            )
        })
    }
}

/// The token to send: the environment's, or else the newest of the system's.
pub(crate) async fn to_send(system: &System) -> Result<Token> {
    match std::env::var(VARIABLE) {
        Ok(token) if !token.is_empty() => Ok(token.into()),
        _ => Tokens::newest(system).await,
    }
}

/// The secret to which the parameter's name refers, if `TokenSecret` names one.
pub(crate) fn secret(parameter: &str) -> Option<&str> {
    parameter.strip_prefix(SECRETS)
}

/// The known result of a write.
pub(crate) enum Written {
    /// SSM confirmed this version.
    As(i64),
    /// A transient error: SSM may have done the write, or may still do it.
    Unknown(anyhow::Error),
}

/// True for a transient error: SSM may have done the write, or throttles.
fn may_pass(error: &SdkError<PutParameterError>) -> bool {
    match error {
        SdkError::ServiceError(refused) => {
            let patience = ["ThrottlingException", "TooManyUpdates"];
            refused.raw().status().is_server_error()
                || refused.err().code().is_some_and(|code| patience.contains(&code))
        }
        SdkError::ConstructionFailure(_) => false,
        _ => true,
    }
}

/// The caller that a token names.
pub(crate) fn caller(token: &Token) -> Option<Caller> {
    ::tokens::caller(token.expose_secret())
}

/// The tokens of one caller, or the unnamed ones, in their order.
pub(crate) fn of_caller(tokens: &[Token], who: Option<&Caller>) -> Vec<Token> {
    tokens.iter().filter(|token| caller(token).as_ref() == who).cloned().collect()
}

pub(crate) fn is_same(one: &Token, other: &Token) -> bool {
    one.expose_secret() == other.expose_secret()
}
