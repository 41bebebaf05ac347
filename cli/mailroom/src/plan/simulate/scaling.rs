//! How far Lambda lets a function grow.

use super::count::{Bucket, RecentMost};
use super::scenario::Lambda;

/// The limits of one function, in concurrent executions. Lambda counts a request of less than 100 ms as if it took 100:
/// it takes ten requests a second for each execution ("Understanding Lambda function scaling"), in a tick of a tenth of a
/// second one.
pub(super) struct Scaling {
    /// Lambda grants this much every ten seconds, refills it continuously and saves up no more ("Lambda scaling
    /// behavior").
    growth: Bucket,
    /// A belief: instances that had work this recently are there at once, and so is their number of requests.
    recent: RecentMost,
    requests_each: u64,
}

impl Scaling {
    pub(super) fn new(lambda: &Lambda) -> Self {
        let per_10_seconds = lambda.scaling_per_10_seconds;
        Self {
            growth: Bucket::new(per_10_seconds as f64 / 10.0, per_10_seconds),
            recent: RecentMost::of(lambda.idle_seconds),
            requests_each: lambda.requests_per_second_each,
        }
    }

    /// The executions that the function may have now, if the account has this many left.
    pub(super) fn allowed(&mut self, left: u64) -> u64 {
        self.growth.refill();
        left.min(self.recent.most() + self.growth.left())
    }

    /// The requests of one tick that so many executions may take.
    pub(super) fn requests(&self, executions: u64) -> u64 {
        executions * self.requests_each / super::scenario::TICKS_PER_SECOND
    }

    /// Notes what this tick used: instances, and requests.
    pub(super) fn used(&mut self, now: u64, instances: u64, requests: u64) {
        let by_requests = (requests * super::scenario::TICKS_PER_SECOND).div_ceil(self.requests_each.max(1));
        let used = instances.max(by_requests);
        self.growth.take(used.saturating_sub(self.recent.most()));
        self.recent.push(now, used);
    }
}
