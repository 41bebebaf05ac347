//! `mailroom`: operators' commands for a running Mailroom, on AWS or on this machine.
//!
//! - `send`, `dlq`, `audit`, `check`, `token` and `status`: the commands; `system` finds what they work on;
//! - `local`: runs `mailroom-local`, which has `up` and `demo`;
//! - `report`: what all of them print.

mod args;
mod audit;
mod check;
mod dlq;
mod local;
mod report;
mod send;
mod status;
mod system;
mod token;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    terminal::show_warnings();
    terminal::exit(match args.command {
        Command::Up(arguments) => local::run("up", &arguments),
        Command::Demo(arguments) => local::run("demo", &arguments),
        Command::Send(options) => send::run(options).await,
        Command::Audit(options) => audit::run(options).await,
        Command::Token(options) => token::run(options).await,
        Command::Status(options) => status::run(options).await,
        Command::Check(options) => check::run(options).await,
        Command::Dlq(options) => dlq::run(options).await,
        Command::Completions(options) => args::print_completions(&options),
    })
}
