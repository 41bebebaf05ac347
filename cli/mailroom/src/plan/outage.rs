//! An outage of S3, which refuses every write meanwhile.

use super::facts::REDRIVE;
use super::simulate::{Scenario, whole_up};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Outage {
    pub(crate) seconds: u64,
    /// Emails that wait in the queue at its end.
    pub(crate) backlog: u64,
    /// Emails that have used up their receives.
    pub(crate) dead_letters: u64,
    /// Until the queue holds no more than usual. Nothing if more arrives than is stored.
    pub(crate) recovery_seconds: Option<u64>,
    /// `mailroom dlq redrive`, at SQS's highest rate.
    pub(crate) redrive_seconds: u64,
    /// Emails that SQS deletes at most, since they are older than `MessageRetention`.
    pub(crate) lost_at_most: u64,
}

impl Outage {
    pub(crate) fn new(scenario: &Scenario) -> Option<Self> {
        let seconds = scenario.outage?.for_seconds;
        let rate = scenario.emails_per_second;
        let all = rate * seconds as f64;
        let dead = dead_letters(rate, seconds as f64, scenario).min(all);
        let retention = scenario.queue.retention_seconds;
        Some(Self {
            seconds,
            backlog: whole_up(all - dead),
            dead_letters: whole_up(dead),
            recovery_seconds: recovery(all - dead, seconds as f64, scenario),
            redrive_seconds: whole_up(dead / REDRIVE.value as f64),
            lost_at_most: whole_up(rate * seconds.saturating_sub(retention) as f64),
        })
    }
}

fn recovery(backlog: f64, outage: f64, scenario: &Scenario) -> Option<u64> {
    let (rate, queue) = (scenario.emails_per_second, &scenario.queue);
    let spare = stored_per_second(scenario) - rate;
    let visibility = queue.visibility_seconds as f64;
    // While every message that may be in flight is invisible, nothing is received.
    let (filled, phase) = (queue.in_flight as f64 / rate, outage % visibility);
    let wait = if filled < outage && phase > filled { visibility - phase } else { 0.0 };
    let seconds = wait + (backlog + rate * wait) / spare;
    (spare > 0.0).then(|| whole_up(seconds).max(queue.visibility_seconds))
}

/// Emails that `worker` stores in a second, if there are enough.
pub(crate) fn stored_per_second(scenario: &Scenario) -> f64 {
    let worker = &scenario.worker;
    let batches = worker.concurrency as f64 / worker.batch_seconds;
    let writes = (scenario.s3.partitions * scenario.s3.writes_per_second_each) as f64;
    let emails_per_write = if worker.one_object_per_batch { worker.batch as f64 } else { 1.0 };
    (batches * worker.batch as f64).min(writes * emails_per_write)
}

/// SQS lets so many messages be in flight, and each of them stays for all of its receives. A place that is taken `s` seconds
/// into the outage sees another message die whenever a last receive fails in time.
fn dead_letters(rate: f64, outage: f64, scenario: &Scenario) -> f64 {
    let queue = &scenario.queue;
    let (visibility, receives) = (queue.visibility_seconds as f64, f64::from(queue.receives));
    let in_time = outage - visibility * (receives - 1.0);
    if in_time <= 0.0 {
        return 0.0;
    }
    let life = visibility * receives;
    let filled = life.min(queue.in_flight as f64 / rate);
    let rounds = (in_time / life).floor();
    rate * (rounds * filled + filled.min(in_time - rounds * life))
}
