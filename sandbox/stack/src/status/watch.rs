//! What the events of a stack add up to.

use super::exposition::Exposition;
use super::history::{History, Sample};
use super::troubles::Troubles;
use crate::journal::Journal;
use sandbox_services::events::Event;
use sandbox_services::sqs::Sqs;
use std::collections::BTreeMap;
use std::time::SystemTime;

/// Everything that is known.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) since: SystemTime,
    pub(crate) journal: Journal,
    pub(crate) exposition: Exposition,
    pub(crate) history: History,
    /// How many requests were answered with each status.
    pub(crate) answers: BTreeMap<u16, u64>,
    pub(crate) stored: u64,
    pub(crate) functions: BTreeMap<String, Instances>,
    /// What the functions last said of a message that was not done.
    pub(crate) troubles: Troubles,
    /// Events that came too fast to be counted.
    pub(crate) missed: u64,
    /// What of the second that is not over yet.
    second: Sample,
}

/// The instances of a function.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    /// Those that run, by their process, and since when.
    pub(crate) running: BTreeMap<u32, SystemTime>,
    pub(crate) cold_starts: u64,
    /// How many ended by themselves or were killed at the timeout.
    pub(crate) ended: u64,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            since: SystemTime::now(),
            journal: Journal::default(),
            exposition: Exposition::default(),
            history: History::default(),
            answers: BTreeMap::new(),
            stored: 0,
            functions: BTreeMap::new(),
            troubles: Troubles::default(),
            missed: 0,
            second: Sample::default(),
        }
    }
}

impl Watch {
    pub(crate) fn record(&mut self, event: &Event, now: SystemTime) {
        self.journal.record(event, now);
        match event {
            Event::Answered { status, .. } => {
                *self.answers.entry(*status).or_default() += 1;
                match status {
                    ..400 => self.second.good += 1,
                    400..500 => self.second.refused += 1,
                    _ => self.second.failed += 1,
                }
            }
            Event::ObjectCreated { .. } => {
                self.stored += 1;
                self.second.stored += 1;
            }
            Event::InstanceStarted { function, process } => {
                let instances = self.functions.entry(function.clone()).or_default();
                instances.running.insert(*process, now);
                instances.cold_starts += 1;
            }
            Event::InstanceEnded { function, process, .. } => {
                let instances = self.functions.entry(function.clone()).or_default();
                instances.running.remove(process);
                instances.ended += 1;
            }
            Event::Logged { line, .. } => {
                if let Ok(line) = serde_json::from_str(line) {
                    self.exposition.record(&line);
                    self.troubles.record(&line);
                }
            }
            _ => {}
        }
    }

    /// Ends a second.
    pub(crate) fn sample(&mut self, sqs: &Sqs) {
        let mut sample = std::mem::take(&mut self.second);
        for queue in sqs.queues() {
            if sqs.dead_letter_sources(&queue).is_empty() {
                let counts = queue.counts();
                sample.waiting += counts.visible + counts.delayed;
                sample.in_flight += counts.in_flight;
            }
        }
        self.history.push(sample);
    }
}
