//! `mailroom plan`: what a rate of emails needs, without a running system.
//!
//! - `load`: what arrives; `limits`: those of AWS; `simulate`: a day.

mod limits;
mod load;
mod simulate;

use anyhow::Result;
use load::Load;
use terminal::Outcome;

const HELP: &str = "\
Nothing is asked of AWS: the limits are those of its documentation, and the times those that were measured. Give the \
times of your own dashboards with --api-time and --batch-time.

Example:
  mailroom plan --rate 1000/s --size 2000 --layout flat --simulate day.svg --burst 10:5m --outage 1h";

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    load: Load,
    #[command(flatten)]
    simulation: simulate::DayOptions,
    /// Print one JSON document to stdout instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<Outcome> {
    simulate::run(&options.load, &options.simulation, options.json)
}
