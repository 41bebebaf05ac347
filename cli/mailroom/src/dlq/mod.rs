//! `mailroom dlq`: the emails that could not be filed, and what is no email.
//!
//! SQS can't fetch a message by its id and keeps no reason, so every command receives, reads again, and gives back.
//!
//! - `options`: the command line;
//! - `letter`, `reason`, `fault`, `only`: a dead letter, why it is one, and which of them are meant;
//! - `search`, `held`, `ended`: going through the queue without keeping anything from anybody;
//! - `receipts`: those of the letters, for `mailroom audit`;
//! - `list`, `show`, `redrive`, `discard`: the commands.

mod discard;
mod ended;
mod fault;
mod held;
mod letter;
mod list;
mod only;
mod options;
mod reason;
mod receipts;
mod redrive;
mod search;
mod show;

pub(crate) use options::Options;
pub(crate) use receipts::receipts;

use anyhow::Result;
use ended::Ended;
use letter::Letter;
use only::Only;
use options::Action;
use reason::Reason;
use search::Search;
use terminal::Interrupt;
use terminal::Outcome;

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    match options.action {
        Action::List(options) => list::run(options).await,
        Action::Show(options) => show::run(options).await,
        Action::Redrive(options) => redrive::run(options).await,
        Action::Discard(options) => discard::run(options).await,
    }
}
