//! The steps of a rotation.

use super::confirm;
use super::history::without;
use super::parameter::{self, Settled};
use super::report::{Rotation, Step};
use super::writer::Change;
use crate::system::System;
use crate::system::tokens::{Token, Tokens};
use anyhow::{Context, Result, bail};
use secrecy::ExposeSecret;
use std::time::SystemTime;

/// Puts a new token in front, unless a rotation is under way.
pub(crate) async fn rotate(system: &System, print: bool) -> Result<Rotation> {
    let settled = parameter::settle(system, Some(Change::Add(parameter::generate()))).await?;
    let newest = settled.now.tokens.first().context("no token, although one was written")?.clone();
    let step = match settled.now.tokens.len() {
        _ if !settled.changed => Step::UnderWay,
        1 => Step::Created,
        _ => Step::Added,
    };
    let ask = async |written| confirm::accepted(system, &newest, written).await;
    let (settled, confirmed) = confirm(system, settled, ask).await?;
    let token = print.then(|| newest.expose_secret().to_owned());
    Ok(Rotation { token, ..rotation(system, &settled, step, confirmed) })
}

/// Removes all tokens but the newest, once the endpoint accepts that one.
pub(crate) async fn retire(system: &System) -> Result<Rotation> {
    let parameter = &system.outputs.token_parameter;
    let before = parameter::settle(system, None).await?;
    let [newest, old @ ..] = before.now.tokens.as_slice() else {
        bail!(
            "{parameter} holds no token, so every email is refused: create one with `mailroom token rotate`"
        )
    };
    let Some(last) = old.last() else { return finish(system, before).await };
    if !confirm::accepted(system, newest, before.now.written).await? {
        bail!(
            "the newest token does not work, so the old one stays: check in the log of `api` that it can read {parameter}"
        )
    }
    let change = Change::Remove { keep: newest.clone(), old: old.to_vec() };
    let mut after = parameter::settle(system, Some(change)).await?;
    after.repaired |= before.repaired;
    if without(old, &after.now.tokens).len() < old.len() {
        bail!(
            "{parameter} changed meanwhile and no longer holds the newest token: run the same command again"
        )
    }
    see_refused(system, after, last).await
}

/// One token is left. If it is alone since a moment ago, a command may have been interrupted before it saw the old one
/// refused.
async fn finish(system: &System, settled: Settled) -> Result<Rotation> {
    let now = &settled.now;
    let just_now = confirm::age(now.written) < confirm::ALL_FORGET && now.version > 1;
    let before = match just_now {
        true => Tokens::read_version(system, now.version - 1).await?.tokens,
        false => Vec::new(),
    };
    match without(&before, &now.tokens).last() {
        Some(old) => see_refused(system, settled, old).await,
        None => Ok(rotation(system, &settled, Step::NothingToRetire, true)),
    }
}

async fn see_refused(system: &System, settled: Settled, old: &Token) -> Result<Rotation> {
    let ask = async |written| confirm::refused(system, old, written).await;
    let (settled, confirmed) = confirm(system, settled, ask).await?;
    Ok(rotation(system, &settled, Step::Retired, confirmed))
}

/// Asks whether the change works. If not, another command may have overwritten it and been cut off: that is repaired, and
/// the question is asked again.
async fn confirm(
    system: &System,
    settled: Settled,
    ask: impl AsyncFn(SystemTime) -> Result<bool>,
) -> Result<(Settled, bool)> {
    if ask(settled.now.written).await? {
        return Ok((settled, true));
    }
    let later = parameter::settle(system, None).await?;
    if later.now.version == settled.now.version {
        return Ok((settled, false));
    }
    let confirmed = ask(later.now.written).await?;
    Ok((Settled { repaired: settled.repaired || later.repaired, ..later }, confirmed))
}

fn rotation(system: &System, settled: &Settled, step: Step, confirmed: bool) -> Rotation {
    let (parameter, tokens) = (system.outputs.token_parameter.clone(), settled.now.tokens.len());
    let (version, repaired) = (settled.now.version, settled.repaired);
    Rotation { parameter, version, tokens, step, confirmed, repaired, token: None }
}
