//! `api`: requests, instances, and the refusals of Lambda and SSM.

use super::count::{Bucket, Executions, RecentMost, ticks};
use super::scaling::Scaling;
use super::scenario::Scenario;
use super::tokens::TokenReads;

pub(super) struct Api {
    gateway: Option<Bucket>,
    scaling: Scaling,
    executions: Executions,
    tokens: TokenReads,
    cold_start: u64,
    /// Instances with tokens, and those of them that had requests in the last tick.
    warm: u64,
    busy: u64,
    /// An instance ends after some time without a request.
    recent: RecentMost,
}

/// The result of one tick, in requests unless it says otherwise.
#[derive(Default)]
pub(super) struct Answers {
    pub(super) accepted: u64,
    /// By the HTTP API's limit.
    pub(super) refused_by_gateway: u64,
    /// By Lambda: too many executions, too many requests a second, or too fast a growth.
    pub(super) refused_by_lambda: u64,
    /// With a 503, since `api` didn't get the tokens in time.
    pub(super) refused_without_tokens: u64,
    /// Instances at work.
    pub(super) instances: u64,
    pub(super) token_reads: u64,
    pub(super) throttled_reads: u64,
    /// In ticks.
    pub(super) longest_wait: u64,
}

impl Api {
    pub(super) fn new(scenario: &Scenario) -> Self {
        let lambda = &scenario.lambda;
        let gateway = scenario.gateway;
        Self {
            gateway: gateway.map(|limit| Bucket::new(limit.requests_per_second as f64, limit.burst)),
            scaling: Scaling::new(lambda),
            executions: Executions::of(scenario.api.request_seconds),
            tokens: TokenReads::new(scenario.ssm_reads_per_second, lambda.idle_seconds),
            cold_start: ticks(scenario.api.cold_start_seconds),
            warm: 0,
            busy: 0,
            recent: RecentMost::of(lambda.idle_seconds),
        }
    }

    /// `left`: the account's executions that `worker` leaves.
    pub(super) fn step(&mut self, now: u64, requests: u64, left: u64) -> Answers {
        let mut passed = requests;
        if let Some(limit) = &mut self.gateway {
            limit.refill();
            passed = limit.take(requests);
        }
        let reads = self.tokens.step(now, self.busy, self.warm);
        self.warm += reads.ready;
        let allowed = self.scaling.allowed(left);
        let taken = passed.min(self.scaling.requests(allowed));
        // Lambda queues no request: one that finds no free instance starts another.
        let warm = self.warm.min(allowed.saturating_sub(self.tokens.instances_waiting));
        let free = warm as f64 - self.executions.busy();
        let served = taken.min(self.executions.fit(free));
        let busy = self.executions.begin(served);
        let room = allowed.saturating_sub(busy + self.tokens.instances_waiting);
        let begun = (taken - served).min(room);
        let refused_at_once = self.tokens.begin(now, begun, self.cold_start);

        let instances = busy + self.tokens.instances_waiting;
        self.scaling.used(now, instances, served + begun);
        self.busy = busy;
        self.end_idle(now, instances);
        Answers {
            accepted: served + reads.ready,
            refused_by_gateway: requests - passed,
            refused_by_lambda: passed - served - begun,
            refused_without_tokens: refused_at_once + reads.refused,
            instances,
            token_reads: reads.asked,
            throttled_reads: reads.throttled,
            longest_wait: reads.longest_wait,
        }
    }

    /// Requests that wait for their instance.
    pub(super) fn waiting(&self) -> u64 {
        self.tokens.instances_waiting
    }

    fn end_idle(&mut self, now: u64, in_use: u64) {
        self.recent.push(now, in_use);
        let ended = self.warm.saturating_sub(self.recent.most());
        self.warm -= ended;
        self.tokens.ended(ended);
    }
}
