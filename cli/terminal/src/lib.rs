//! Shared by the programs `mailroom` and `mailroom-local`, so that they look and end alike on a terminal.
//!
//! - `style`: colours;
//! - `text`: text of strangers, made safe to print;
//! - `Interrupt`: Ctrl-C and SIGTERM;
//! - `Outcome`: exit codes;
//! - `options`: the options of `up` and `demo`: `mailroom-local` parses them, `mailroom` completes them.

mod interrupt;
pub mod options;
mod outcome;
pub mod style;
pub mod text;

pub use interrupt::Interrupt;
pub use outcome::{Outcome, exit};

use tracing_subscriber::filter::LevelFilter;

/// Writes warnings of the libraries to stderr, as lines for a person.
pub fn show_warnings() {
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::WARN)
        .with_writer(std::io::stderr)
        .without_time()
        .with_target(false)
        .init();
}
