//! How long something takes.

use super::definition::Timing;
use super::invocation::Metrics;
use tokio::time::Instant;

/// Measures until it is dropped, and so also what the deadline cuts off.
#[must_use = "it measures until it is dropped"]
pub struct Timer<'a> {
    metrics: &'a Metrics,
    timing: Timing,
    started: Instant,
}

impl<'a> Timer<'a> {
    pub(crate) fn start(metrics: &'a Metrics, timing: Timing) -> Self {
        Self { metrics, timing, started: Instant::now() }
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.metrics.observe(self.timing, self.started.elapsed());
    }
}
