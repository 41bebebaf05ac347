//! `mailroom token retire`

use super::front_door;
use super::options::Retire;
use super::parameter::{self, Parameter};
use super::rotation::{Rotation, Step};
use crate::outcome::Outcome;
use crate::report::Report;
use crate::system::{System, tokens::Tokens};
use anyhow::{Result, bail};

pub(super) async fn run(options: Retire) -> Result<Outcome> {
    let system = System::find(&options.target).await?;
    old(&system).await?.print(&options.output)
}

/// Takes away all but the newest token, once the front door takes that one.
pub(super) async fn old(system: &System) -> Result<Rotation> {
    let parameter = system.outputs.token_parameter.clone();
    let before = Parameter::read(system).await?;
    let lines = before.as_ref().map_or(&[][..], |before| &before.tokens.lines);
    let (Some(before), [newest, old @ ..]) = (&before, lines) else {
        bail!("{parameter} holds no token, so everybody is refused: `mailroom token rotate` puts one there")
    };
    let Some(last) = old.last() else {
        let (version, step) = (before.tokens.version, Step::NothingToRetire);
        return Ok(Rotation { parameter, version, tokens: 1, step, confirmed: true, token: None });
    };
    if !front_door::comes_to(system, newest, true).await? {
        bail!(
            "the newest token does not work, so the old one stays: can `api` read {parameter}? Its log says"
        )
    }
    let Tokens { lines, version } = parameter::write(system, Some(before), vec![newest.clone()]).await?;
    let confirmed = front_door::comes_to(system, last, false).await?;
    Ok(Rotation { parameter, version, tokens: lines.len(), step: Step::Retired, confirmed, token: None })
}
