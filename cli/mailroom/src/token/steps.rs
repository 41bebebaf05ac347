//! The steps of a rotation.

use super::confirm;
use super::parameter::{self, Parameter};
use super::report::{Rotation, Step};
use crate::system::System;
use crate::system::tokens::{Tokens, is_same};
use anyhow::{Context, Result, bail};
use secrecy::ExposeSecret;

/// Puts a new token in front, unless a rotation is under way.
pub(crate) async fn rotate(system: &System, print: bool) -> Result<Rotation> {
    let before = Parameter::read(system).await?;
    let old = before.as_ref().map_or(&[][..], |before| &before.now.tokens);
    // With a third token nobody would know which of them the callers have.
    let under_way = before.as_ref().filter(|_| old.len() > 1);
    let (step, now) = match under_way {
        Some(before) => (Step::UnderWay, before.now.clone()),
        None => {
            let step = if old.is_empty() { Step::Created } else { Step::Added };
            let tokens = [parameter::generate()].into_iter().chain(old.to_vec()).collect();
            (step, parameter::write(system, before.as_ref(), tokens).await?)
        }
    };
    let Tokens { tokens, version, written } = now;
    let newest = tokens.first().context("no token, although one was written")?;
    let confirmed = confirm::accepted(system, newest, written).await?;
    Ok(Rotation {
        parameter: system.outputs.token_parameter.clone(),
        version,
        tokens: tokens.len(),
        step,
        confirmed,
        token: print.then(|| newest.expose_secret().to_owned()),
    })
}

/// Removes all tokens but the newest, once the endpoint accepts that one.
pub(crate) async fn retire(system: &System) -> Result<Rotation> {
    let parameter = &system.outputs.token_parameter;
    let before = Parameter::read(system).await?;
    let tokens = before.as_ref().map_or(&[][..], |before| &before.now.tokens);
    let (Some(before), [newest, old @ ..]) = (&before, tokens) else {
        bail!(
            "{parameter} holds no token, so every email is refused: create one with `mailroom token rotate`"
        )
    };
    let Some(last) = old.last() else { return finish(system, &before.now).await };
    if !confirm::accepted(system, newest, before.now.written).await? {
        bail!(
            "the newest token does not work, so the old one stays: check in the log of `api` that it can read {parameter}"
        )
    }
    let now = parameter::write(system, Some(before), vec![newest.clone()]).await?;
    let confirmed = confirm::refused(system, last, now.written).await?;
    Ok(rotation(system, &now, Step::Retired, confirmed))
}

/// One token is left. If it is alone since a moment ago, a command may have been interrupted before it saw the old one
/// refused.
async fn finish(system: &System, now: &Tokens) -> Result<Rotation> {
    let just_now = confirm::age(now.written) < confirm::ALL_FORGET && now.version > 1;
    let before = match just_now {
        true => Tokens::read_version(system, now.version - 1).await?.tokens,
        false => Vec::new(),
    };
    let old = before.last().filter(|last| !now.tokens.iter().any(|token| is_same(token, last)));
    Ok(match old {
        Some(old) => {
            let confirmed = confirm::refused(system, old, now.written).await?;
            rotation(system, now, Step::Retired, confirmed)
        }
        None => rotation(system, now, Step::NothingToRetire, true),
    })
}

fn rotation(system: &System, now: &Tokens, step: Step, confirmed: bool) -> Rotation {
    let (parameter, tokens) = (system.outputs.token_parameter.clone(), now.tokens.len());
    Rotation { parameter, version: now.version, tokens, step, confirmed, token: None }
}
