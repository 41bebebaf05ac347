//! Mailroom on this machine, on the sandbox. `mailroom up` and `mailroom demo` run it.
//!
//! - `up`: everything until Ctrl-C; `greeting`: its first lines; `show`: a line for each email;
//! - `demo`: one email through everything;
//! - `journal`: what became of each email; `email_page`: the same in a browser.

mod demo;
mod email_page;
mod greeting;
mod journal;
mod show;
mod up;

pub use email_page::EmailPage;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};
use sandbox::TimeScale;
use terminal::Outcome;
use terminal::options::{Demo, Up};

/// Run Mailroom on this machine, without AWS or Docker: both functions, the load balancer, the queue and the bucket
/// that template.yaml describes.
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

The AWS CLI works too, with the environment that is printed at the start.";

/// Runs the command to its end.
pub async fn run(args: Args) -> Result<Outcome> {
    match args.command {
        Command::Up(options) => match TimeScale::new(options.time_scale) {
            Ok(time_scale) => up::run(options, time_scale).await,
            Err(error) => {
                let error = format!("invalid value for '--time-scale <N>': {error}");
                Args::command().error(ErrorKind::ValueValidation, error).exit()
            }
        },
        Command::Demo(options) => demo::run(options).await,
    }
}
