//! The command line of `mailroom token`.

use crate::report::Output;
use crate::system::Target;

const HELP: &str = "\
A rotation in three steps, without a moment in which a caller is refused:
  mailroom token rotate --stack NAME    the new token works, and the old one still does
  mailroom token show --stack NAME      prints the new one, to hand it to the callers
  mailroom token retire --stack NAME    the old one stops working, within about a minute

Interrupted or killed anywhere, the same command goes on.";

/// The steps of a rotation.
#[derive(clap::Subcommand)]
#[command(after_help = HELP)]
pub(crate) enum Command {
    /// Put a new token beside the old one; the first one, where there is none
    Rotate(Rotate),
    /// Let the newest token alone work
    Retire(Which),
    /// Print the newest token
    Show(Which),
}

#[derive(clap::Args)]
pub(crate) struct Rotate {
    /// Retire the old token by itself after this time, as in 30m or 24h
    #[arg(long, value_name = "DURATION")]
    pub(crate) retire_after: Option<humantime::Duration>,
    /// Print the new token too
    #[arg(long)]
    pub(crate) print: bool,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What retiring and showing need: to know of which system.
#[derive(clap::Args)]
pub(crate) struct Which {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
}
