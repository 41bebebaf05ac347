//! The parameter with the tokens, changed by one writer at a time.

use crate::system::{
    Explain, System,
    tokens::{Token, Tokens, is_same},
};
use anyhow::{Result, bail};
use std::time::SystemTime;
use uuid::Uuid;

/// Attempts at a write, the first included.
const ATTEMPTS: usize = 5;

pub(crate) struct Parameter {
    pub(crate) now: Tokens,
    /// The key that encrypts it, if it isn't the account's own for SSM. A write keeps it.
    key_id: Option<String>,
}

impl Parameter {
    /// `None` if the parameter doesn't exist yet.
    pub(crate) async fn read(system: &System) -> Result<Option<Self>> {
        let name = &system.outputs.token_parameter;
        let mut pages = system.ssm.get_parameter_history().name(name).into_paginator().send();
        let mut key_id = None;
        while let Some(page) = pages.next().await {
            let missing = page.as_ref().err().and_then(|error| error.as_service_error());
            if missing.is_some_and(|error| error.is_parameter_not_found()) {
                return Ok(None);
            }
            let page = page.explain(format!("can't read the history of the parameter {name}"))?;
            // The oldest come first.
            key_id = page.parameters().last().and_then(|last| last.key_id()).map(str::to_owned).or(key_id);
        }
        Ok(Some(Self { now: Tokens::read(system).await?, key_id }))
    }
}

/// Changes the tokens from those that were read before.
///
/// SSM has no conditional write but numbers its versions. If another write came in between, its tokens are added and all
/// are written again, so that of two rotations at the same time neither loses its token.
pub(crate) async fn write(system: &System, before: Option<&Parameter>, tokens: Vec<Token>) -> Result<Tokens> {
    let key_id = before.and_then(|before| before.key_id.as_deref());
    let (mut tokens, mut expected) = (tokens, before.map_or(0, |before| before.now.version) + 1);
    for _ in 0..ATTEMPTS {
        let version = Tokens::write(system, &tokens, key_id).await?;
        if version == expected {
            return Ok(Tokens { tokens, version, written: SystemTime::now() });
        }
        for other in expected..version {
            for token in Tokens::read_version(system, other).await?.tokens {
                if !tokens.iter().any(|known| is_same(known, &token)) {
                    tokens.push(token);
                }
            }
        }
        expected = version + 1;
    }
    let parameter = &system.outputs.token_parameter;
    bail!("{parameter}: gave up after {ATTEMPTS} conflicting writes; is another rotation running?")
}

/// 244 random bits as 64 hex digits, which neither a shell nor a URL nor JSON has to escape.
pub(crate) fn generate() -> Token {
    format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()).into()
}
