//! The report of `mailroom up` at its end: what became of the emails since its start.

use crate::journal::{EmailTrace, Stage, What};
use display_error_chain::DisplayErrorChain;
use email::BatchObject;
use sandbox::Stack;
use sandbox::events::Event;
use sandbox::services::StoreError;
use std::collections::BTreeSet;
use std::path::Path;
use terminal::style::{BOLD, DIM, WARNING};

/// Counted from the events of a stack.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    accepted: u64,
    stored: u64,
    duplicates: u64,
    discarded: u64,
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
    pub(crate) fn count(&mut self, event: &Event) {
        match event {
            Event::Answered { method, status: 200..300, .. } if method == "POST" => self.accepted += 1,
            Event::ObjectCreated { metadata, .. } => {
                let of_batch = metadata.get(BatchObject::EMAILS).and_then(|emails| emails.parse().ok());
                self.stored += of_batch.unwrap_or(1);
            }
            Event::QueuePurged { messages, .. } => self.discarded += *messages as u64,
            _ => {}
        }
    }

    /// Counts what no event tells by itself. One that was discarded may be sent again, or turn out to be stored.
    pub(crate) fn count_news(&mut self, trace: &EmailTrace) {
        if let [.., before, _] = trace.steps.as_slice()
            && before.what == What::Discarded
        {
            self.discarded = self.discarded.saturating_sub(1);
        }
        match trace.stage {
            Stage::Duplicate => self.duplicates += 1,
            Stage::Discarded => self.discarded += 1,
            _ => {}
        }
    }

    pub(crate) fn miss(&mut self, events: u64) {
        self.missed += events;
    }

    /// The report. `data` is the directory that keeps everything, if the stack has one, and whether it could be written.
    pub(crate) fn report(&self, queued: &Queued, data: Option<(&Path, Result<(), StoreError>)>) -> String {
        let least = if self.missed > 0 { "at least " } else { "" };
        let mut text = format!("{BOLD}{least}{} accepted, {} stored{BOLD:#}", self.accepted, self.stored);
        if self.duplicates > 0 {
            text += &format!(", {} duplicate{}", self.duplicates, plural(self.duplicates));
        }
        if self.discarded > 0 {
            text += &format!(", {} discarded", self.discarded);
        }
        let s = plural(queued.dead as u64);
        text += &format!(", {} still queued, {} dead letter{s}\n", queued.waiting, queued.dead);
        let left = queued.waiting + queued.dead;
        match data {
            _ if left == 0 => {}
            Some((data, Err(error))) => {
                text += &format!(
                    "{WARNING}{} may lack the latest of it: {}{WARNING:#}\n",
                    data.display(),
                    DisplayErrorChain::new(&error)
                );
            }
            Some((data, Ok(()))) => {
                text += &format!(
                    "{DIM}The next start with --data {} goes on with what is queued.{DIM:#}\n",
                    data.display()
                );
            }
            None => {
                text += &format!(
                    "{WARNING}Everything queued is lost with this stack; --data DIR keeps it.{WARNING:#}\n"
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

fn plural(count: u64) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{Journal, Queues, RECEIPT};
    use std::collections::BTreeMap;
    use std::time::{Duration, SystemTime};

    fn answered(method: &str, status: u16) -> Event {
        let (method, path) = (method.to_owned(), "/".to_owned());
        let (took, trace_id) = (Duration::ZERO, "t".to_owned());
        Event::Answered { method, path, user_agent: None, status, took, trace_id }
    }

    fn created() -> Event {
        let (bucket, key) = ("b".to_owned(), "k".to_owned());
        Event::ObjectCreated { bucket, key, bytes: 1, metadata: BTreeMap::new() }
    }

    fn sent(message_id: &str, receipt: &str) -> Event {
        let attributes = [(RECEIPT.to_owned(), receipt.to_owned())].into();
        let (queue, message_id) = ("mail".to_owned(), message_id.to_owned());
        Event::MessageSent { queue, message_id, trace_id: None, attributes }
    }

    fn deleted(queue: &str, message_id: &str, processed: bool) -> Event {
        Event::MessageDeleted { queue: queue.to_owned(), message_id: message_id.to_owned(), processed }
    }

    /// What `up` counts.
    fn tally(events: &[Event]) -> Tally {
        let mut journal = Journal::new(Queues::new([("mail".to_owned(), "dead".to_owned())]));
        let mut tally = Tally::default();
        for event in events {
            tally.count(event);
            if let Some(trace) = journal.record(event, SystemTime::now()) {
                tally.count_news(trace);
            }
        }
        tally
    }

    fn report(tally: &Tally, queued: &Queued, data: Option<&str>) -> String {
        anstream::adapter::strip_str(&tally.report(queued, data.map(|data| (Path::new(data), Ok(())))))
            .to_string()
    }

    #[test]
    fn posts_objects_duplicates_and_what_was_discarded_are_counted() {
        let receipt = "0198c0de-0000-7000-8000-000000000001";
        let dead = Event::MessageDeadLettered { queue: "mail".to_owned(), message_id: "bad".to_owned() };
        let tally = tally(&[
            answered("POST", 200),
            answered("POST", 200),
            answered("POST", 403),
            answered("GET", 200),
            created(),
            sent("again", receipt),
            deleted("mail", "again", true),
            sent("bad", "another"),
            dead,
            deleted("dead", "bad", false),
            deleted("mail", "unknown", false),
            Event::QueuePurged { queue: "dead".to_owned(), messages: 3 },
        ]);
        let report = report(&tally, &Queued::default(), None);
        assert_eq!(
            report,
            "2 accepted, 1 stored, 1 duplicate, 4 discarded, 0 still queued, 0 dead letters\n"
        );
    }

    #[test]
    fn a_batch_counts_as_its_emails() {
        let (bucket, key) = ("b".to_owned(), "k".to_owned());
        let metadata = [("emails".to_owned(), "3".to_owned())].into();
        let batch = Event::ObjectCreated { bucket, key, bytes: 1, metadata };
        assert_eq!(tally(&[batch, created()]).stored, 4);
    }

    #[test]
    fn one_that_was_discarded_and_is_sent_again_is_not_discarded() {
        let deleted = deleted("mail", "m", false);
        assert_eq!(tally(&[sent("m", "r"), deleted.clone()]).discarded, 1);
        assert_eq!(tally(&[sent("m", "r"), deleted, sent("m2", "r")]).discarded, 0);
    }

    #[test]
    fn a_directory_that_could_not_be_written_is_not_said_to_keep_everything() {
        let failed = Err(StoreError::Io(std::io::ErrorKind::StorageFull.into()));
        let report = tally(&[]).report(&Queued { waiting: 1, dead: 0 }, Some((Path::new("here"), failed)));
        assert!(report.contains("here may lack") && !report.contains("goes on"), "{report}");
    }

    #[test]
    fn a_tally_that_missed_events_says_at_least() {
        let mut tally = tally(&[]);
        tally.miss(3);
        assert!(report(&tally, &Queued::default(), None).starts_with("at least 0 accepted"));
    }

    #[test]
    fn queued_emails_are_kept_with_a_directory_and_lost_without() {
        let queued = Queued { waiting: 2, dead: 1 };
        let tally = tally(&[]);
        assert!(report(&tally, &queued, Some("here")).contains("2 still queued, 1 dead letter\n"));
        assert!(report(&tally, &queued, Some("here")).contains("--data here goes on"));
        assert!(report(&tally, &queued, None).contains("is lost"));
    }
}
