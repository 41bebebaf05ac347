//! `mailroom dlq discard`: away for good, after each was saved.
//!
//! - `which`: those that are meant;
//! - `saved`, `line`: the file that keeps them;
//! - `question`: whether that is really meant.

mod line;
mod question;
mod saved;
mod which;

use super::ended::tell;
use super::{Ended, Interrupt, Reason, Search, options};
use crate::report::{Report, count, grouped};
use crate::system::{Explain, System};
use anyhow::{Result, bail};
use aws_sdk_sqs::types::Message;
use futures::future::join_all;
use line::Line;
use question::Answer;
use saved::Saved;
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::Outcome;
use terminal::style::{BOLD, WARNING};
use which::Which;

/// What was deleted.
#[derive(Serialize)]
struct Discarded {
    stack: String,
    discarded: u64,
    reasons: BTreeMap<Reason, u64>,
    /// The file with all of them.
    saved: String,
    /// Those of --id that could not be received.
    not_found: Vec<String>,
    ended: Ended,
}

pub(crate) async fn run(options: options::Discard) -> Result<Outcome> {
    question::possible(options.yes)?;
    let system = System::find(&options.target).await?;
    let mut saved = Saved::open(&options.save)?;
    let mut which = Which::new(options.only, options.ids);
    let interrupt = Interrupt::listen()?;
    let mut done = Discarded::new(&system.name, &saved.name());
    if !options.yes {
        match confirm(&system, &mut which, &interrupt, &done.saved).await? {
            Answer::Yes => {}
            Answer::No => bail!("nothing was deleted: the answer was not yes"),
            Answer::Interrupted => return Ok(Outcome::Interrupted),
        }
    }
    let mut search = Search::begin(&system, &interrupt);
    let worked = done.work(&system, &mut search, &mut which, &mut saved).await;
    done.ended = search.end(&worked).await;
    done.not_found = which.not_found();
    tell(&done, &options.output, worked)
}

/// Looks which letters there are and asks whether these are to be deleted: then these are, and no others.
async fn confirm(system: &System, which: &mut Which, interrupt: &Interrupt, file: &str) -> Result<Answer> {
    let mut search = Search::begin(system, interrupt);
    let counted = which.settle(&mut search).await;
    let ended = search.end(&counted.as_ref().map(|_| ()).map_err(|error| anyhow::anyhow!("{error:#}"))).await;
    let reasons = counted?;
    if ended == Ended::Interrupted {
        return Ok(Answer::Interrupted);
    }
    if reasons.is_empty() {
        return Ok(Answer::Yes); // to delete nothing takes no consent
    }
    question::ask(&reasons, file, interrupt).await
}

impl Discarded {
    fn new(stack: &str, saved: &str) -> Self {
        let (reasons, not_found, ended) = (BTreeMap::new(), Vec::new(), Ended::Done);
        Self { stack: stack.to_owned(), discarded: 0, reasons, saved: saved.to_owned(), not_found, ended }
    }

    async fn work(
        &mut self,
        system: &System,
        search: &mut Search<'_>,
        which: &mut Which,
        saved: &mut Saved,
    ) -> Result<()> {
        while !which.all_found() {
            let messages = search.next(usize::MAX).await?;
            if messages.is_empty() {
                break;
            }
            let meant: Vec<_> = messages.iter().filter(|message| which.takes(message)).collect();
            // On disk before the first is deleted: from then on it is nowhere else.
            saved.keep(meant.iter().map(|message| Line::of(message)))?;
            let deletes = meant.iter().map(|message| delete(system, message));
            let Some(deleted) = search.finish(join_all(deletes)).await else { break };
            for (message, deleted) in meant.iter().zip(deleted) {
                deleted?;
                search.gone(message);
                which.found(message);
                self.discarded += 1;
                *self.reasons.entry(Reason::of(message.body().unwrap_or_default())).or_default() += 1;
            }
        }
        Ok(())
    }
}

async fn delete(system: &System, message: &Message) -> Result<()> {
    let delete = system.sqs.delete_message().queue_url(&system.outputs.dead_letter_queue_url);
    let deleted = delete.set_receipt_handle(message.receipt_handle.clone()).send().await;
    deleted.explain("a dead letter can't be deleted; it is saved, and still there").map(|_| ())
}

impl Report for Discarded {
    fn text(&self) -> String {
        let discarded = count(self.discarded, "dead letter");
        let mut text = format!("{BOLD}{}{BOLD:#}: {discarded} deleted\n", self.stack);
        for (reason, number) in &self.reasons {
            text += &format!("  {} {reason}\n", grouped(*number));
        }
        if self.discarded > 0 {
            text +=
                &format!("All that was in them is in {}: people's mail, so mind who reads it.\n", self.saved);
        }
        for id in &self.not_found {
            let id = terminal::text::printable(id);
            text += &format!(
                "  {WARNING}{id} could not be received{WARNING:#}: `mailroom dlq list` shows what can be\n"
            );
        }
        text + self.ended.text()
    }

    fn outcome(&self) -> Outcome {
        match self.ended {
            Ended::Done if !self.not_found.is_empty() => Outcome::ProblemsFound,
            ended => ended.outcome(),
        }
    }
}
