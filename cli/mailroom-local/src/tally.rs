//! The report of `mailroom up` at its end: what became of the emails since its start.

use crate::journal::{EmailTrace, RECEIPT, Stage};
use sandbox::Stack;
use sandbox::events::Event;
use std::collections::BTreeSet;
use std::path::Path;
use terminal::style::{BOLD, DIM, WARNING};

/// Counted from the events of a stack.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    accepted: u64,
    stored: u64,
    stored_before: u64,
    /// Events that came too fast to be counted.
    missed: u64,
}

/// The messages of the queues at one moment.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Queued {
    waiting: usize,
    dead: usize,
}

impl Tally {
    /// Counts an event, which ended this email if it did.
    pub(crate) fn count(&mut self, event: &Event, ended: Option<&EmailTrace>) {
        match event {
            Event::Answered { method, status: 200..300, .. } if method == "POST" => self.accepted += 1,
            Event::ObjectCreated { metadata, .. } if metadata.contains_key(RECEIPT) => self.stored += 1,
            _ if ended.is_some_and(|trace| trace.stage == Stage::Deleted) => self.stored_before += 1,
            _ => {}
        }
    }

    pub(crate) fn miss(&mut self, events: u64) {
        self.missed += events;
    }

    /// The report. `data` is the directory that keeps what is queued, if there is one.
    pub(crate) fn report(&self, queued: &Queued, data: Option<&Path>) -> String {
        let least = if self.missed > 0 { "at least " } else { "" };
        let mut text = format!("{BOLD}{least}{} accepted, {} stored{BOLD:#}", self.accepted, self.stored);
        if self.stored_before > 0 {
            text += &format!(", {} stored before", self.stored_before);
        }
        text += &format!(", {} still queued, {} dead letters\n", queued.waiting, queued.dead);
        let left = queued.waiting + queued.dead;
        match data {
            _ if left == 0 => {}
            Some(data) => {
                text += &format!(
                    "{DIM}The next start with --data {} goes on with what is queued.{DIM:#}\n",
                    data.display()
                );
            }
            None => {
                text += &format!(
                    "{WARNING}What was queued is lost with this stack: --data DIR keeps it.{WARNING:#}\n"
                );
            }
        }
        text
    }
}

impl Queued {
    /// The queues that the template maps to functions, and their dead-letter queues.
    pub(crate) fn now(stack: &Stack) -> Self {
        let sqs = stack.aws().sqs();
        let names = stack.template().queues.iter().map(|queue| queue.name.as_str());
        let queues: Vec<_> = names.filter_map(|name| sqs.queue(name)).collect();
        let dead: BTreeSet<_> = queues
            .iter()
            .filter_map(|queue| queue.dead_letter_queue().map(|dead| dead.name().to_owned()))
            .collect();
        let mut queued = Self::default();
        for queue in queues {
            let counts = queue.counts();
            let messages = counts.visible + counts.in_flight + counts.delayed;
            if dead.contains(queue.name()) {
                queued.dead += messages;
            } else {
                queued.waiting += messages;
            }
        }
        queued
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn answered(method: &str, status: u16) -> Event {
        let (method, path) = (method.to_owned(), "/".to_owned());
        Event::Answered { method, path, status, took: Duration::ZERO, trace_id: "t".to_owned() }
    }

    fn created(metadata: BTreeMap<String, String>) -> Event {
        Event::ObjectCreated { bucket: "b".to_owned(), key: "k".to_owned(), bytes: 1, metadata }
    }

    fn report(tally: &Tally, queued: &Queued, data: Option<&str>) -> String {
        anstream::adapter::strip_str(&tally.report(queued, data.map(Path::new))).to_string()
    }

    #[test]
    fn posts_that_were_answered_200_and_objects_with_a_receipt_are_counted() {
        let mut tally = Tally::default();
        let receipt = BTreeMap::from([(RECEIPT.to_owned(), "r".to_owned())]);
        for event in [
            answered("POST", 200),
            answered("POST", 403),
            answered("GET", 200),
            created(receipt),
            created(BTreeMap::new()),
        ] {
            tally.count(&event, None);
        }
        let report = report(&tally, &Queued::default(), None);
        assert_eq!(report, "1 accepted, 1 stored, 0 still queued, 0 dead letters\n");
    }

    #[test]
    fn a_tally_that_missed_events_says_at_least() {
        let mut tally = Tally::default();
        tally.miss(3);
        assert!(report(&tally, &Queued::default(), None).starts_with("at least 0 accepted"));
    }

    #[test]
    fn what_is_left_is_kept_with_a_directory_and_lost_without() {
        let queued = Queued { waiting: 2, dead: 1 };
        let tally = Tally::default();
        assert!(report(&tally, &queued, Some("here")).contains("2 still queued, 1 dead letters"));
        assert!(report(&tally, &queued, Some("here")).contains("--data here goes on"));
        assert!(report(&tally, &queued, None).contains("is lost"));
    }
}
