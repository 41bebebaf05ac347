//! The steps of a rotation: of the unnamed tokens, or of one caller's. Neither touches the others.

use super::confirm;
use super::history::without;
use super::parameter::{self, Settled};
use super::report::{Rotation, Step};
use super::writer::Change;
use crate::system::System;
use crate::system::tokens::{Token, Tokens, of_caller};
use anyhow::{Context, Result, bail, ensure};
use email::Caller;
use secrecy::ExposeSecret;
use std::time::SystemTime;

/// Puts a new token in front, unless a rotation is under way.
pub(crate) async fn rotate(system: &System, caller: Option<&Caller>, print: bool) -> Result<Rotation> {
    let settled = parameter::settle(system, Some(Change::Add(parameter::generate(caller)?))).await?;
    let own = of_caller(&settled.now.tokens, caller);
    let newest = own.first().context("no token, although one was written")?.clone();
    let step = match own.len() {
        _ if !settled.changed => Step::UnderWay,
        1 => Step::Created,
        _ => Step::Added,
    };
    let ask = async |written| confirm::accepted(system, &newest, written).await;
    let (settled, confirmed) = confirm(system, settled, ask).await?;
    let token = print.then(|| newest.expose_secret().to_owned());
    Ok(Rotation { token, ..rotation(system, caller, &settled, step, confirmed) })
}

/// Removes all tokens but the newest, once the endpoint accepts that one.
pub(crate) async fn retire(system: &System, caller: Option<&Caller>) -> Result<Rotation> {
    let parameter = &system.outputs.token_parameter;
    let before = parameter::settle(system, None).await?;
    let own = of_caller(&before.now.tokens, caller);
    let [newest, old @ ..] = own.as_slice() else { bail!(no_token(system, caller, &before.now)) };
    let Some(last) = old.last() else { return finish(system, caller, before).await };
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
    see_refused(system, caller, after, last, Step::Retired).await
}

/// Removes all tokens of a caller.
pub(crate) async fn revoke(system: &System, caller: &Caller) -> Result<Rotation> {
    let parameter = &system.outputs.token_parameter;
    let before = parameter::settle(system, None).await?;
    let own = of_caller(&before.now.tokens, Some(caller));
    let Some(newest) = own.first() else { return finish(system, Some(caller), before).await };
    ensure!(
        !of_caller(&before.now.tokens, None).is_empty(),
        "{parameter} holds no unnamed token, which mailroom's own commands send and which stays when callers go: create \
         one with `mailroom token rotate`, then run the same command again"
    );
    let mut after = parameter::settle(system, Some(Change::Revoke(own.clone()))).await?;
    after.repaired |= before.repaired;
    ensure!(
        without(&own, &after.now.tokens).len() == own.len(),
        "{parameter} changed meanwhile and still holds a token of {caller}: run the same command again"
    );
    see_refused(system, Some(caller), after, newest, Step::Revoked).await
}

fn no_token(system: &System, caller: Option<&Caller>, now: &Tokens) -> String {
    let parameter = &system.outputs.token_parameter;
    match caller {
        Some(caller) => {
            format!(
                "{parameter} holds no token of {caller}: create one with `mailroom token rotate --caller {caller}`"
            )
        }
        None if now.tokens.is_empty() => format!(
            "{parameter} holds no token, so every email is refused: create one with `mailroom token rotate`"
        ),
        None => format!("{parameter} holds no unnamed token: create one with `mailroom token rotate`"),
    }
}

/// One token is left, or none after a revocation. If that is so since a moment ago, a command may have been interrupted
/// before it saw the old one refused.
async fn finish(system: &System, caller: Option<&Caller>, settled: Settled) -> Result<Rotation> {
    let now = &settled.now;
    let just_now = confirm::age(now.written) < confirm::ALL_FORGET && now.version > 1;
    let before = match just_now {
        true => Tokens::read_version(system, now.version - 1).await?.tokens,
        false => Vec::new(),
    };
    let is_revoked = of_caller(&now.tokens, caller).is_empty();
    let (done, nothing) = match is_revoked {
        true => (Step::Revoked, Step::NothingToRevoke),
        false => (Step::Retired, Step::NothingToRetire),
    };
    match of_caller(&without(&before, &now.tokens), caller).last() {
        Some(old) => see_refused(system, caller, settled, old, done).await,
        None => Ok(rotation(system, caller, &settled, nothing, true)),
    }
}

async fn see_refused(
    system: &System,
    caller: Option<&Caller>,
    settled: Settled,
    old: &Token,
    step: Step,
) -> Result<Rotation> {
    let ask = async |written| confirm::refused(system, old, written).await;
    let (settled, confirmed) = confirm(system, settled, ask).await?;
    Ok(rotation(system, caller, &settled, step, confirmed))
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

fn rotation(
    system: &System,
    caller: Option<&Caller>,
    settled: &Settled,
    step: Step,
    confirmed: bool,
) -> Rotation {
    let tokens = &settled.now.tokens;
    Rotation {
        parameter: system.outputs.token_parameter.clone(),
        caller: caller.cloned(),
        version: settled.now.version,
        tokens: tokens.len(),
        own: of_caller(tokens, caller).len(),
        step,
        confirmed,
        repaired: settled.repaired,
        token: None,
    }
}
