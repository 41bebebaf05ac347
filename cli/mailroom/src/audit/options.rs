//! The command line of `mailroom audit`.

use super::since::Since;
use crate::report::Output;
use crate::system::Target;

const HELP: &str = "\
Each accepted email has a receipt, and the functions' log lines say which were accepted and which were filed. What is \
accepted and not filed is looked for in the dead-letter queue, in the queue and in the bucket; what is nowhere is \
missing, and named.

The queue is counted, not received: its emails are taken to be the youngest of those that are nowhere else. SQS's \
counts are approximate while messages come and go, so ask again once it is empty for a verdict without any doubt.

The logs keep 7 days (LogRetention), and a million lines take some minutes to read.

Exit codes: 0 nothing is missing; 3 something is; 1 it could not be found out.";

/// How far back, and how patiently.
#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// Emails accepted since then: a time ago, as in 30m, 24h or 7d, or a moment, as in 2026-01-31T12:00:00Z
    #[arg(long, default_value = "24h", value_name = "WHEN")]
    pub(crate) since: Since,
    /// How long what is not found at once is looked for: log lines take a while to arrive
    #[arg(long, default_value = "60s", value_name = "DURATION")]
    pub(crate) settle: humantime::Duration,
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
}
