//! The tokens where `api` reads them.

use crate::system::{Explain, Secret, System, tokens::Tokens};
use anyhow::{Context, Result, bail};
use std::time::SystemTime;
use uuid::Uuid;

/// How often a write that met another one is tried again.
const ATTEMPTS: usize = 5;

/// The tokens, and what is to stay as it is when they change.
pub(crate) struct Parameter {
    pub(crate) tokens: Tokens,
    /// The key that they are encrypted with, if it is not the account's own for SSM.
    key_id: Option<String>,
}

impl Parameter {
    /// Reads it; none if there is no such parameter yet.
    pub(crate) async fn read(system: &System) -> Result<Option<Self>> {
        let name = &system.outputs.token_parameter;
        let mut pages = system.ssm.get_parameter_history().name(name).into_paginator().send();
        let mut key_id = None;
        while let Some(page) = pages.next().await {
            let missing = page.as_ref().err().and_then(|error| error.as_service_error());
            if missing.is_some_and(|error| error.is_parameter_not_found()) {
                return Ok(None);
            }
            let page = page.explain(format!("the versions of {name} can't be read"))?;
            // The oldest come first.
            key_id = page.parameters().last().and_then(|last| last.key_id()).map(str::to_owned).or(key_id);
        }
        Ok(Some(Self { tokens: Tokens::read(system).await?, key_id }))
    }
}

/// Changes the tokens from what was read before.
///
/// SSM has no conditional write, but numbers its versions: whoever finds that another write came in between adds what
/// that one brought, and writes again. So of two rotations at the same time neither loses its token.
pub(crate) async fn write(system: &System, before: Option<&Parameter>, lines: Vec<Secret>) -> Result<Tokens> {
    let key_id = before.and_then(|before| before.key_id.as_deref());
    let (mut lines, mut expected) = (lines, before.map_or(0, |before| before.tokens.version) + 1);
    for _ in 0..ATTEMPTS {
        let version = Tokens::write(system, &lines, key_id).await?;
        if version == expected {
            return Ok(Tokens { lines, version, written: SystemTime::now() });
        }
        for other in expected..version {
            for line in tokens_of(system, other).await? {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        expected = version + 1;
    }
    bail!("{} is being written by others all the time: agree on who rotates", system.outputs.token_parameter)
}

/// The tokens of one version.
pub(crate) async fn tokens_of(system: &System, version: i64) -> Result<Vec<Secret>> {
    let name = format!("{}:{version}", system.outputs.token_parameter);
    let answer = system.ssm.get_parameter().name(&name).with_decryption(true).send().await;
    let answer = answer.explain(format!("{name} can't be read"))?;
    let parameter = answer.parameter.with_context(|| format!("{name} is not there"))?;
    Ok(crate::system::tokens::lines(parameter.value().unwrap_or_default()))
}

/// 244 random bits, as 64 hex digits: nothing that a shell, a URL or JSON would have to escape.
pub(crate) fn generate() -> Secret {
    Secret::new(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()))
}
