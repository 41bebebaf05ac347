//! `worker`: pollers that gather batches, and what becomes of a batch.

use super::count::{Executions, Fractions, RecentMost, share, ticks};
use super::queue::{Messages, Queue, take_alike};
use super::s3::Writes;
use super::scenario::{self, Scenario, TICKS_PER_SECOND};
use std::collections::BTreeMap;

/// The time in which pollers that had nothing to do end. AWS states none.
const POLLERS_END_AFTER_SECONDS: u64 = 60;

/// Batches of one tick, whose emails are being written.
struct Batches {
    received: u64,
    batches: u64,
    attempts: u8,
    emails: Vec<Messages>,
}

pub(super) struct Worker {
    settings: scenario::Worker,
    attempts: u8,
    pollers: u64,
    growth: Fractions,
    recent: RecentMost,
    executions: Executions,
    under_way: BTreeMap<u64, Vec<Batches>>,
    /// Batches that take longer, because S3 refused a write.
    retrying: u64,
    pub(super) refused_writes: u64,
    pub(super) batches: u64,
}

impl Worker {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let settings = scenario.worker;
        Self {
            settings,
            attempts: scenario.s3.attempts,
            pollers: settings.first_pollers.min(settings.concurrency),
            growth: Fractions::default(),
            recent: RecentMost::of(POLLERS_END_AFTER_SECONDS),
            executions: Executions::of(settings.batch_seconds),
            under_way: BTreeMap::new(),
            retrying: 0,
            refused_writes: 0,
            batches: 0,
        }
    }

    /// Writes what is due, and invokes the function with new batches. Returns the instances at work. `left`: the
    /// account's executions that `api` leaves.
    pub(super) fn step(&mut self, now: u64, queue: &mut Queue, s3: Option<&mut Writes>, left: u64) -> u64 {
        self.write(now, queue, s3);
        let most = self.pollers.min(left);
        let free = most as f64 - self.executions.busy() - self.retrying as f64;
        let batches = self.gather(now, queue, self.executions.fit(free));
        let instances = self.executions.begin(batches) + self.retrying;
        self.batches += batches;
        self.scale(now, instances, queue.receivable() >= self.settings.batch);
        instances
    }

    /// Receives full batches, and one that is not full if its time is over. Returns how many.
    ///
    /// A belief: pollers fill one batch after the other. If each fills its own, a low rate makes more and smaller ones.
    fn gather(&mut self, now: u64, queue: &mut Queue, most: u64) -> u64 {
        let size = self.settings.batch;
        let mut batches = most.min(queue.receivable() / size);
        let mut emails = queue.receive(now, batches * size);
        let window = self.settings.window_seconds * TICKS_PER_SECOND;
        let is_over = queue.visible_since().is_some_and(|since| since + window <= now);
        if batches < most && is_over && queue.receivable() > 0 {
            emails.extend(queue.receive(now, queue.receivable().min(size)));
            batches += 1;
        }
        if emails.is_empty() {
            return 0;
        }
        let done = now + ticks(self.settings.batch_seconds);
        let attempt = Batches { received: now, batches, attempts: 0, emails };
        self.under_way.entry(done).or_default().push(attempt);
        batches
    }

    /// Writes the emails of the batches that are due. `worker` tries a refused write again, and then gives its email back.
    fn write(&mut self, now: u64, queue: &mut Queue, mut s3: Option<&mut Writes>) {
        for mut due in self.under_way.remove(&now).unwrap_or_default() {
            if due.attempts > 0 {
                self.retrying -= due.batches;
            }
            let emails: u64 = due.emails.iter().map(|emails| emails.count).sum();
            let writes = if self.settings.one_object_per_batch { due.batches } else { emails };
            let taken = s3.as_mut().map_or(0, |s3| s3.take(now, writes));
            self.refused_writes += writes - taken;
            due.attempts += 1;
            queue.delete(&take_alike(&mut due.emails, share(emails, taken, writes)));
            if due.emails.is_empty() {
            } else if due.attempts == self.attempts {
                queue.give_back(due.received, now, due.emails);
            } else {
                // The SDK waits up to 100 ms, and then up to 200.
                due.batches = due.batches.min(writes - taken);
                self.retrying += due.batches;
                self.under_way.entry(now + 1).or_default().push(due);
            }
        }
    }

    /// Lambda adds pollers while messages are left, and falls back to the first ones ("Configuring scaling behavior for
    /// SQS event source mappings"). Failed emails slow nothing down: the function reports them one by one ("Handling
    /// errors for an SQS event source in Lambda").
    fn scale(&mut self, now: u64, instances: u64, are_left: bool) {
        self.recent.push(now, instances);
        if are_left {
            let a_tick = self.settings.pollers_per_minute as f64 / (60 * TICKS_PER_SECOND) as f64;
            self.pollers += self.growth.next(a_tick);
        } else {
            let first = self.settings.first_pollers;
            self.pollers = self.pollers.min(self.recent.most().max(first));
        }
        self.pollers = self.pollers.min(self.settings.concurrency);
    }
}
