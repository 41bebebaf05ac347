//! `mailroom token`: a new token beside the old one, then the old one retired; all for one caller, or for the unnamed tokens.
//!
//! - `steps`: adding one, retiring the other, and revoking a caller's;
//! - `show`: prints the newest, or the callers;
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
//! - `api` never sees less than one write's tokens, and no command removes the last unnamed one, so the parameter is never
//!   without a token.
//! - A command for one caller neither adds nor removes a token of another, nor an unnamed one.
//!
//! A write by hand counts as a change of the version before it; it is safe while no command runs. A command during which
//! more than the 100 versions were written that SSM keeps takes the value as it is. `model` goes through the interleavings.

mod confirm;
mod history;
#[cfg(test)]
mod model;
mod parameter;
mod report;
mod show;
mod steps;
mod writer;

use crate::report::Report;
use crate::system::{Common, System, tokens};
use anstream::eprintln;
use anyhow::{Result, bail};
use email::Caller;
use terminal::{Interrupt, Outcome};

const HELP: &str = "\
Rotate without refusing a caller:
  mailroom token rotate --stack NAME    the new token works; so does the old one
  mailroom token show --stack NAME      print the new token and give it to the callers
  mailroom token retire --stack NAME    the old token stops working within about a minute

A token that names its caller shows in logs and objects who posted, and ends alone:
  mailroom token rotate --caller billing     give billing a token of its own, or a new one beside it
  mailroom token revoke --caller billing     refuse billing within about a minute; the others go on

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
    Retire(Retire),
    /// Remove all tokens of a caller
    Revoke(Revoke),
    /// Print the newest token, or list the callers
    Show(show::Options),
}

#[derive(clap::Args)]
pub(crate) struct Rotate {
    /// The caller that the token names: lower-case letters, digits and hyphens. Without it, the token has no name
    #[arg(long, value_name = "NAME")]
    caller: Option<Caller>,
    /// Wait this long, such as 30m or 24h, then retire the old token
    #[arg(long, value_name = "DURATION")]
    retire_after: Option<humantime::Duration>,
    /// Print the new token too
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args)]
pub(crate) struct Retire {
    /// The caller whose older tokens are removed. Without it, those without a name
    #[arg(long, value_name = "NAME")]
    caller: Option<Caller>,
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args)]
pub(crate) struct Revoke {
    /// The caller that is refused from then on
    #[arg(long, value_name = "NAME")]
    caller: Caller,
    #[command(flatten)]
    common: Common,
}

pub(crate) async fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Rotate(options) => rotate(options).await,
        Command::Retire(Retire { caller, common }) => {
            let system = to_change(&common).await?;
            steps::retire(&system, caller.as_ref()).await?.print(&system, &common.output)
        }
        Command::Revoke(Revoke { caller, common }) => {
            let system = to_change(&common).await?;
            steps::revoke(&system, &caller).await?.print(&system, &common.output)
        }
        Command::Show(options) => show::run(options).await,
    }
}

/// A system whose tokens can be changed, and where that can be confirmed.
async fn to_change(common: &Common) -> Result<System> {
    let system = System::find(common).await?;
    if let Some(secret) = tokens::secret(&system.outputs.token_parameter) {
        bail!(
            "the tokens are in the secret {secret} of Secrets Manager, which this command can't change: write all tokens, \
             one a line and the newest first, to a file, then run `aws secretsmanager put-secret-value --secret-id \
             {secret} --secret-string file://tokens`"
        )
    }
    system.url()?;
    Ok(system)
}

async fn rotate(options: Rotate) -> Result<Outcome> {
    let Rotate { caller, retire_after, print, common } = options;
    let (system, output) = (to_change(&common).await?, &common.output);
    let outcome = steps::rotate(&system, caller.as_ref(), print).await?.print(&system, output)?;
    let Some(overlap) = retire_after.filter(|_| outcome == Outcome::Success) else { return Ok(outcome) };

    eprintln!("Waiting {overlap} before the old token is retired. Ctrl-C leaves both working.");
    if Interrupt::listen()?.run(tokio::time::sleep(*overlap)).await.is_none() {
        eprintln!("Interrupted: both tokens work until `mailroom token retire`.");
        return Ok(Outcome::Interrupted);
    }
    steps::retire(&system, caller.as_ref()).await?.print(&system, output)
}
