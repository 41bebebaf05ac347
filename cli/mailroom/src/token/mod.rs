//! `mailroom token`: a new token beside the old one, then the old one retired.
//!
//! - `steps`: adding one, and retiring the other;
//! - `parameter`: reads and writes the parameter from which `api` has its tokens;
//! - `writer`: what a command writes next; `history`: the tokens that there should be, from the parameter's versions;
//! - `confirm`: asks the endpoint whether a token works;
//! - `report`: where a rotation stands.
//!
//! SSM has no conditional write: `PutParameter` overwrites whatever is there, and its answer has the number of the new
//! version. So two commands that have read the same version overwrite each other. The commands still promise:
//!
//! - When a command has ended by itself, each token that a command added works until a command removes it, and each token
//!   that a command removed stays removed.
//! - After a command that was killed, or whose write came after it gave up, this holds again once the next one has ended.
//! - `api` never sees less than one write's tokens, so the parameter is never without a token.
//!
//! A write by hand counts as a change of the version before it; it is safe while no command runs. A command during which
//! more than the 100 versions were written that SSM keeps takes the value as it is. `model` goes through the interleavings.

mod confirm;
mod history;
#[cfg(test)]
mod model;
mod parameter;
mod report;
mod steps;
mod writer;

use crate::report::{Output, Report};
use crate::system::{Common, System};
use anstream::eprintln;
use anyhow::{Context, Result, ensure};
use parameter::Parameter;
use secrecy::ExposeSecret;
use serde::Serialize;
use terminal::text::printable;
use terminal::{Interrupt, Outcome};

const HELP: &str = "\
Rotate without refusing a caller:
  mailroom token rotate --stack NAME    the new token works; so does the old one
  mailroom token show --stack NAME      print the new token and give it to the callers
  mailroom token retire --stack NAME    the old token stops working within about a minute

During a rotation the parameter holds two lines. A caller that reads it must send only the first line:
  TOKEN=$(aws ssm get-parameter --with-decryption --name \"$parameter\" \\
    --query Parameter.Value --output text | sed -n 1p)

If a command is interrupted or killed, run it again: it continues, and restores changes that it overwrote.
Several people can run these commands at the same time.";

#[derive(clap::Subcommand)]
#[command(after_help = HELP)]
pub(crate) enum Command {
    /// Add a new token beside the old one, or create the first
    Rotate(Rotate),
    /// Remove all tokens but the newest
    Retire(Common),
    /// Print the newest token
    Show(Common),
}

#[derive(clap::Args)]
pub(crate) struct Rotate {
    /// Wait this long, such as 30m or 24h, then retire the old token
    #[arg(long, value_name = "DURATION")]
    retire_after: Option<humantime::Duration>,
    /// Print the new token too
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Rotate(options) => rotate(options).await,
        Command::Retire(common) => {
            let system = System::find(&common).await?;
            system.url()?; // nothing is written if nothing could confirm it
            steps::retire(&system).await?.print(&system, &common.output)
        }
        Command::Show(common) => {
            let system = System::find_for_a_script(&common).await?;
            show(&system, &common.output).await
        }
    }
}

async fn show(system: &System, output: &Output) -> Result<Outcome> {
    let parameter = Parameter::read(system).await?;
    let name = &system.outputs.token_parameter;
    if !parameter.latest.is_whole() {
        eprintln!(
            "mailroom: {name} lacks a change that an interrupted command overwrote: `mailroom token rotate` or `retire` \
             restores it"
        );
    }
    let newest = parameter.latest.value.first();
    let newest =
        newest.with_context(|| format!("{name} holds no token: create one with `mailroom token rotate`"))?;
    let token = newest.expose_secret();
    // stdout would lack them.
    ensure!(
        output.json || printable(token) == token,
        "the newest token of {name} has characters that control a terminal: take it from --json"
    );
    Newest { token: token.to_owned() }.print(system, output)
}

async fn rotate(options: Rotate) -> Result<Outcome> {
    let Rotate { retire_after, print, common } = options;
    let (system, output) = (System::find(&common).await?, &common.output);
    system.url()?; // nothing is written if nothing could confirm it
    let outcome = steps::rotate(&system, print).await?.print(&system, output)?;
    let Some(overlap) = retire_after.filter(|_| outcome == Outcome::Success) else { return Ok(outcome) };

    eprintln!("Waiting {overlap} before the old token is retired. Ctrl-C leaves both working.");
    if Interrupt::listen()?.run(tokio::time::sleep(*overlap)).await.is_none() {
        eprintln!("Interrupted: both tokens work until `mailroom token retire`.");
        return Ok(Outcome::Interrupted);
    }
    steps::retire(&system).await?.print(&system, output)
}

#[derive(Serialize)]
struct Newest {
    token: String,
}

impl Report for Newest {
    /// The token alone, so that a script can take it.
    fn text(&self) -> String {
        format!("{}\n", self.token)
    }

    fn outcome(&self) -> Outcome {
        Outcome::Success
    }
}
