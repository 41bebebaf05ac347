//! `mailroom`: operators' commands for a running Mailroom, on AWS or on this machine.
//!
//! - `send`, `find`, `forget`, `dlq`, `audit`, `query`, `check`, `token` and `status`: the commands; `system` finds what they
//!   work on;
//! - `plan`: the command that needs no system;
//! - `local`: runs `mailroom-local`, which has `up` and `demo`;
//! - `batch`: objects that hold many emails;
//! - `report`: what all of them print; `args`: the command line; `since`: the times that it takes.

mod args;
mod audit;
mod batch;
mod check;
mod dlq;
mod find;
mod forget;
mod local;
mod plan;
mod query;
mod report;
mod send;
mod since;
mod status;
mod system;
mod token;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

/// The targets of the SDK's warnings about credentials and connections. An error with the reason follows each.
const SILENT: [&str; 7] = [
    "aws_config::ecs",
    "aws_config::imds",
    "aws_config::meta",
    "aws_config::profile::credentials",
    "aws_config::sts",
    "aws_config::web_identity_token",
    "aws_smithy_http_client",
];

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    terminal::show_warnings(&SILENT);
    terminal::exit(match args.command {
        Command::Up(arguments) => local::run("up", &arguments),
        Command::Demo(arguments) => local::run("demo", &arguments),
        Command::Send(options) => send::run(options).await,
        Command::Find(options) => find::run(options).await,
        Command::Forget(options) => forget::run(options).await,
        Command::Audit(options) => audit::run(options).await,
        Command::Query(options) => query::run(options).await,
        Command::Token(options) => token::run(options).await,
        Command::Status(options) => status::run(options).await,
        Command::Check(options) => check::run(options).await,
        Command::Dlq(options) => dlq::run(options).await,
        Command::Plan(options) => plan::run(&options),
        Command::Completions(options) => args::print_completions(&options),
    })
}
