//! `mailroom token retire`

use super::front_door;
use super::options::Which;
use super::parameter::{self, Parameter};
use super::rotation::{Rotation, Step};
use crate::report::Report;
use crate::system::{System, tokens::Tokens};
use anyhow::{Result, bail};
use terminal::Outcome;

pub(crate) async fn run(options: Which) -> Result<Outcome> {
    let system = System::find(&options.target).await?;
    old(&system).await?.print(&options.output)
}

/// Takes away all but the newest token, once the front door takes that one.
pub(crate) async fn old(system: &System) -> Result<Rotation> {
    let parameter = system.outputs.token_parameter.clone();
    let before = Parameter::read(system).await?;
    let lines = before.as_ref().map_or(&[][..], |before| &before.tokens.lines);
    let (Some(before), [newest, old @ ..]) = (&before, lines) else {
        bail!("{parameter} holds no token, so everybody is refused: `mailroom token rotate` puts one there")
    };
    let Some(last) = old.last() else { return finish(system, &before.tokens).await };
    if !front_door::comes_to(system, newest, true, before.tokens.written).await? {
        bail!(
            "the newest token does not work, so the old one stays: can `api` read {parameter}? Its log says"
        )
    }
    let Tokens { lines, version, written } =
        parameter::write(system, Some(before), vec![newest.clone()]).await?;
    let confirmed = front_door::comes_to(system, last, false, written).await?;
    Ok(Rotation { parameter, version, tokens: lines.len(), step: Step::Retired, confirmed, token: None })
}

/// There is one token alone. If that is so since a moment ago, whoever made it so may have been interrupted before the
/// old one was seen to be refused.
async fn finish(system: &System, now: &Tokens) -> Result<Rotation> {
    let just_now = front_door::age(now.written) < front_door::ALL_FORGET && now.version > 1;
    let before = if just_now { parameter::tokens_of(system, now.version - 1).await? } else { Vec::new() };
    let (step, confirmed) = match before.last().filter(|last| !now.lines.contains(last)) {
        Some(last) => (Step::Retired, front_door::comes_to(system, last, false, now.written).await?),
        None => (Step::NothingToRetire, true),
    };
    let (parameter, version) = (system.outputs.token_parameter.clone(), now.version);
    Ok(Rotation { parameter, version, tokens: now.lines.len(), step, confirmed, token: None })
}
