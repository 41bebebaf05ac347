//! Shared by the programs `mailroom` and `mailroom-local`, so that they look and end alike on a terminal.
//!
//! - `style`: colours;
//! - `text`: text from outside, made safe to print;
//! - `Interrupt`: Ctrl-C, SIGTERM and SIGHUP;
//! - `Outcome`: exit codes;
//! - `options`: the options of `up` and `demo`, which `mailroom-local` parses and `mailroom` completes.

mod interrupt;
pub mod options;
pub mod text;

pub use interrupt::Interrupt;

use anyhow::{Context, Result};
use std::io::Write;
use std::process::ExitCode;
use text::printable;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// How a command ended that did what it was asked. One that could not is an error and exits with 1; clap exits with 2
/// when it does not understand the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// 0
    Success,
    /// 3: the command's output says which problems.
    ProblemsFound,
    /// 130: what was done stays done, and the same command goes on with the rest.
    Interrupted,
}

/// The exit code of a command. An error is printed.
pub fn exit(done: Result<Outcome>) -> ExitCode {
    match done {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::ProblemsFound) => ExitCode::from(3),
        Ok(Outcome::Interrupted) => ExitCode::from(130),
        Err(error) => {
            // If stderr is closed, only the exit code reports the error.
            let _ = writeln!(std::io::stderr(), "mailroom: {}", printable_lines(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// An error may contain the text of a server or a file.
fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Prints the text of a command that ends by itself. A stdout that is full or closed is an error, not a panic.
pub fn print(text: &str) -> Result<()> {
    let mut out = anstream::stdout().lock();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    printed.context("can't write to stdout")
}

/// Writes warnings of the libraries to stderr, as lines for a person. Those of `silent` targets don't appear.
pub fn show_warnings(silent: &[&str]) {
    let silent = silent.iter().map(|target| (*target, LevelFilter::OFF));
    let shown = Targets::new().with_default(LevelFilter::WARN).with_targets(silent);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        // The internal log uses eprintln!, which panics if stderr is closed or full.
        .log_internal_errors(false)
        .without_time()
        .with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(shown)).init();
}

/// How words look on a terminal. `anstream` leaves the codes out elsewhere, and where `NO_COLOR` is set.
pub mod style {
    use anstyle::AnsiColor;
    pub use anstyle::Style;

    pub const GOOD: Style = AnsiColor::Green.on_default().bold();
    pub const WARNING: Style = AnsiColor::Yellow.on_default();
    pub const BAD: Style = AnsiColor::Red.on_default().bold();
    pub const DIM: Style = Style::new().dimmed();
    pub const BOLD: Style = Style::new().bold();
}
