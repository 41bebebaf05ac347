//! The result of a simulated day.

use super::api::{Answers, Api};
use super::queue::Queue;
use super::s3::Writes;
use super::scenario::{Scenario, TICKS_PER_SECOND};
use super::worker::Worker;
use serde::Serialize;

/// Emails, unless a name says otherwise. Once released, names stay.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Day {
    pub(crate) sent: u64,
    pub(crate) accepted: u64,
    pub(crate) refused: Refused,
    /// Requests that wait for an answer at the end of the day, in emails.
    pub(crate) unanswered: u64,
    pub(crate) stored: u64,
    pub(crate) dead: u64,
    /// SQS deleted them when their retention was over: they are lost.
    pub(crate) expired: u64,
    /// In the queue at the end of the day.
    pub(crate) queued: u64,
    pub(crate) largest_backlog: u64,
    pub(crate) largest_backlog_second: u64,
    pub(crate) oldest_seconds: u64,
    pub(crate) most_in_flight: u64,
    /// The last second in which an email was older than a batching window and a batch explain.
    pub(crate) last_late_second: Option<u64>,
    pub(crate) longest_wait_seconds: f64,
    pub(crate) most_api_instances: u64,
    pub(crate) most_worker_instances: u64,
    pub(crate) batches: u64,
    pub(crate) token_reads: u64,
    pub(crate) throttled_token_reads: u64,
    pub(crate) refused_writes: u64,
    pub(crate) partitions: u64,
    #[serde(skip)]
    pub(crate) minutes: Vec<Minute>,
}

/// Emails in requests that were refused, by the reason.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Refused {
    pub(crate) by_gateway: u64,
    pub(crate) by_lambda: u64,
    pub(crate) without_tokens: u64,
}

/// The largest values of a minute, and its refusals.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Minute {
    pub(crate) backlog: u64,
    pub(crate) oldest_seconds: u64,
    pub(crate) refused: Refused,
    pub(crate) api_instances: u64,
    pub(crate) worker_instances: u64,
}

impl Refused {
    pub(crate) fn total(self) -> u64 {
        self.by_gateway + self.by_lambda + self.without_tokens
    }

    fn add(&mut self, answers: &Answers, each: u64) {
        self.by_gateway += answers.refused_by_gateway * each;
        self.by_lambda += answers.refused_by_lambda * each;
        self.without_tokens += answers.refused_without_tokens * each;
    }
}

impl Day {
    pub(super) fn note(
        &mut self,
        now: u64,
        requests: u64,
        answers: &Answers,
        workers: u64,
        queue: &Queue,
        scenario: &Scenario,
    ) {
        let each = scenario.emails_per_request;
        let (backlog, oldest) = (queue.backlog(), queue.oldest_seconds(now));
        self.sent += requests * each;
        self.accepted += answers.accepted * each;
        self.refused.add(answers, each);
        if backlog > self.largest_backlog {
            (self.largest_backlog, self.largest_backlog_second) = (backlog, now / TICKS_PER_SECOND);
        }
        self.oldest_seconds = self.oldest_seconds.max(oldest);
        self.most_in_flight = self.most_in_flight.max(queue.in_flight);
        if oldest > scenario.usual_age_seconds() {
            self.last_late_second = Some(now / TICKS_PER_SECOND);
        }
        self.longest_wait_seconds =
            self.longest_wait_seconds.max(answers.longest_wait as f64 / TICKS_PER_SECOND as f64);
        self.most_api_instances = self.most_api_instances.max(answers.instances);
        self.most_worker_instances = self.most_worker_instances.max(workers);
        self.token_reads += answers.token_reads;
        self.throttled_token_reads += answers.throttled_reads;

        if now.is_multiple_of(60 * TICKS_PER_SECOND) {
            self.minutes.push(Minute::default());
        }
        if let Some(minute) = self.minutes.last_mut() {
            minute.backlog = minute.backlog.max(backlog);
            minute.oldest_seconds = minute.oldest_seconds.max(oldest);
            minute.refused.add(answers, each);
            minute.api_instances = minute.api_instances.max(answers.instances);
            minute.worker_instances = minute.worker_instances.max(workers);
        }
    }

    pub(super) fn end(
        &mut self,
        scenario: &Scenario,
        api: &Api,
        queue: &Queue,
        worker: &Worker,
        s3: &Writes,
    ) {
        self.unanswered = api.waiting() * scenario.emails_per_request;
        (self.stored, self.dead, self.expired) = (queue.stored, queue.dead, queue.expired);
        self.queued = queue.backlog();
        (self.batches, self.refused_writes) = (worker.batches, worker.refused_writes);
        self.partitions = s3.partitions;
    }
}
