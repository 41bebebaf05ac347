//! Some letters, or all without SQS's move task: each is sent, confirmed, and only then deleted.

use super::super::ended::tell;
use super::super::{Ended, Interrupt, Only, Reason, Search};
use super::transfer::{TransferError, transfer};
use crate::report::{Output, Report, count, grouped};
use crate::system::{Depth, System};
use anyhow::Result;
use aws_sdk_sqs::types::Message;
use futures::future::join_all;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use terminal::Outcome;
use terminal::style::{BOLD, GOOD, WARNING};

/// What became of the letters.
#[derive(Serialize)]
struct OneByOne {
    stack: String,
    way: &'static str,
    moved: u64,
    /// In both queues now: sent, and not deleted.
    not_deleted: u64,
    /// What was not asked for and stays, by reason.
    kept: BTreeMap<Reason, u64>,
    /// Moved, and dead again meanwhile.
    came_back: u64,
    /// About how many are in the dead-letter queue now.
    left: u64,
    ended: Ended,
    /// The message ids of those that were moved.
    #[serde(skip)]
    sent: HashSet<String>,
}

pub(crate) async fn run(system: &System, only: Option<Only>, output: &Output) -> Result<Outcome> {
    let mut done = OneByOne::new(&system.name);
    let interrupt = Interrupt::listen()?;
    let mut search = Search::begin(system, &interrupt);
    let worked = done.work(system, &mut search, only).await;
    done.ended = search.end(&worked).await;
    let left = Depth::of(system, &system.outputs.dead_letter_queue_url).await;
    done.left = left.as_ref().map_or(0, |depth| depth.all());
    tell(&done, output, worked.and(left.map(|_| ())))
}

impl OneByOne {
    fn new(stack: &str) -> Self {
        Self {
            stack: stack.to_owned(),
            way: "one_by_one",
            moved: 0,
            not_deleted: 0,
            kept: BTreeMap::new(),
            came_back: 0,
            left: 0,
            ended: Ended::Done,
            sent: HashSet::new(),
        }
    }

    async fn work(&mut self, system: &System, search: &mut Search<'_>, only: Option<Only>) -> Result<()> {
        loop {
            let mut messages = search.next(usize::MAX).await?;
            if messages.is_empty() {
                return Ok(());
            }
            messages.retain(|message| self.is_meant(message, only));
            let transfers = messages.iter().map(|message| transfer(system, message));
            let Some(transferred) = search.finish(join_all(transfers)).await else { return Ok(()) };
            let mut failure = None;
            for (message, transferred) in messages.iter().zip(transferred) {
                match transferred {
                    Ok(message_id) => {
                        search.gone(message);
                        self.sent.insert(message_id);
                        self.moved += 1;
                    }
                    Err(error) => {
                        self.not_deleted += u64::from(matches!(error, TransferError::Undeleted(_)));
                        failure = Some(error);
                    }
                }
            }
            search.bar.set_message(format!("{} moved", grouped(self.moved)));
            if let Some(failure) = failure {
                return Err(failure.into());
            }
        }
    }

    /// Whether a letter is to be moved. One that this run has moved and that is dead again stays, or it would go round
    /// and round.
    fn is_meant(&mut self, message: &Message, only: Option<Only>) -> bool {
        let reason = Reason::of(message.body().unwrap_or_default());
        if self.sent.contains(message.message_id().unwrap_or_default()) {
            self.came_back += 1;
            return false;
        }
        let meant = only.is_none_or(|only| only.takes(reason));
        if !meant {
            *self.kept.entry(reason).or_default() += 1;
        }
        meant
    }
}

impl Report for OneByOne {
    fn text(&self) -> String {
        let moved = count(self.moved, "dead letter");
        let mut text = format!("{BOLD}{}{BOLD:#}: {GOOD}{moved} moved to the queue{GOOD:#}\n", self.stack);
        for (reason, number) in &self.kept {
            text += &format!("  {} kept: {reason}\n", grouped(*number));
        }
        if self.not_deleted > 0 {
            let number = grouped(self.not_deleted);
            text += &format!(
                "  {WARNING}{number} in both queues{WARNING:#}: sent, but not deleted; filed once\n"
            );
        }
        if self.came_back > 0 {
            let number = grouped(self.came_back);
            text += &format!("  {WARNING}{number} came back dead{WARNING:#}: the cause is not gone\n");
        }
        text += &format!("About {} in the dead-letter queue now.\n", grouped(self.left));
        text + self.ended.text()
    }

    fn outcome(&self) -> Outcome {
        match self.ended {
            Ended::Done if self.came_back > 0 => Outcome::ProblemsFound,
            ended => ended.outcome(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(id: &str) -> Message {
        Message::builder().message_id(id).body("no email").build()
    }

    #[test]
    fn a_letter_that_comes_back_dead_meanwhile_does_not_go_round_and_round() {
        let mut done = OneByOne::new("prod");
        assert!(done.is_meant(&message("first"), Some(Only::Poison)));
        done.sent.insert("second".to_owned());
        assert!(!done.is_meant(&message("second"), Some(Only::Poison)));
        assert_eq!((done.came_back, done.outcome()), (1, Outcome::ProblemsFound));
        assert!(done.text().contains("1 came back dead"), "{}", done.text());
    }

    #[test]
    fn what_is_not_asked_for_is_kept_and_counted() {
        let mut done = OneByOne::new("prod");
        assert!(!done.is_meant(&message("a"), Some(Only::Reason(Reason::NOT_FILED))));
        assert!(done.is_meant(&message("a"), None));
        assert_eq!((done.kept.values().sum::<u64>(), done.outcome()), (1, Outcome::Success));
    }
}
