//! The report of `mailroom up` at its end: what became of the emails since its start.

use display_error_chain::DisplayErrorChain;
use sandbox::Stack;
use sandbox::events::Event;
use sandbox::services::StoreError;
use std::collections::BTreeSet;
use std::path::Path;
use terminal::style::{BOLD, DIM, WARNING};

/// Counted from the events of a stack.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Those that the template maps to a function.
    queues: BTreeSet<String>,
    accepted: u64,
    stored: u64,
    done: u64,
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
    pub(crate) fn of(stack: &Stack) -> Self {
        Self::new(stack.template().mappings.iter().map(|mapping| mapping.queue.clone()))
    }

    pub(crate) fn new(queues: impl IntoIterator<Item = String>) -> Self {
        Self { queues: queues.into_iter().collect(), accepted: 0, stored: 0, done: 0, missed: 0 }
    }

    pub(crate) fn count(&mut self, event: &Event) {
        match event {
            Event::Answered { method, status: 200..300, .. } if method == "POST" => self.accepted += 1,
            Event::ObjectCreated { .. } => self.stored += 1,
            Event::MessageDeleted { queue, .. } if self.queues.contains(queue) => self.done += 1,
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
        // The worker deletes a message without a new object if the same email was stored before.
        let stored_before = self.done.saturating_sub(self.stored);
        if stored_before > 0 {
            text += &format!(", {stored_before} stored before");
        }
        let s = if queued.dead == 1 { "" } else { "s" };
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::time::Duration;

    fn answered(method: &str, status: u16) -> Event {
        let (method, path) = (method.to_owned(), "/".to_owned());
        Event::Answered { method, path, status, took: Duration::ZERO, trace_id: "t".to_owned() }
    }

    fn created() -> Event {
        let (bucket, key) = ("b".to_owned(), "k".to_owned());
        Event::ObjectCreated { bucket, key, bytes: 1, metadata: BTreeMap::new() }
    }

    fn deleted(queue: &str) -> Event {
        Event::MessageDeleted { queue: queue.to_owned(), message_id: "m".to_owned() }
    }

    fn tally() -> Tally {
        Tally::new(["mail".to_owned()])
    }

    fn report(tally: &Tally, queued: &Queued, data: Option<&str>) -> String {
        anstream::adapter::strip_str(&tally.report(queued, data.map(|data| (Path::new(data), Ok(())))))
            .to_string()
    }

    #[test]
    fn posts_objects_and_messages_without_a_new_object_are_counted() {
        let mut tally = tally();
        for event in [
            answered("POST", 200),
            answered("POST", 200),
            answered("POST", 403),
            answered("GET", 200),
            created(),
            deleted("mail"),
            deleted("mail"),
            deleted("dead"),
        ] {
            tally.count(&event);
        }
        let report = report(&tally, &Queued::default(), None);
        assert_eq!(report, "2 accepted, 1 stored, 1 stored before, 0 still queued, 0 dead letters\n");
    }

    #[test]
    fn a_directory_that_could_not_be_written_is_not_said_to_keep_everything() {
        let failed = Err(StoreError::Io(std::io::ErrorKind::StorageFull.into()));
        let report = tally().report(&Queued { waiting: 1, dead: 0 }, Some((Path::new("here"), failed)));
        assert!(report.contains("here may lack") && !report.contains("goes on"), "{report}");
    }

    #[test]
    fn a_tally_that_missed_events_says_at_least() {
        let mut tally = tally();
        tally.miss(3);
        assert!(report(&tally, &Queued::default(), None).starts_with("at least 0 accepted"));
    }

    #[test]
    fn queued_emails_are_kept_with_a_directory_and_lost_without() {
        let queued = Queued { waiting: 2, dead: 1 };
        let tally = tally();
        assert!(report(&tally, &queued, Some("here")).contains("2 still queued, 1 dead letter\n"));
        assert!(report(&tally, &queued, Some("here")).contains("--data here goes on"));
        assert!(report(&tally, &queued, None).contains("is lost"));
    }
}
