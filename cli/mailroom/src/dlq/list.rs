//! `mailroom dlq list`: what is there, and why.

use super::ended::tell;
use super::options;
use super::{Ended, Interrupt, Letter, Reason, Search};
use crate::report::{Report, count, grouped};
use crate::system::{Depth, System};
use anyhow::Result;
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::Outcome;
use terminal::style::{BOLD, DIM, WARNING};
use terminal::text::printable;

/// What was seen. SQS shows no list of a queue, so nobody can promise that it is all.
#[derive(Serialize)]
struct List {
    stack: String,
    seen: u64,
    /// About how many there are, those that somebody else has received included.
    about: u64,
    reasons: BTreeMap<Reason, u64>,
    letters: Vec<Letter>,
    ended: Ended,
    #[serde(skip)]
    max: u64,
}

pub(crate) async fn run(options: options::List) -> Result<Outcome> {
    let system = System::find(&options.target).await?;
    let about = Depth::of(&system, &system.outputs.dead_letter_queue_url).await?.all();
    let mut list = List::new(&system.name, about, options.max);
    let interrupt = Interrupt::listen()?;
    let mut search = Search::begin(&system, &interrupt);
    let worked = list.fill(&mut search).await;
    list.ended = search.end(&worked).await;
    tell(&list, &options.output, worked)
}

impl List {
    fn new(stack: &str, about: u64, max: u64) -> Self {
        let (reasons, letters, ended) = (BTreeMap::new(), Vec::new(), Ended::Done);
        Self { stack: stack.to_owned(), seen: 0, about, reasons, letters, ended, max }
    }

    async fn fill(&mut self, search: &mut Search<'_>) -> Result<()> {
        loop {
            let most = usize::try_from(self.max - self.seen).unwrap_or(usize::MAX);
            let messages = search.next(most).await?;
            if messages.is_empty() {
                break;
            }
            messages.iter().for_each(|message| self.add(Letter::of(message)));
        }
        self.letters.sort_by(|a, b| (a.reason, &a.sent).cmp(&(b.reason, &b.sent)));
        Ok(())
    }

    fn add(&mut self, letter: Letter) {
        self.seen += 1;
        self.about = self.about.max(self.seen);
        *self.reasons.entry(letter.reason).or_default() += 1;
        self.letters.push(letter);
    }

    /// Why not all were seen.
    fn rest(&self) -> String {
        if self.seen == self.about || self.ended != Ended::Done {
            return String::new();
        }
        if self.seen == self.max {
            return format!("{DIM}--max N shows more.{DIM:#}\n");
        }
        format!(
            "{WARNING}The others could not be received{WARNING:#}: somebody holds them, such as another `mailroom \
             dlq`, and they come back by themselves; or SQS's count is a minute old.\n"
        )
    }
}

impl Report for List {
    fn text(&self) -> String {
        let letters = if self.about == 1 { "dead letter" } else { "dead letters" };
        let mut text = format!(
            "{BOLD}{}{BOLD:#}: seen {} of about {} {letters}\n",
            self.stack,
            grouped(self.seen),
            grouped(self.about)
        );
        for (reason, number) in &self.reasons {
            text +=
                &format!("\n{BOLD}{reason}{BOLD:#}, {}  {DIM}{}{DIM:#}\n", grouped(*number), reason.advice());
            let letters = self.letters.iter().filter(|letter| letter.reason == *reason);
            text.extend(letters.map(line));
        }
        if !self.letters.is_empty() {
            text += "\nAll of them are given back.\n";
        }
        text + &self.rest() + self.ended.text()
    }

    fn outcome(&self) -> Outcome {
        self.ended.outcome()
    }
}

/// A letter on a line: message id, receipt, when, and how it fared.
fn line(letter: &Letter) -> String {
    let receipt = printable(letter.receipt.as_deref().unwrap_or("no receipt"));
    format!(
        "  {}  {receipt:<36}  {DIM}sent {}, {}, {}{DIM:#}\n",
        printable(&letter.message_id),
        letter.sent.as_deref().unwrap_or("at an unknown time"),
        count(letter.receives, "receive"),
        count(letter.bytes, "byte"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(seen: u64, about: u64) -> List {
        let mut list = List::new("prod", about, 100);
        for n in 0..seen {
            list.add(Letter {
                message_id: format!("id-{n}"),
                receipt: None,
                sent: None,
                receives: 1,
                bytes: 1,
                reason: Reason::NOT_FILED,
            });
        }
        list
    }

    #[test]
    fn a_list_says_what_was_seen_of_how_many_and_why_not_all() {
        let text = |seen, about| list(seen, about).text();
        assert!(text(3, 5).contains("seen 3 of about 5 dead letters"), "{}", text(3, 5));
        assert!(text(3, 5).contains("somebody holds them"), "{}", text(3, 5));
        assert!(text(100, 5_000).contains("seen 100 of about 5,000") && text(100, 5_000).contains("--max"));
        assert!(!text(5, 5).contains("somebody") && !text(5, 5).contains("--max"), "{}", text(5, 5));
    }

    #[test]
    fn more_can_be_seen_than_sqs_counted() {
        assert!(list(3, 1).text().contains("seen 3 of about 3"));
    }
}
