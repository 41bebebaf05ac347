//! What can be said after `mailroom dlq`.

use super::Only;
use crate::report::Output;
use crate::system::Target;
use clap::{ArgGroup, Subcommand, value_parser};
use std::path::PathBuf;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) action: Action,
}

#[derive(Subcommand)]
pub(crate) enum Action {
    /// What is there and why, by reason; everything is given back at once
    List(List),
    /// One dead letter, with all that is wrong with it
    Show(Show),
    /// Bring dead letters back to the queue, when the cause is gone
    ///
    /// All of them at once is SQS's own work and goes on without this program. What is no email comes back dead after
    /// five receives: --only not_filed leaves it where it is.
    ///
    /// With --only or --one-by-one this program does it: each letter is sent to the queue, confirmed, and deleted only
    /// then. Stopped anywhere, a letter is at worst in both queues, and is filed once.
    Redrive(Redrive),
    /// Delete dead letters for good, each one saved to a file first
    Discard(Discard),
}

#[derive(clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
    /// The most dead letters to look at
    #[arg(long, value_name = "N", default_value = "100", value_parser = value_parser!(u64).range(1..=10_000))]
    pub(crate) max: u64,
}

#[derive(clap::Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Its message id, or its receipt
    pub(crate) id: String,
    /// Print its body too, and the names of unknown fields: somebody's mail
    #[arg(long)]
    pub(crate) body: bool,
}

#[derive(clap::Args)]
pub(crate) struct Redrive {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Only those with this reason
    #[arg(long, value_name = "REASON", value_parser = Only::parser())]
    pub(crate) only: Option<Only>,
    /// All of them, but without SQS's move task
    #[arg(long, conflicts_with = "only")]
    pub(crate) one_by_one: bool,
    /// The most messages a second of SQS's move task [default: as fast as it can]
    #[arg(long, value_name = "N", value_parser = value_parser!(i32).range(1..=500),
          conflicts_with_all = ["only", "one_by_one"])]
    pub(crate) rate: Option<i32>,
    /// End a move task that runs: what was moved stays moved
    #[arg(long, conflicts_with_all = ["only", "one_by_one", "rate"])]
    pub(crate) cancel: bool,
}

#[derive(clap::Args)]
#[command(group(ArgGroup::new("which").required(true).args(["only", "ids"])))]
pub(crate) struct Discard {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
    /// All with this reason
    #[arg(long, value_name = "REASON", value_parser = Only::parser())]
    pub(crate) only: Option<Only>,
    /// The one with this message id or receipt; may be given several times
    #[arg(long = "id", value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Where each is kept as a JSON line before it is deleted; lines are added to a file that is there
    #[arg(long, value_name = "FILE")]
    pub(crate) save: PathBuf,
    /// Don't ask
    #[arg(long)]
    pub(crate) yes: bool,
}
