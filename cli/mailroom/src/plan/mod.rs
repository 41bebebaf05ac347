//! `mailroom plan`: the cost and the needs of a rate of emails, without a running system.
//!
//! - `load`: what arrives, and how; `facts`: AWS's limits and prices;
//! - `usage`: what an emails' rate uses each second; `bill`: its price in a month;
//! - `needs`: limits, quotas and parameters; `outage`: an outage of S3; `report`: all of it, in words and as JSON;
//! - `simulate`: a day, in counts.

mod bill;
#[cfg(test)]
mod capacity;
pub(crate) mod facts;
mod load;
mod needs;
mod outage;
mod report;
mod simulate;
#[cfg(test)]
mod tests;
mod usage;

use anyhow::Result;
use load::Load;
use report::Plan;
use terminal::Outcome;

const HELP: &str = "\
Nothing is asked of AWS: the limits are those of its documentation, and the times those that were measured. Give the \
times of your own dashboards with --api-time and --batch-time.

Examples:
  mailroom plan --rate 1000/s --size 2000 --layout flat
  mailroom plan --rate 1000/s --size 2000 --layout batch --batch 500 --tracing PassThrough --system-log-level WARN
  mailroom plan --rate 1000/s --size 2000 --layout flat --simulate day.svg --burst 10:5m --outage 1h";

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    #[command(flatten)]
    load: Load,
    #[command(flatten)]
    day: simulate::DayOptions,
    /// Print one JSON document to stdout instead of text
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options) -> Result<Outcome> {
    let load = &options.load;
    load.check()?;
    let scenario = options.day.scenario(load);
    match &options.day.simulate {
        Some(path) => simulate::run(load, scenario, path, options.json),
        None => Plan::new(load, &scenario).print(options.json),
    }
}
