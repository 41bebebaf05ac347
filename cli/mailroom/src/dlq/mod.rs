//! `mailroom dlq`: the emails that could not be stored, and messages that are not emails.
//!
//! SQS can't fetch a message by its id and keeps no reason, so every command receives, reads again, and gives back.
//!
//! - `dead_letter`, `reason`: a dead letter, and why it is one;
//! - `lookup`: which letters an id names;
//! - `search`, `in_flight`: going through the queue without keeping anything from others;
//! - `list`, `show`, `redrive`, `discard`: the commands.

mod dead_letter;
mod discard;
mod in_flight;
mod list;
mod lookup;
mod reason;
mod redrive;
mod search;
mod show;

pub(crate) use dead_letter::{DeadLetter, max_receives};
pub(crate) use list::receipts;
pub(crate) use search::{Ended, Search, report, search};

use crate::system::Common;
use anyhow::Result;
use clap::{ArgGroup, Subcommand, value_parser};
use reason::{Reason, ReasonFilter};
use std::path::PathBuf;
use terminal::Outcome;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// List dead letters by reason
    ///
    /// The command receives them to read them, and gives them back at the end.
    List(List),
    /// Show one dead letter and every fault in it
    Show(Show),
    /// Move dead letters back to the queue, once the cause is gone
    ///
    /// Without --only and --one-by-one, SQS moves all of them by a task of its own, which goes on without this program.
    /// Messages that are not emails come back after five receives; --only not_filed leaves them where they are.
    ///
    /// With --only or --one-by-one this program moves them: it sends each to the queue, compares SQS's digests, and only
    /// then deletes it. If it is killed, a letter may be in both queues; it is stored once.
    Redrive(Redrive),
    /// Delete dead letters for good, after saving each to a file
    Discard(Discard),
}

#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    common: Common,
    /// Look at no more than N dead letters
    #[arg(long, value_name = "N", default_value = "100", value_parser = value_parser!(u64).range(1..=10_000))]
    max: u64,
}

#[derive(clap::Args)]
struct Show {
    #[command(flatten)]
    common: Common,
    /// The message id, or the receipt if one dead letter has it
    id: String,
    /// Print the body too, and the names of unknown fields: both are somebody's mail
    #[arg(long)]
    body: bool,
}

#[derive(clap::Args)]
struct Redrive {
    #[command(flatten)]
    common: Common,
    /// Move only the dead letters with this reason
    #[arg(long, value_name = "REASON", value_parser = ReasonFilter::parser())]
    only: Option<ReasonFilter>,
    /// Move all of them, without SQS's move task
    #[arg(long, conflicts_with = "only")]
    one_by_one: bool,
    /// Let SQS's task move no more than N messages a second [default: as many as it can]
    #[arg(long, value_name = "N", value_parser = value_parser!(i32).range(1..=500),
          conflicts_with_all = ["only", "one_by_one"])]
    rate: Option<i32>,
    /// Cancel SQS's running task; messages already moved stay moved
    #[arg(long, conflicts_with_all = ["only", "one_by_one", "rate"])]
    cancel: bool,
}

#[derive(clap::Args)]
#[command(group(ArgGroup::new("which").required(true).args(["only", "ids"])))]
struct Discard {
    #[command(flatten)]
    common: Common,
    /// Delete the dead letters with this reason
    #[arg(long, value_name = "REASON", value_parser = ReasonFilter::parser())]
    only: Option<ReasonFilter>,
    /// Delete the one with this message id, or with this receipt if no other has it; can be given several times
    #[arg(long = "id", value_name = "ID")]
    ids: Vec<String>,
    /// Append each to this file as a JSON line before it is deleted; only its owner can read it
    #[arg(long, value_name = "FILE")]
    save: PathBuf,
    /// Delete without asking
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    match options.action {
        Action::List(options) => list::run(options).await,
        Action::Show(options) => show::run(options).await,
        Action::Redrive(options) => redrive::run(options).await,
        Action::Discard(options) => discard::run(options).await,
    }
}
