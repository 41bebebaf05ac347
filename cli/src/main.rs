//! `mailroom`: the whole of Mailroom on one machine, and tools for one that runs, here or on AWS.
//!
//! - `up` and `demo` run it, on top of the crate `local`;
//! - `send`, `dlq`, `audit`, `check`, `token` and `status` work on a running one, which `system` finds;
//! - `report`, `outcome`, `progress`, `style`, `interrupt` and `stop` are how all of them talk.

mod args;
mod audit;
mod check;
mod completions;
mod demo;
mod dlq;
mod greeting;
mod interrupt;
mod outcome;
mod progress;
mod report;
mod send;
mod show;
mod status;
mod stop;
mod style;
mod system;
mod template;
mod token;
mod up;

use args::{Args, Command};
use clap::Parser;
use outcome::Outcome;
use std::process::ExitCode;
use tracing_subscriber::filter::LevelFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    // What the stack has to say beside its events: why an answer was a 502, say.
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .init();
    let done = match args.command() {
        Command::Up(options) => up::run(options).await.map(|()| Outcome::Well),
        Command::Demo(options) => demo::run(options).await.map(|()| Outcome::Well),
        Command::Send(options) => send::run(options).await,
        Command::Audit(options) => audit::run(options).await,
        Command::Token(options) => token::run(options).await,
        Command::Status(options) => status::run(options).await,
        Command::Check(options) => check::run(options).await,
        Command::Dlq(options) => dlq::run(options).await,
        Command::Completions(options) => {
            completions::run(&options);
            Ok(Outcome::Well)
        }
    };
    match done {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            eprintln!("mailroom: {error:#}");
            ExitCode::FAILURE
        }
    }
}
