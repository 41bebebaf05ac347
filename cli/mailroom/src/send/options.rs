//! The command line of `mailroom send`.

use crate::report::Output;
use crate::system::Target;
use std::num::NonZeroU8;
use std::path::{Path, PathBuf};

const HELP: &str = "\
Each line is the JSON object of one email:
  {\"email_subject\": \"...\", \"email_sender\": \"...\",
   \"email_timestream\": \"1693561101\", \"email_content\": \"...\"}

The token is MAILROOM_TOKEN, or else the first one in the system's parameter: on a command line others could read it.

What was accepted is kept in a journal beside the file, without anything of an email: a run that was interrupted, however \
it ended, goes on where it was. At worst it posts again the few emails that were under way, and an email that is accepted \
twice is filed once. Lines that were refused are tried again by the next run: correct them in the file.

Exit codes: 0 every line is accepted; 3 some were refused, and are listed; 1 it had to stop; 130 interrupted.";

/// What to send, and how.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// NDJSON, one email a line; - reads stdin
    #[arg(value_name = "FILE.ndjson")]
    pub(crate) file: PathBuf,
    /// How many requests are under way at a time
    #[arg(long, default_value = "8", value_name = "N")]
    pub(crate) concurrency: NonZeroU8,
    /// Where accepted lines are kept [default: FILE.ndjson.sent; for stdin none, and then nothing goes on]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// How long a line is tried again while the system can't take it, as in 90s or 10m
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    pub(crate) patience: humantime::Duration,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
}

impl Options {
    /// The journal's file, if there is to be one.
    pub(crate) fn journal(&self) -> Option<PathBuf> {
        self.journal.clone().or_else(|| {
            let mut name = self.file.clone().into_os_string();
            name.push(".sent");
            (self.file != Path::new("-")).then(|| name.into())
        })
    }
}
