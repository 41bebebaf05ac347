//! `mailroom status`: one screen of a running system's health.
//!
//! - `parts`: what is asked of each part, side by side;
//! - `complaints`: what the functions' logs say;
//! - `health`: what was found, and what of it is not well.

mod complaints;
mod health;
mod parts;

use crate::report::{Output, Report};
use crate::system::{System, Target};
use anyhow::Result;
use terminal::Outcome;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    output: Output,
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    let system = System::find(&options.target).await?;
    parts::look(&system).await.print(&options.output)
}
