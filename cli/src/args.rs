//! What can be said on the command line.

use crate::{audit, check, completions, dlq, send, status, token::Token};
use clap::{Parser, Subcommand};
use sandbox::time_scale::TimeScale;
use std::path::PathBuf;

/// Runs the whole of Mailroom on this machine, without AWS or Docker, and looks after one that runs, here or on AWS.
///
/// `up` and `demo` run what template.yaml says: both functions, the load balancer in front, the queue between them
/// and the bucket behind. Without a command it does `up`.
///
/// The others work on a running Mailroom: on the deployed stack that --stack names, with the credentials and the
/// region of the AWS CLI, or with --local on the one that `up` runs.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: Up,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start everything, and show each email on its way through, until Ctrl-C
    Up(Up),
    /// Send one sample email through everything, show the object that arrives, and end
    Demo(Demo),
    /// Post many emails from a file, each accepted once, however often it is interrupted
    Send(send::Options),
    /// Is every accepted email filed, or on its way?
    Audit(audit::Options),
    /// Rotate the token that callers send: a new one beside the old, then the old one retired
    #[command(subcommand)]
    Token(Token),
    /// One screen: is a running Mailroom well?
    Status(status::Options),
    /// Is it working? Sends a few emails through the front door of a running Mailroom, and follows them to the bucket
    Check(check::Options),
    /// Dead letters: what they are, and back to the queue or away
    Dlq(dlq::Options),
    /// Print what a shell needs to complete these commands
    Completions(completions::Options),
}

const EXAMPLES: &str = "\
Examples, in the repository:
  cargo run -- demo                  one email through everything: does it work?
  cargo run                          everything, and a curl command to paste
  cargo run -- --port 9000 --data .  another port, and objects that stay
  cargo run -- --time-scale 60       a minute of the queue's time in a second
  cargo run -- --chaos 7             faults at random: is anything lost?
  cargo run -- --aws-only            for functions that run elsewhere: cargo lambda watch
  cargo run -- status --local        is the one that runs here well?
  cargo run -- check --local         does it take emails, and file them?

The AWS CLI works too, with the environment that is printed at the start.

Exit codes: 0 well; 1 failed, and stderr says why and what to do; 2 not understood;
3 done, and what was printed is not well; 130 interrupted.
Colours are for terminals alone; NO_COLOR=1 leaves them out there.";

#[derive(clap::Args)]
pub(crate) struct Up {
    /// Port of the load balancer, where emails are posted; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Port of SQS, S3 and SSM; 0 takes a free one
    #[arg(long, default_value_t = 4566)]
    pub(crate) aws_port: u16,
    /// Token that callers must send [default: a random one, shown at the start]
    #[arg(long, env = "MAILROOM_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    /// Directory for the objects, as plain files that stay [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// How much faster than on AWS the queue's and the mapping's durations pass
    #[arg(long, value_name = "N", default_value = "1", value_parser = time_scale)]
    pub(crate) time_scale: TimeScale,
    /// Let things go wrong at random, in the same way for the same number: AWS refuses, stalls, delivers twice and
    /// out of order, and functions are killed at work
    #[arg(long, value_name = "SEED")]
    pub(crate) chaos: Option<u64>,
    /// Only SQS, S3 and SSM: for functions that run elsewhere, as with `cargo lambda watch`
    #[arg(long)]
    pub(crate) aws_only: bool,
    /// The SAM template [default: template.yaml here or in a directory above]
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Demo {
    /// The SAM template [default: template.yaml here or in a directory above]
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
}

impl Args {
    pub(crate) fn command(self) -> Command {
        self.command.unwrap_or(Command::Up(self.up))
    }
}

fn time_scale(text: &str) -> Result<TimeScale, String> {
    let factor = text.parse::<f64>().map_err(|_| "not a number".to_owned())?;
    TimeScale::new(factor).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        <Args as CommandFactory>::command().debug_assert();
    }

    #[test]
    fn no_command_means_up_with_the_same_options() {
        let args = |words: &[&str]| Args::parse_from([&["mailroom"], words].concat()).command();
        assert!(matches!(args(&[]), Command::Up(Up { port: 8080, aws_port: 4566, aws_only: false, .. })));
        assert!(matches!(args(&["--port", "1"]), Command::Up(Up { port: 1, .. })));
        assert!(matches!(args(&["up", "--port", "1"]), Command::Up(Up { port: 1, .. })));
        assert!(matches!(args(&["demo"]), Command::Demo(_)));
    }

    #[test]
    fn a_time_scale_below_one_is_refused() {
        assert!(Args::try_parse_from(["mailroom", "--time-scale", "0.5"]).is_err());
        assert!(Args::try_parse_from(["mailroom", "--time-scale", "fast"]).is_err());
    }
}
