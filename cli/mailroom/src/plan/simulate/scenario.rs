//! The day to simulate, in plain numbers.

use super::count::whole_up;
use serde::Serialize;

/// The steps of a second.
pub(super) const TICKS_PER_SECOND: u64 = 10;
pub(super) const SECONDS_PER_DAY: u64 = 24 * 60 * 60;

/// The emails that arrive, the settings of the system, and the limits of AWS.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Scenario {
    pub(crate) emails_per_second: f64,
    /// Emails in one request: 1, or more with the batch endpoint.
    pub(crate) emails_per_request: u64,
    pub(crate) bursts: Vec<Burst>,
    /// S3 answers every write with a 503 meanwhile.
    pub(crate) outage: Option<Span>,
    pub(crate) api: Api,
    /// The HTTP API's limit; a load balancer has none.
    pub(crate) gateway: Option<Gateway>,
    pub(crate) lambda: Lambda,
    /// SSM's reads for the account.
    pub(crate) ssm_reads_per_second: u64,
    pub(crate) queue: Queue,
    pub(crate) worker: Worker,
    pub(crate) s3: S3,
}

/// A time of the day, in seconds after midnight.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Span {
    pub(crate) from_second: u64,
    pub(crate) for_seconds: u64,
}

/// So many times the usual rate.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Burst {
    pub(crate) span: Span,
    pub(crate) times: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Api {
    pub(crate) request_seconds: f64,
    /// From the start of an instance to its first read of the tokens.
    pub(crate) cold_start_seconds: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Gateway {
    pub(crate) requests_per_second: u64,
    pub(crate) burst: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Lambda {
    /// Concurrent executions of the account.
    pub(crate) concurrency: u64,
    /// Instances that a function may add every ten seconds.
    pub(crate) scaling_per_10_seconds: u64,
    /// Requests a second for each concurrent execution.
    pub(crate) requests_per_second_each: u64,
    /// An instance without a request ends after this time. AWS states none.
    pub(crate) idle_seconds: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Queue {
    pub(crate) visibility_seconds: u64,
    /// A message that was received so often moves to the dead-letter queue at its next receive.
    pub(crate) receives: u8,
    pub(crate) retention_seconds: u64,
    pub(crate) in_flight: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Worker {
    /// `WorkerConcurrency`.
    pub(crate) concurrency: u64,
    /// Emails in a full batch: `WorkerBatchSize`, or as many as fit into an event.
    pub(crate) batch: u64,
    pub(crate) window_seconds: u64,
    /// The time of a full batch.
    pub(crate) batch_seconds: f64,
    pub(crate) one_object_per_batch: bool,
    /// Concurrent batches at first, and when little comes.
    pub(crate) first_pollers: u64,
    pub(crate) pollers_per_minute: u64,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct S3 {
    pub(crate) writes_per_second_each: u64,
    pub(crate) partitions: u64,
    /// The overload after which S3 has twice as many partitions.
    pub(crate) split_seconds: u64,
    /// Attempts at a write, including the first.
    pub(crate) attempts: u8,
}

impl Span {
    pub(super) fn contains(self, tick: u64) -> bool {
        let from = self.from_second * TICKS_PER_SECOND;
        (from..from + self.for_seconds * TICKS_PER_SECOND).contains(&tick)
    }
}

impl Scenario {
    pub(super) fn requests_per_tick(&self, tick: u64) -> f64 {
        let burst =
            self.bursts.iter().find(|burst| burst.span.contains(tick)).map_or(1.0, |burst| burst.times);
        self.emails_per_second * burst / self.emails_per_request as f64 / TICKS_PER_SECOND as f64
    }

    /// The age that an email reaches although nothing is wrong: a batching window, a batch, and a second of rounding.
    pub(super) fn usual_age_seconds(&self) -> u64 {
        self.worker.window_seconds + whole_up(self.worker.batch_seconds) + 1
    }
}
