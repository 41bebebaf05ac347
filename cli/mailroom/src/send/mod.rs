//! `mailroom send`: the emails of a file, each accepted once.
//!
//! - `lines`: the file, line by line;
//! - `journal`: which lines were accepted, so that an interrupted run can continue;
//! - `post`: one line, until its answer is final;
//! - `summary`: what became of the lines.

mod journal;
mod lines;
mod post;
mod summary;

use crate::report::{Report, bar, spinner};
use crate::system::{ApiClient, Common, System, tokens};
use anyhow::{Result, bail};
use futures::StreamExt;
use indicatif::ProgressBar;
use journal::Journal;
use post::{Posted, Poster};
use std::num::NonZeroU8;
use std::path::{Path, PathBuf};
use std::pin::pin;
use summary::Summary;
use terminal::{Interrupt, Outcome};

const HELP: &str = "\
Each line is the JSON object of one email:
  {\"email_subject\": \"...\", \"email_sender\": \"...\",
   \"email_timestream\": \"1693561101\", \"email_content\": \"...\"}

The token is that of MAILROOM_TOKEN, or else the newest in the system's parameter.

A journal beside the file keeps which lines were accepted, and nothing of the emails. Run an interrupted command again \
and it continues; at worst it posts the few emails again that were in flight, and each is stored once. Refused lines are \
tried again too: correct them in the file.

Exit codes: 0 every line is accepted, 1 stopped early, 3 some lines are refused and listed, 130 interrupted.";

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// NDJSON file with one email a line; - reads stdin
    #[arg(value_name = "FILE.ndjson")]
    file: PathBuf,
    /// Requests in flight at a time
    #[arg(long, default_value = "8", value_name = "N")]
    concurrency: NonZeroU8,
    /// File that keeps which lines were accepted [default: FILE.ndjson.sent; none for stdin]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// How long to retry a line that the system can't accept now, such as 90s or 10m
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    patience: humantime::Duration,
    #[command(flatten)]
    common: Common,
}

impl Options {
    fn journal(&self) -> Option<PathBuf> {
        self.journal.clone().or_else(|| {
            let mut name = self.file.clone().into_os_string();
            name.push(".sent");
            (self.file != Path::new("-")).then(|| name.into())
        })
    }
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    let system = System::find(&options.common).await?;
    let token = tokens::to_send(&system).await?;
    let bar = match lines::count(&options.file)? {
        Some(lines) => bar(lines, "lines"),
        None => spinner("lines"),
    };
    let journal = Journal::open(options.journal().as_deref(), system.url()?)?;
    let poster = Poster { api: ApiClient::new(system.url()?)?, token, patience: *options.patience };
    let summary = Summary::new(system.name.clone(), options.journal());
    let summary = Run { options: &options, poster, journal, summary, bar }.send(&interrupt).await?;
    match summary.stopped.clone() {
        None => summary.print(&system, &options.common.output),
        Some(why) => {
            summary.print(&system, &options.common.output)?;
            bail!("{why}. Run the same command again to continue")
        }
    }
}

struct Run<'a> {
    options: &'a Options,
    poster: Poster,
    journal: Journal,
    summary: Summary,
    bar: ProgressBar,
}

impl Run<'_> {
    /// Posts the lines that the journal does not have, some at a time. After an interrupt, or a line that stops the run, it
    /// begins no other line but waits for those in flight, since each may be accepted.
    async fn send(mut self, interrupt: &Interrupt) -> Result<Summary> {
        let (poster, known, stop) = (&self.poster, self.journal.accepted_before(), interrupt.token());
        let lines = lines::read(&self.options.file)?.take_until(stop.cancelled());
        let answers = lines.map(|line| async {
            let line = line?;
            let before = known.contains(&line.digest);
            let posted = if before { Posted::Before } else { poster.post(&line, &stop).await };
            anyhow::Ok((line, posted))
        });
        let mut answers = pin!(answers.buffer_unordered(self.options.concurrency.get().into()));
        while let Some(Some(answer)) = interrupt.finish(answers.next()).await {
            let (line, posted) = answer?;
            self.bar.inc(1);
            if let Posted::Accepted(receipt) = &posted {
                self.journal.add(&line, receipt.as_str())?;
            }
            self.summary.add(&line, posted);
            if self.summary.stopped.is_some() {
                stop.cancel();
            }
        }
        self.bar.finish_and_clear();
        self.summary.finish(interrupt.came());
        Ok(self.summary)
    }
}
