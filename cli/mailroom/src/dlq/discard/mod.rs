//! `mailroom dlq discard`: deletes dead letters for good, after saving each.
//!
//! - `selection`: which ones; `saved`: the file that keeps them.

mod saved;
mod selection;

use super::{Ended, Reason, Search, report, search};
use crate::report::{Report, count};
use crate::system::{Explain, System};
use anyhow::{Result, bail};
use aws_sdk_sqs::types::Message;
use futures::future::join_all;
use indicatif::HumanCount;
use saved::{SavedFile, SavedLine};
use selection::{Ambiguous, Found, Selection};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use terminal::style::WARNING;
use terminal::text::Printable;
use terminal::{Interrupt, Outcome};
use tokio::sync::oneshot;

#[derive(Default, Serialize)]
struct Discarded {
    stack: String,
    discarded: u64,
    reasons: BTreeMap<Reason, u64>,
    /// The file that has all of them.
    saved: String,
    /// Those of --id that could not be received.
    not_found: Vec<Printable>,
    /// Receipts of --id that several letters have: none of these was deleted.
    ambiguous: Vec<Ambiguous>,
    ended: Ended,
}

pub(crate) async fn run(options: super::Discard) -> Result<Outcome> {
    if !options.yes && !std::io::stdin().is_terminal() {
        bail!("stdin is not a terminal; pass --yes to confirm (`mailroom dlq list` shows the dead letters)");
    }
    let system = System::find(&options.common).await?;
    let mut file = SavedFile::open(&options.save)?;
    let interrupt = Interrupt::listen()?;
    let mut done = Discarded { stack: system.name.clone(), saved: file.name(), ..Discarded::default() };
    let mut selection = match options.only {
        Some(only) if options.yes => Selection::Only(only),
        only => {
            let ids = options.ids;
            let find = async |search: &mut Search<'_>| match only {
                Some(only) => Found::with_reason(only, search).await,
                None => Found::named(ids, search).await,
            };
            let (found, ended) = search(&system, &interrupt, find).await;
            let found = found?;
            if ended == Ended::Interrupted {
                return Ok(Outcome::Interrupted);
            }
            if !options.yes && !found.letters.is_empty() {
                match confirm(&found.reasons(), &interrupt, &done.saved).await? {
                    Consent::Yes => {}
                    Consent::No => bail!("nothing was deleted: the answer was not yes"),
                    Consent::Interrupted => return Ok(Outcome::Interrupted),
                }
            }
            (done.not_found, done.ambiguous) = (found.unclear.not_found, found.unclear.ambiguous);
            Selection::Letters(found.letters.into_keys().collect())
        }
    };
    let work = async |search: &mut Search<'_>| done.work(&system, search, &mut selection, &mut file).await;
    let (worked, ended) = search(&system, &interrupt, work).await;
    done.ended = ended;
    if ended == Ended::Done {
        done.not_found.extend(selection.into_left());
    }
    report(&done, &system, &options.common.output, worked)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
    Yes,
    No,
    Interrupted,
}

/// Asks whether to delete the letters that were found. Only these are deleted then.
async fn confirm(reasons: &BTreeMap<Reason, u64>, interrupt: &Interrupt, file: &str) -> Result<Consent> {
    eprint!("{}", question(reasons, file));
    std::io::stderr().flush()?;
    let (sender, answer) = oneshot::channel();
    // Not a task: the runtime would wait for its line before the program ends.
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line);
        let _ = sender.send(read.map_or(Consent::No, |_| consent(&line))); // the receiver may be gone after Ctrl-C
    });
    Ok(interrupt.run(answer).await.map_or(Consent::Interrupted, |answer| answer.unwrap_or(Consent::No)))
}

fn question(reasons: &BTreeMap<Reason, u64>, file: &str) -> String {
    let each: Vec<_> = reasons.iter().map(|(reason, number)| format!("{number} {reason}")).collect();
    let (all, each) = (count(reasons.values().sum(), "dead letter"), each.join(", "));
    format!("Delete {all} for good ({each})? Each is saved to {file} first. Type yes: ")
}

/// The whole word: a single letter is typed too soon.
fn consent(line: &str) -> Consent {
    if line.trim() == "yes" { Consent::Yes } else { Consent::No }
}

impl Discarded {
    async fn work(
        &mut self,
        system: &System,
        search: &mut Search<'_>,
        selection: &mut Selection,
        file: &mut SavedFile,
    ) -> Result<()> {
        while !selection.is_empty() {
            let Some(messages) = search.next(usize::MAX).await? else { break };
            let selected: Vec<_> = messages.iter().filter(|message| selection.matches(message)).collect();
            // On disk before the first is deleted: from then on it is nowhere else.
            file.append(selected.iter().map(|message| SavedLine::of(message)))?;
            let deletes = selected.iter().map(|message| delete(system, message));
            let Some(deleted) = search.finish(join_all(deletes)).await else { break };
            for (message, deleted) in selected.iter().zip(deleted) {
                deleted?;
                search.deleted(message);
                selection.deleted(message);
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
    deleted.explain("can't delete a dead letter, which is saved and still in the queue").map(|_| ())
}

impl Report for Discarded {
    fn text(&self) -> String {
        let discarded = count(self.discarded, "dead letter");
        let mut text = format!("{discarded} deleted\n");
        for (reason, number) in &self.reasons {
            text += &format!("  {} {reason}\n", HumanCount(*number));
        }
        if self.discarded > 0 {
            text += &format!("{} has their whole content, which is somebody's mail.\n", self.saved);
        }
        for id in &self.not_found {
            text += &format!(
                "  {WARNING}{id} could not be received{WARNING:#}: `mailroom dlq list` shows what can be\n"
            );
        }
        for Ambiguous { id, message_ids } in &self.ambiguous {
            let message_ids: Vec<_> = message_ids.iter().map(Printable::as_str).collect();
            let message_ids = message_ids.join(", ");
            text += &format!(
                "  {WARNING}{id} is the receipt of several dead letters{WARNING:#}: choose by message id: {message_ids}\n"
            );
        }
        text + self.ended.text()
    }

    fn outcome(&self) -> Outcome {
        match self.ended {
            Ended::Done if !(self.not_found.is_empty() && self.ambiguous.is_empty()) => {
                Outcome::ProblemsFound
            }
            ended => ended.outcome(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_word_is_consent() {
        assert_eq!(consent("yes\n"), Consent::Yes);
        for line in ["", "\n", "y\n", "Y\n", "yes please\n", "no\n"] {
            assert_eq!(consent(line), Consent::No, "{line:?}");
        }
    }

    #[test]
    fn the_question_has_the_number_and_the_reasons() {
        let reasons = Reason::ALL.into_iter().take(2).map(|reason| (reason, 3)).collect();
        let asked = question(&reasons, "away.ndjson");
        assert!(asked.starts_with("Delete 6 dead letters for good (3 not_filed, 3 not_json)?"), "{asked}");
        assert!(asked.contains("away.ndjson"), "{asked}");
    }
}
