//! `mailroom send`: the emails of a file or a pipe, each accepted once.
//!
//! - `input`: the emails, line by line; `format`: files of other formats;
//! - `journal`: which lines were accepted, so that an interrupted run can continue;
//! - `batches`: the lines of one request;
//! - `post`: a batch, until each of its lines has its final answer; `settle`: the result that an answer is;
//! - `progress`: the progress bar;
//! - `summary`: what became of the lines.

mod batches;
mod format;
mod input;
mod journal;
mod post;
mod progress;
mod settle;
mod summary;

use crate::report::Report;
use crate::system::tokens::{self, Token};
use crate::system::{ApiClient, Common, System};
use anyhow::{Result, bail};
use batches::batches;
use futures::StreamExt;
use futures::stream;
use input::{Input, is_stdin};
use journal::{Head, Journal, Place};
use post::{Posted, Poster};
use progress::Progress;
use std::future::ready;
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::pin::pin;
use summary::Summary;
use terminal::{Interrupt, Outcome};

const HELP: &str = "\
Each line is the JSON object of one email:
  {\"email_subject\": \"...\", \"email_sender\": \"...\",
   \"email_timestream\": \"1693561101\", \"email_content\": \"...\"}

The input is read once, so it can be a pipe, <(...) or a FIFO.

The token is that of MAILROOM_TOKEN, or else the newest in the system's parameter.

A journal records which lines this stack accepted, and nothing of the emails. To continue after an interrupt, run the \
same command again. It may post the emails again that were in flight; in the layouts flat and dated, each is still stored \
once. It also posts \
refused lines again: correct them in the file first. Each stack needs its own journal. If FILE.ndjson.sent belongs to an \
earlier stack at the same address, it is renamed to FILE.ndjson.sent.1 and every line is posted.

Emails are posted in batches to /api/emails. Each email of a batch has its own answer, so a refused one holds up no other.

`send` retries a line after 429, 5xx, a timeout or a lost connection. It waits at least as long as Retry-After says.

Exit codes: 0 every line is accepted, 1 stopped early, 3 some lines are refused and listed, 130 interrupted.";

#[derive(clap::Args)]
#[command(after_help = HELP)]
pub(crate) struct Options {
    /// NDJSON in UTF-8 with one email a line; - reads stdin
    #[arg(value_name = "FILE.ndjson")]
    file: PathBuf,
    /// Most emails of one request, 1 to 500; the load balancer takes 1 MB
    #[arg(long, default_value = "100", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=500))]
    batch: u16,
    /// Requests in flight at a time
    #[arg(long, default_value = "8", value_name = "N")]
    concurrency: NonZeroU8,
    /// File that records which lines were accepted [default: FILE.ndjson.sent; none for stdin and pipes]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// How long to retry a line that the system can't accept now, such as 90s or 10m
    #[arg(long, default_value = "5m", value_name = "DURATION")]
    patience: humantime::Duration,
    #[command(flatten)]
    common: Common,
}

impl Options {
    fn journal(&self, input: &Input) -> Option<Place> {
        if let Some(path) = self.journal.clone() {
            return Some(Place { path, named: true });
        }
        let mut name = self.file.clone().into_os_string();
        name.push(".sent");
        (input.size.is_some() && !is_stdin(&self.file)).then(|| Place { path: name.into(), named: false })
    }
}

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    let prepare = async {
        // Before anything is asked: a mistyped file name shows at once.
        let input = Input::open(&options.file).await?;
        let system = System::find(&options.common).await?;
        let token = tokens::to_send(&system).await?;
        anyhow::Ok((input, system, token))
    };
    let Some(prepared) = interrupt.run(prepare).await else { return Ok(Outcome::Interrupted) };
    let (input, system, token) = prepared?;
    let client = (ApiClient::new(system.url()?)?, token);
    let summary = send(&options, &system, input, client, &interrupt).await?;
    match &summary.stopped {
        None => summary.print(&system, &options.common.output),
        Some(why) => {
            summary.print(&system, &options.common.output)?;
            bail!("{why}. {}", summary.advice())
        }
    }
}

/// Posts the lines that the journal does not have, some at a time. After an interrupt, or a line that stops the run, it
/// begins no other request but waits for those in flight, since each may be accepted.
async fn send(
    options: &Options,
    system: &System,
    input: Input,
    (api, token): (ApiClient, Token),
    interrupt: &Interrupt,
) -> Result<Summary> {
    let mut summary = Summary::new(&system.name, input.name());
    let (place, id, progress) = (options.journal(&input), input.id, Progress::new(&input));
    let mut lines = pin!(input.lines().peekable());
    summary.journal = place.as_ref().map(|place| place.path.clone());
    // An input without emails leaves no journal behind.
    let is_sendable = interrupt.run(lines.as_mut().peek()).await.flatten().is_some_and(Result::is_ok);
    let mut journal = match &place.filter(|_| is_sendable) {
        Some(place) => Journal::open(place, id, &Head::of(system)?)?,
        None => Journal::default(),
    };
    summary.journal_set_aside = journal.set_aside.take();
    if let Some(note) = summary.note() {
        progress.say(&note);
    }

    let poster = Poster {
        api,
        token,
        patience: *options.patience,
        accepted_before: journal.accepted_before(),
        progress: &progress,
        stop: interrupt.token(),
    };
    let batches = batches(lines, options.batch.into()).take_until(poster.stop.cancelled());
    let answers = batches.map(|batch| match batch {
        Ok(lines) => poster.post(lines).map(Ok).boxed_local().left_stream(),
        Err(error) => stream::once(ready(Err(error))).right_stream(),
    });
    let mut answers = pin!(answers.flatten_unordered(usize::from(options.concurrency.get())));
    while let Some(Some(results)) = interrupt.finish(answers.next()).await {
        for (line, posted) in results? {
            match &posted {
                Posted::Before => progress.skipped(&line),
                Posted::Accepted(receipt) => {
                    journal.add(&line, receipt)?;
                    progress.done(&line);
                }
                _ => progress.done(&line),
            }
            summary.add(&line, posted);
        }
        if summary.stopped.is_some() {
            poster.stop.cancel();
        }
    }
    progress.finish();
    summary.finish(interrupt.came());
    Ok(summary)
}
