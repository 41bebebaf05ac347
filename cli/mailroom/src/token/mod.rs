//! `mailroom token`: a new token beside the old one, then the old one retired.
//!
//! - `options`: the command line;
//! - `rotate`, `retire`, `show`: the three steps of an operator;
//! - `parameter`: the tokens where `api` reads them, changed by one writer at a time;
//! - `front_door`: whether a token works, by asking.
//!
//! At every moment the parameter holds the newest token that was handed out, and the older ones until they are
//! retired: each step is one write of SSM's, so that being killed leaves the value before it or the one after.

mod front_door;
mod options;
mod parameter;
mod retire;
mod rotate;
mod rotation;
mod show;

pub(crate) use options::Command;

use anyhow::Result;
use terminal::Outcome;

pub(crate) async fn run(command: Command) -> Result<Outcome> {
    match command {
        Command::Rotate(options) => rotate::run(options).await,
        Command::Retire(options) => retire::run(options).await,
        Command::Show(options) => show::run(options).await,
    }
}
