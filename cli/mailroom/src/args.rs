//! The command line.

use crate::system::Common;
use crate::{audit, check, dlq, find, forget, local, plan, query, send, token};
use anyhow::Result;
use clap::{Args as _, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use terminal::Outcome;

/// Run and operate Mailroom.
///
/// To start, run `mailroom demo` in Mailroom's repository: it sends one email through everything on this machine. `mailroom
/// up` keeps Mailroom running here, without AWS or Docker. Both need the program mailroom-local.
///
/// The other commands work on a running Mailroom: the deployed stack that --stack names, with the AWS CLI's credentials
/// and region, or with --local the one that `mailroom up` runs.
#[derive(Parser)]
#[command(version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Run Mailroom on this machine, and print each email as it arrives, until Ctrl-C
    #[command(disable_help_flag = true)]
    Up(local::Arguments),
    /// Send one sample email through everything on this machine, print the stored object, and exit
    #[command(disable_help_flag = true)]
    Demo(local::Arguments),
    /// Post the emails of a file or a pipe, each accepted once, even if the command is interrupted
    Send(send::Options),
    /// Show where an email is and how it got there; with --show, print it
    Find(find::Options),
    /// Erase every email of a sender for good; without --yes, count them
    Forget(forget::Options),
    /// Check that every accepted email is stored or a dead letter
    Audit(audit::Options),
    /// Ask questions about the emails in SQL, which Athena answers
    Query(query::Options),
    /// Rotate the token that callers send
    #[command(subcommand)]
    Token(token::Command),
    /// Show the health of each part on one screen
    ///
    /// `ok`: works. `look`: worth a look, but nothing is lost. `BAD`: a problem. `?`: could not be read.
    ///
    /// A function's warning or error of the last 15 minutes is a problem until its email is stored or has left the queue.
    /// If it concerns no single email, it is a problem until the function handles an email again: `mailroom check` sends
    /// one.
    ///
    /// Exit codes: 0 no part is BAD or ?, 1 error, 3 some part is BAD or ?.
    Status(Common),
    /// Send a few emails, follow them to the bucket, and report what does not work
    Check(check::Options),
    /// Inspect dead letters, and redrive or delete them
    Dlq(dlq::Options),
    /// Compute what a rate of emails needs, and simulate a day of it
    Plan(plan::Options),
    /// Print a shell's completions for these commands
    Completions(Completions),
}

const EXAMPLES: &str = "\
Examples:
  mailroom demo                         does it work on this machine?
  mailroom up --port 9000               run it here, on another port
  mailroom status --local               the health of the one that runs here
  mailroom find RECEIPT --local         where is this email?
  mailroom check --stack mailroom       does the deployed stack accept and store emails?

Exit codes: 0 success, 1 error, 2 usage, 3 problems found, 130 interrupted.
Colors appear on terminals only; NO_COLOR=1 turns them off there.";

const COMPLETIONS_HELP: &str = "\
For the current shell:
  source <(mailroom completions bash)
For every new shell:
  mailroom completions bash > ~/.local/share/bash-completion/completions/mailroom
  mailroom completions zsh > \"${fpath[1]}/_mailroom\"
  mailroom completions fish > ~/.config/fish/completions/mailroom.fish";

#[derive(clap::Args)]
#[command(after_help = COMPLETIONS_HELP)]
pub(crate) struct Completions {
    shell: Shell,
}

/// With the options of `up` and `demo`, which mailroom-local parses.
pub(crate) fn print_completions(options: &Completions) -> Result<Outcome> {
    use terminal::options::{Demo, Up};
    let command = Args::command()
        .mut_subcommand("up", |_| Up::augment_args(clap::Command::new("up")))
        .mut_subcommand("demo", |_| Demo::augment_args(clap::Command::new("demo")));
    clap_complete::generate(options.shell, &mut { command }, "mailroom", &mut std::io::stdout());
    Ok(Outcome::Success)
}
