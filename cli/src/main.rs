//! `mailroom`: the whole of Mailroom on one machine.

mod args;
mod demo;
mod greeting;
mod interrupt;
mod show;
mod style;
mod template;
mod up;

use args::{Args, Command};
use clap::Parser;
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
        Command::Up(options) => up::run(options).await,
        Command::Demo(options) => demo::run(options).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mailroom: {error:#}");
            ExitCode::FAILURE
        }
    }
}
