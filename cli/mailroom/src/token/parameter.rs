//! The parameter with the tokens, changed by several commands at a time.

use super::history::{Plan, Version};
use super::writer::{Change, Latest, Write, Writer};
use crate::system::{
    Explain, System,
    tokens::{Token, Tokens, Written},
};
use anyhow::{Context, Result, anyhow, bail};
use email::Caller;
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// Reads of one command. A write comes between two of them, and each write after the first has a conflict as its cause.
const ATTEMPTS: usize = 10;
/// Looks for a version that SSM has confirmed, with a pause between them. SSM doesn't document when others see a write.
const LOOKS: usize = 20;
const PAUSE: Duration = Duration::from_millis(500);

/// The latest version of the parameter; version 0 if it doesn't exist.
pub(crate) struct Parameter {
    pub(crate) latest: Latest,
    pub(crate) written: SystemTime,
    versions: Vec<Version>,
    /// The key that encrypts it, if it isn't the account's own for SSM. A write keeps it.
    key_id: Option<String>,
}

/// The parameter after a command: it holds what it should.
pub(crate) struct Settled {
    pub(crate) now: Tokens,
    pub(crate) changed: bool,
    /// True if an update was lost before, or by this command's own write, and is restored.
    pub(crate) repaired: bool,
}

/// Repairs the parameter if a command was cut off before it could, then makes the change, and repairs what that overwrote.
pub(crate) async fn settle(system: &System, change: Option<Change>) -> Result<Settled> {
    let (mut writer, mut version) = (Writer::new(change, Uuid::new_v4().simple().to_string()), 0);
    let mut failure = None;
    for _ in 0..ATTEMPTS {
        let parameter = Parameter::read_from(system, version).await?;
        let Some(write) = writer.next(&parameter.versions, &parameter.latest) else {
            let Latest { version, value, .. } = parameter.latest;
            let now = Tokens { tokens: value, version, written: parameter.written };
            return Ok(Settled { now, changed: writer.changed, repaired: writer.repaired });
        };
        match parameter.write(system, &write).await? {
            Written::As(written) => version = written,
            Written::Unknown(error) => {
                failure = Some(error);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    let gave_up =
        format!("gave up after {ATTEMPTS} failed or conflicting writes: run the same command again");
    Err(failure.unwrap_or_else(|| anyhow!("{}", system.outputs.token_parameter)).context(gave_up))
}

impl Parameter {
    pub(crate) async fn read(system: &System) -> Result<Self> {
        let (mut versions, mut written, mut key_id) = (Vec::new(), SystemTime::UNIX_EPOCH, None);
        let name = &system.outputs.token_parameter;
        let mut pages = system.ssm.get_parameter_history().name(name).into_paginator().send();
        while let Some(page) = pages.next().await {
            let missing = page.as_ref().err().and_then(|error| error.as_service_error());
            if missing.is_some_and(|error| error.is_parameter_not_found()) {
                break;
            }
            let page = page.explain(format!("can't read the history of the parameter {name}"))?;
            // The oldest come first.
            for version in page.parameters() {
                let number = version.version();
                versions.push(Version { number, description: version.description().map(str::to_owned) });
                let modified = version.last_modified_date().and_then(|date| SystemTime::try_from(*date).ok());
                (written, key_id) = (modified.unwrap_or(written), version.key_id().map(str::to_owned));
            }
        }
        let latest = latest(system, &versions).await?;
        Ok(Self { latest, written, versions, key_id })
    }

    /// The same, at this version or a later one.
    async fn read_from(system: &System, version: i64) -> Result<Self> {
        for _ in 0..LOOKS {
            let parameter = Self::read(system).await?;
            if parameter.latest.version >= version {
                return Ok(parameter);
            }
            tokio::time::sleep(PAUSE).await;
        }
        let parameter = &system.outputs.token_parameter;
        bail!(
            "SSM confirmed version {version} of {parameter} but doesn't list it: run the same command again"
        )
    }

    async fn write(&self, system: &System, write: &Write) -> Result<Written> {
        let before = self.versions.last().and_then(|version| version.description.as_deref());
        let description = write.mark.describe(before);
        Tokens::write(system, &write.tokens, self.key_id.as_deref(), description).await
    }
}

/// Reads the values that the state is computed from: usually that of the latest version alone.
async fn latest(system: &System, versions: &[Version]) -> Result<Latest> {
    let version = versions.last().map_or(0, |version| version.number);
    let (plan, mut values) = (Plan::of(versions), BTreeMap::new());
    for version in plan.versions().into_iter().filter(|version| *version > 0) {
        values.insert(version, Tokens::read_version(system, version).await?.tokens);
    }
    let value = |version: i64| values.get(&version).map_or(&[][..], Vec::as_slice);
    Ok(Latest { version, value: value(version).to_vec(), state: plan.state(value) })
}

/// 244 random bits as 64 hex digits, which neither a shell nor a URL nor JSON has to escape, with the caller's name before
/// them.
pub(crate) fn generate(caller: Option<&Caller>) -> Result<Token> {
    let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    match caller {
        None => Ok(secret.into()),
        Some(caller) => Ok(::tokens::named(caller, &secret).context("a UUID is not 32 hex digits")?.into()),
    }
}
