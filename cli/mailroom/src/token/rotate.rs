//! `mailroom token rotate`

use super::options::Rotate;
use super::parameter::{self, Parameter};
use super::rotation::{Rotation, Step};
use super::{front_door, retire};
use crate::report::Report;
use crate::system::{Secret, System, tokens::Tokens};
use anstream::eprintln;
use anyhow::{Context, Result};
use terminal::{Interrupt, Outcome};

pub(crate) async fn run(options: Rotate) -> Result<Outcome> {
    let system = System::find(&options.target).await?;
    let (newest, rotation) = begin(&system).await?;
    let outcome = rotation.showing(&newest, options.print).print(&options.output)?;
    let Some(overlap) = options.retire_after.filter(|_| outcome == Outcome::Success) else {
        return Ok(outcome);
    };

    let interrupt = Interrupt::listen()?;
    eprintln!("Waiting {overlap}, then the old one is retired. Ctrl-C leaves both working.");
    if interrupt.run(tokio::time::sleep(*overlap)).await.is_none() {
        eprintln!("Interrupted: both work until `mailroom token retire`.");
        return Ok(Outcome::Interrupted);
    }
    retire::old(&system).await?.print(&options.output)
}

/// Puts a new token in front, unless one is there that is not the callers' alone yet. The newest is the answer.
async fn begin(system: &System) -> Result<(Secret, Rotation)> {
    let before = Parameter::read(system).await?;
    let old = before.as_ref().map_or(&[][..], |before| &before.tokens.lines);
    // A third one would make it anybody's guess which the callers have.
    let under_way = before.as_ref().filter(|_| old.len() > 1);
    let (step, tokens) = match under_way {
        Some(before) => (Step::UnderWay, before.tokens.clone()),
        None => {
            let step = if old.is_empty() { Step::Created } else { Step::Added };
            let lines = [parameter::generate()].into_iter().chain(old.to_vec()).collect();
            (step, parameter::write(system, before.as_ref(), lines).await?)
        }
    };
    let Tokens { lines, version, written } = tokens;
    let newest = lines.first().context("no token, although one was written")?.clone();
    let confirmed = front_door::comes_to(system, &newest, true, written).await?;
    let parameter = system.outputs.token_parameter.clone();
    Ok((newest, Rotation { parameter, version, tokens: lines.len(), step, confirmed, token: None }))
}
