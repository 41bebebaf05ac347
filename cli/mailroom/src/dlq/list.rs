//! `mailroom dlq list`: the dead letters by reason.

use super::dead_letter::{max_receives, receipt};
use super::{DeadLetter, Ended, Reason, Search, report, search};
use crate::report::{Report, count};
use crate::system::{Depth, System};
use anyhow::Result;
use email::Receipt;
use indicatif::HumanCount;
use serde::Serialize;
use std::collections::BTreeMap;
use terminal::style::{BOLD, DIM, WARNING};
use terminal::text::Printable;
use terminal::{Interrupt, Outcome};

/// The dead letters that were seen. SQS lists no queue, so they may not be all.
#[derive(Default, Serialize)]
struct List {
    stack: String,
    seen: u64,
    /// About how many there are, including those that another receiver has.
    about: u64,
    reasons: BTreeMap<Reason, u64>,
    letters: Vec<DeadLetter>,
    ended: Ended,
    #[serde(skip)]
    max: u64,
    #[serde(skip)]
    max_receives: Option<u64>,
}

pub(crate) async fn run(options: super::List) -> Result<Outcome> {
    let system = System::find(&options.common).await?;
    let about = Depth::of(&system, &system.outputs.dead_letter_queue_url).await?.all();
    let max_receives = max_receives(&system).await?;
    let mut list =
        List { stack: system.name.clone(), about, max: options.max, max_receives, ..List::default() };
    let fill = async |search: &mut Search<'_>| list.fill(search).await;
    let (worked, ended) = search(&system, &Interrupt::listen()?, fill).await;
    list.ended = ended;
    report(&list, &system, &options.common.output, worked)
}

/// The receipt of each dead letter that can be received now; all are given back. A letter without one was put into the
/// queue by hand.
pub(crate) async fn receipts(system: &System, interrupt: &Interrupt) -> Result<Vec<Option<Receipt>>> {
    let collect = async |search: &mut Search<'_>| {
        let mut receipts = Vec::new();
        while let Some(messages) = search.next(usize::MAX).await? {
            receipts.extend(messages.iter().map(|message| receipt(message)?.parse().ok()));
        }
        Ok(receipts)
    };
    search(system, interrupt, collect).await.0
}

impl List {
    async fn fill(&mut self, search: &mut Search<'_>) -> Result<()> {
        let left = |list: &Self| usize::try_from(list.max - list.seen).unwrap_or(usize::MAX);
        while let Some(messages) = search.next(left(self)).await? {
            let letters = messages.iter().map(DeadLetter::of);
            letters.for_each(|letter| self.add(letter.with_max_receives(self.max_receives)));
        }
        self.letters.sort_by(|a, b| (a.reason, &a.sent).cmp(&(b.reason, &b.sent)));
        Ok(())
    }

    fn add(&mut self, letter: DeadLetter) {
        self.seen += 1;
        self.about = self.about.max(self.seen);
        *self.reasons.entry(letter.reason).or_default() += 1;
        self.letters.push(letter);
    }

    /// Why not all were seen.
    fn unseen(&self) -> String {
        if self.seen == self.about || self.ended != Ended::Done {
            String::new()
        } else if self.seen == self.max {
            format!("{DIM}--max N shows more.{DIM:#}\n")
        } else {
            format!(
                "{WARNING}The others could not be received{WARNING:#}: another receiver, such as another `mailroom dlq`, \
                 has them and they reappear by themselves, or SQS's count is a minute old.\n"
            )
        }
    }
}

impl Report for List {
    fn text(&self) -> String {
        let letters = if self.about == 1 { "dead letter" } else { "dead letters" };
        let (seen, about) = (HumanCount(self.seen), HumanCount(self.about));
        let mut text = format!("seen {seen} of about {about} {letters}\n");
        for (reason, number) in &self.reasons {
            let (number, advice) = (HumanCount(*number), reason.advice());
            text += &format!("\n{BOLD}{reason}{BOLD:#}, {number}  {DIM}{advice}{DIM:#}\n");
            text.extend(self.letters.iter().filter(|letter| letter.reason == *reason).map(line));
        }
        if !self.letters.is_empty() {
            text += "\nAll of them are given back.\n";
        }
        text + &self.unseen() + self.ended.text()
    }

    fn outcome(&self) -> Outcome {
        self.ended.outcome()
    }
}

fn line(letter: &DeadLetter) -> String {
    let receipt = letter.receipt.as_ref().map_or("no receipt", Printable::as_str);
    format!(
        "  {}  {receipt:<36}  {DIM}sent {}, {}, {}{DIM:#}\n",
        letter.message_id,
        letter.sent.as_deref().unwrap_or("at an unknown time"),
        letter.received(),
        count(letter.bytes, "byte"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(seen: u64, about: u64) -> List {
        let mut list = List { about, max: 100, ..List::default() };
        for n in 0..seen {
            list.add(DeadLetter {
                message_id: format!("id-{n}").into(),
                receipt: None,
                caller: None,
                sent: None,
                receives: 1,
                worker_receives: None,
                was_moved: false,
                bytes: 1,
                reason: Reason::NOT_FILED,
            });
        }
        list
    }

    #[test]
    fn a_list_says_how_many_of_all_it_has_and_why_not_all() {
        let text = |seen, about| list(seen, about).text();
        assert!(text(3, 5).contains("seen 3 of about 5 dead letters"), "{}", text(3, 5));
        assert!(text(3, 5).contains("another receiver"), "{}", text(3, 5));
        assert!(text(100, 5_000).contains("seen 100 of about 5,000") && text(100, 5_000).contains("--max"));
        assert!(!text(5, 5).contains("receiver") && !text(5, 5).contains("--max"), "{}", text(5, 5));
    }

    #[test]
    fn more_can_be_seen_than_sqs_counted() {
        assert!(list(3, 1).text().contains("seen 3 of about 3"));
    }
}
