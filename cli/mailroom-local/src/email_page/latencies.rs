//! How long answers take, and how long it takes from the queue to the bucket.

use crate::journal::{EmailTrace, What};
use sandbox::services::clock::in_milliseconds;
use serde::Serialize;

/// `null` where nothing was measured.
#[derive(Serialize)]
pub(crate) struct Latencies {
    /// The latency of every request.
    answered: Option<Quantiles>,
    /// From the moment the queue took an email until its object was there.
    stored: Option<Quantiles>,
}

/// Each is one of the measured values: the smallest that so many percent don't exceed.
#[derive(Debug, PartialEq, Serialize)]
struct Quantiles {
    count: usize,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
}

impl Latencies {
    pub(crate) fn of<'a>(traces: impl Iterator<Item = &'a EmailTrace>) -> Self {
        let (mut answered, mut stored) = (Vec::new(), Vec::new());
        for trace in traces {
            answered.extend(trace.request.as_ref().map(|request| in_milliseconds(request.took)));
            stored.extend(stored_after(trace));
        }
        Self { answered: Quantiles::of(answered), stored: Quantiles::of(stored) }
    }
}

fn stored_after(trace: &EmailTrace) -> Option<f64> {
    let at = |what: What| trace.steps.iter().find(|step| step.what == what).map(|step| step.at);
    at(What::Stored)?.duration_since(at(What::Queued)?).ok().map(in_milliseconds)
}

impl Quantiles {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_unstable_by(f64::total_cmp);
        let count = values.len();
        let quantile = |percent: usize| values.get((count * percent).div_ceil(100).checked_sub(1)?).copied();
        Some(Self { count, p50_ms: quantile(50)?, p95_ms: quantile(95)?, p99_ms: quantile(99)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_measured_value_that_so_many_percent_do_not_exceed() {
        let quantiles = |p50_ms, p95_ms, p99_ms, count| Some(Quantiles { count, p50_ms, p95_ms, p99_ms });
        assert_eq!(Quantiles::of(Vec::new()), None);
        assert_eq!(Quantiles::of(vec![7.0]), quantiles(7.0, 7.0, 7.0, 1));
        assert_eq!(Quantiles::of(vec![3.0, 1.0]), quantiles(1.0, 3.0, 3.0, 2));
        let hundred = (1..=100).rev().map(f64::from).collect();
        assert_eq!(Quantiles::of(hundred), quantiles(50.0, 95.0, 99.0, 100));
    }
}
