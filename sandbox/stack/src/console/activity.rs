//! Counts, history and latest events of a stack.

use super::metrics::Metrics;
use sandbox_services::events::Event;
use sandbox_services::sqs::Sqs;
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

/// How many samples each history keeps: five minutes of seconds, and an hour of ten seconds each.
const SECONDS: usize = 300;
const TENS: usize = 360;
pub(crate) const TEN: u64 = 10;
/// How many requests and how many objects are kept.
const LATEST: usize = 1_000;

#[derive(Debug)]
pub(crate) struct Activity {
    pub(crate) since: SystemTime,
    pub(crate) metrics: Metrics,
    /// How many requests were answered with each status.
    pub(crate) answers: BTreeMap<u16, u64>,
    pub(crate) stored: u64,
    /// The latest first, as are the objects.
    pub(crate) requests: VecDeque<(SystemTime, Event)>,
    pub(crate) objects: VecDeque<(SystemTime, Event)>,
    pub(crate) functions: BTreeMap<String, Instances>,
    /// Second by second, the oldest first.
    pub(crate) seconds: VecDeque<Sample>,
    /// The same in steps of ten seconds, the last of which is not over yet.
    pub(crate) tens: VecDeque<Sample>,
    /// How many seconds were sampled.
    sampled: u64,
    /// Events that came too fast to be counted.
    pub(crate) missed: u64,
    /// The second that is not over yet.
    second: Sample,
}

/// The instances of a function.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    /// Those that run, by their process id, and since when.
    pub(crate) running: BTreeMap<u32, SystemTime>,
    pub(crate) cold_starts: u64,
    /// How many ended by themselves or were killed at the timeout.
    pub(crate) ended: u64,
}

/// One second, or ten of them.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Sample {
    /// Requests that were answered with 2xx or 3xx, 4xx and 5xx.
    good: u64,
    refused: u64,
    failed: u64,
    stored: u64,
    /// The messages at its end, without those of dead-letter queues: visible or delayed, and in flight.
    waiting: usize,
    in_flight: usize,
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            since: SystemTime::now(),
            metrics: Metrics::default(),
            answers: BTreeMap::new(),
            stored: 0,
            requests: VecDeque::new(),
            objects: VecDeque::new(),
            functions: BTreeMap::new(),
            seconds: VecDeque::new(),
            tens: VecDeque::new(),
            sampled: 0,
            missed: 0,
            second: Sample::default(),
        }
    }
}

impl Activity {
    pub(crate) fn record(&mut self, event: &Event, now: SystemTime) {
        match event {
            Event::Answered { status, .. } => {
                *self.answers.entry(*status).or_default() += 1;
                match status {
                    ..400 => self.second.good += 1,
                    400..500 => self.second.refused += 1,
                    _ => self.second.failed += 1,
                }
                self.requests.push_front((now, event.clone()));
                self.requests.truncate(LATEST);
            }
            Event::ObjectCreated { .. } => {
                self.stored += 1;
                self.second.stored += 1;
                self.objects.push_front((now, event.clone()));
                self.objects.truncate(LATEST);
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
                    self.metrics.record(&line);
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
        self.push(sample);
    }

    fn push(&mut self, sample: Sample) {
        let begins = self.sampled.is_multiple_of(TEN);
        self.sampled += 1;
        push(&mut self.seconds, sample, SECONDS);
        match self.tens.back_mut() {
            Some(ten) if !begins => ten.add(sample),
            _ => push(&mut self.tens, sample, TENS),
        }
    }
}

fn push(history: &mut VecDeque<Sample>, sample: Sample, most: usize) {
    if history.len() == most {
        history.pop_front();
    }
    history.push_back(sample);
}

impl Sample {
    /// The time of both, with the messages at the end of the later one.
    fn add(&mut self, later: Self) {
        *self = Self {
            good: self.good + later.good,
            refused: self.refused + later.refused,
            failed: self.failed + later.failed,
            stored: self.stored + later.stored,
            ..later
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_bounded_and_the_oldest_goes_first() {
        let mut activity = Activity::default();
        for number in 0..=LATEST as u64 {
            let key = number.to_string();
            let object =
                Event::ObjectCreated { bucket: "b".to_owned(), key, bytes: 1, metadata: BTreeMap::new() };
            activity.record(&object, SystemTime::now());
            activity.push(Sample { good: number, ..Sample::default() });
        }
        assert_eq!((activity.seconds.len(), activity.seconds[0].good), (SECONDS, 701));
        let Event::ObjectCreated { key, .. } = &activity.objects[0].1 else { panic!() };
        assert_eq!((activity.objects.len(), key.as_str()), (LATEST, "1000"));
    }

    #[test]
    fn the_history_of_an_hour_adds_up_ten_seconds_at_a_time() {
        let mut activity = Activity::default();
        for waiting in 1..=10 * TENS + 12 {
            activity.push(Sample { good: 1, waiting, ..Sample::default() });
        }
        let good = |place: usize| activity.tens[place].good;
        assert_eq!((activity.tens.len(), good(0), good(TENS - 2), good(TENS - 1)), (TENS, 10, 10, 2));
        assert_eq!((activity.tens[0].waiting, activity.tens[TENS - 1].waiting), (30, 3_612));
    }
}
