//! Mailroom on this machine, on the sandbox. `mailroom up` and `mailroom demo` run it.
//!
//! - `up`: everything until Ctrl-C; `greeting`: its first lines; `show`: a line for each email;
//!   `tally`: its last lines; `screen` prints them;
//! - `demo`: one email through everything;
//! - `template`: the template of both;
//! - `journal`: what became of each email; `email_page`: the same in a browser.

mod demo;
mod email_page;
mod greeting;
mod journal;
mod screen;
mod show;
mod tally;
mod template;
mod up;

pub use email_page::EmailPage;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};
use sandbox::TimeScale;
use sandbox::services::guard::Guard;
use std::fmt::Display;
use terminal::Outcome;
use terminal::options::{Demo, Up};

/// Run Mailroom on this machine, without AWS or Docker: the functions, the load balancer or HTTP API, the queue and the
/// bucket that template.yaml describes.
#[derive(Parser)]
#[command(name = "mailroom-local", version, after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start everything, and print each email as it arrives, until Ctrl-C
    Up(Up),
    /// Send one sample email through everything, print the stored object, and exit
    Demo(Demo),
}

const EXAMPLES: &str = "\
Examples, in the repository (`cargo up` is short for `mailroom-local up`):
  cargo demo                  does it work?
  cargo up                    everything, and a curl command to paste
  cargo up --port 9000 --data .
                              another port, and objects that stay
  cargo up --time-scale 60    the queue's timers run 60 times faster
  cargo up --chaos 7          random faults: is anything lost?
  cargo up --aws-only         for functions that run elsewhere: cargo lambda watch
  cargo up --parameter Endpoint=both
                              an HTTP API beside the load balancer

The AWS CLI works too, with the environment that is printed at the start.";

/// Runs the command to its end.
pub async fn run(args: Args) -> Result<Outcome> {
    match args.command {
        Command::Up(options) => {
            let time_scale = valid("--time-scale <N>", TimeScale::new(options.time_scale));
            let guard = guard(&options);
            up::run(options, time_scale, guard).await
        }
        Command::Demo(options) => demo::run(options).await,
    }
}

/// The hosts and origins that the options let in.
fn guard(options: &Up) -> Guard {
    let mut guard = Guard::default();
    for host in &options.allow_host {
        guard = guard.allow_host(valid("--allow-host <HOST>", host.parse()));
    }
    for origin in &options.allow_origin {
        guard = guard.allow_origin(valid("--allow-origin <ORIGIN>", origin.parse()));
    }
    guard
}

/// The value of an option, or clap's error: `terminal`, which declares the options, doesn't know the sandbox's types.
fn valid<T>(option: &str, value: Result<T, impl Display>) -> T {
    value.unwrap_or_else(|error| {
        let error = format!("invalid value for '{option}': {error}");
        Args::command().error(ErrorKind::ValueValidation, error).exit()
    })
}
