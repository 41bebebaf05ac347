//! The tokens of a system: one a line in an SSM `SecureString`, the newest first.

use super::{Explain, Secret, System};
use anyhow::{Context, Result};
use aws_sdk_ssm::types::ParameterType;
use std::time::SystemTime;

/// The variable with the token to use instead of the parameter's.
pub(crate) const VARIABLE: &str = "MAILROOM_TOKEN";

/// The parameter's value, and which version of it that is.
#[derive(Clone)]
pub(crate) struct Tokens {
    pub(crate) lines: Vec<Secret>,
    pub(crate) version: i64,
    /// When this version was written.
    pub(crate) written: SystemTime,
}

impl Tokens {
    /// Reads them.
    pub(crate) async fn read(system: &System) -> Result<Self> {
        let name = &system.outputs.token_parameter;
        let answer = system.ssm.get_parameter().name(name).with_decryption(true).send().await;
        let answer = answer.explain(format!("the parameter {name} with the token can't be read"))?;
        let parameter = answer.parameter.with_context(|| format!("the parameter {name} is not there"))?;
        let written = parameter.last_modified_date().and_then(|date| SystemTime::try_from(*date).ok());
        let written = written.unwrap_or(SystemTime::UNIX_EPOCH);
        Ok(Self {
            lines: lines(parameter.value().unwrap_or_default()),
            version: parameter.version(),
            written,
        })
    }

    /// Writes them as the parameter's new value, encrypted with this key or the account's own for SSM; its version is
    /// the answer.
    pub(crate) async fn write(system: &System, lines: &[Secret], key_id: Option<&str>) -> Result<i64> {
        let name = &system.outputs.token_parameter;
        let value = lines.iter().map(Secret::expose).collect::<Vec<_>>().join("\n");
        let put = system.ssm.put_parameter().name(name).value(value).r#type(ParameterType::SecureString);
        let answer = put.set_key_id(key_id.map(str::to_owned)).overwrite(true).send().await;
        Ok(answer.explain(format!("the parameter {name} can't be written"))?.version())
    }
}

/// The tokens of a parameter's value.
pub(crate) fn lines(value: &str) -> Vec<Secret> {
    ::tokens::parse(value).map(Secret::new).collect()
}

/// The token to send: the environment's, or the first of the system's.
pub(crate) async fn to_send(system: &System) -> Result<Secret> {
    if let Some(token) = std::env::var(VARIABLE).ok().filter(|token| !token.is_empty()) {
        return Ok(Secret::new(token));
    }
    let first = Tokens::read(system).await?.lines.into_iter().next();
    first.with_context(|| {
        format!("{} holds no token: `mailroom token rotate` puts one there", system.outputs.token_parameter)
    })
}
