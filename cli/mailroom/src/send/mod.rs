//! `mailroom send`: many emails from a file, each accepted once.
//!
//! - `options`: the command line;
//! - `lines`: the file, line by line;
//! - `journal`: which lines were accepted, so that an interrupted run goes on where it was;
//! - `post`: one line until it is answered for good;
//! - `summary`: what became of them.

mod journal;
mod lines;
mod options;
mod post;
mod summary;

pub(crate) use options::Options;

use crate::progress;
use crate::report::Report;
use crate::system::{FrontDoor, System, tokens};
use anyhow::Result;
use futures::StreamExt;
use indicatif::ProgressBar;
use journal::Journal;
use post::{Post, Posted};
use std::pin::pin;
use summary::Summary;
use terminal::{Interrupt, Outcome};

pub(crate) async fn run(options: Options) -> Result<Outcome> {
    let interrupt = Interrupt::listen()?;
    let system = System::find(&options.target).await?;
    let token = tokens::to_send(&system).await?;
    let bar = match lines::count(&options.file)? {
        Some(lines) => progress::bar(lines, "lines"),
        None => progress::spinner("lines"),
    };
    let journal = Journal::open(options.journal().as_deref(), &system.outputs.url)?;
    let post = Post { door: FrontDoor::new(&system.outputs.url)?, token, patience: *options.patience };
    let summary = Summary::new(system.name, options.journal());
    let summary = Run { options: &options, post, journal, summary, bar }.send(&interrupt).await?;
    match summary.stopped.clone() {
        None => summary.print(&options.output),
        // What was accepted until then is worth knowing; why there is no more comes last.
        Some(why) => {
            summary.print(&options.output)?;
            anyhow::bail!("{why}. The same command goes on with the rest")
        }
    }
}

struct Run<'a> {
    options: &'a Options,
    post: Post,
    journal: Journal,
    summary: Summary,
    bar: ProgressBar,
}

impl Run<'_> {
    /// Posts what the journal does not have, some at a time. When it is interrupted, and when a line can't be answered
    /// for good, no other is begun; those under way are waited for, since each may be accepted.
    async fn send(mut self, interrupt: &Interrupt) -> Result<Summary> {
        let (post, known, stop) = (&self.post, self.journal.accepted_before(), interrupt.token());
        let lines = lines::read(&self.options.file)?.take_until(stop.cancelled());
        let answers = lines.map(|line| async {
            let line = line?;
            let before = known.contains(&line.digest);
            let posted = if before { Posted::Before } else { post.line(&line, &stop).await };
            anyhow::Ok((line, posted))
        });
        let mut answers = pin!(answers.buffer_unordered(self.options.concurrency.get().into()));
        while let Some(Some(answer)) = interrupt.finish(answers.next()).await {
            let (line, posted) = answer?;
            self.bar.inc(1);
            if self.summary.add(&line, &posted) {
                stop.cancel();
            }
            if let Posted::Accepted(receipt) = posted {
                self.journal.add(&line, &receipt)?;
            }
        }
        self.summary.interrupted = interrupt.came();
        self.bar.finish_and_clear();
        self.summary.sort();
        Ok(self.summary)
    }
}
