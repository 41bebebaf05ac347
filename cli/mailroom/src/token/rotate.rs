//! `mailroom token rotate`

use super::parameter::{self, Parameter};
use super::report::{Rotation, Step};
use super::{Rotate, confirm, retire};
use crate::report::Report;
use crate::system::{System, tokens::Tokens};
use anstream::eprintln;
use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use terminal::{Interrupt, Outcome};

pub(crate) async fn run(command: Rotate) -> Result<Outcome> {
    let (output, system) = (&command.common.output, System::find(&command.common.target).await?);
    let outcome = rotate(&system, command.print).await?.print(output)?;
    let Some(overlap) = command.retire_after.filter(|_| outcome == Outcome::Success) else {
        return Ok(outcome);
    };

    eprintln!("Waiting {overlap} before the old token is retired. Ctrl-C leaves both working.");
    if Interrupt::listen()?.run(tokio::time::sleep(*overlap)).await.is_none() {
        eprintln!("Interrupted: both tokens work until `mailroom token retire`.");
        return Ok(Outcome::Interrupted);
    }
    retire::run(&system).await?.print(output)
}

/// Puts a new token in front, unless a rotation is under way.
async fn rotate(system: &System, print: bool) -> Result<Rotation> {
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
