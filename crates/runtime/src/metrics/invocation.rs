//! What is counted and measured in one invocation.

use super::definition::{Counter, CounterBy, Definition, FUNCTION_NAME, Timing, Unit};
use super::emf::{self, Member, Series};
use super::timer::Timer;
use std::cell::RefCell;
use std::io::Write;
use std::time::{Duration, SystemTime};

/// The metrics of one invocation. They are written when this is dropped, so however the invocation ends, but before
/// its answer is given: after that Lambda freezes the process.
///
/// What did not happen is not written: a line costs by its length, and CloudWatch needs no zeros.
#[derive(Debug)]
pub struct Metrics {
    series: RefCell<Vec<Series>>,
    members: RefCell<Vec<Member>>,
}

impl Metrics {
    pub(crate) fn of(function: &str, request_id: Option<&str>) -> Self {
        let mut members = vec![(FUNCTION_NAME, function.to_owned())];
        members.extend(request_id.map(|id| ("request_id", id.to_owned())));
        Self { series: RefCell::default(), members: RefCell::new(members) }
    }

    /// Counts one.
    pub fn count(&self, counter: Counter) {
        self.add(counter.0, 1.0);
    }

    /// Counts one for `value`, one of few that the code knows: each makes a metric that is paid for. An invocation
    /// has one such value.
    pub fn count_by(&self, counter: CounterBy, value: &'static str) {
        self.members.borrow_mut().push((counter.dimension, value.to_owned()));
        self.add(counter.definition, 1.0);
    }

    /// Adds a duration.
    pub fn observe(&self, timing: Timing, duration: Duration) {
        let value = match timing.0.unit {
            Unit::Milliseconds => duration.as_secs_f64() * 1_000.0,
            Unit::Seconds | Unit::Count => duration.as_secs_f64(),
        };
        self.add(timing.0, (value * 1_000.0).round() / 1_000.0);
    }

    /// Measures until what it returns is dropped.
    pub fn time(&self, timing: Timing) -> Timer<'_> {
        Timer::start(self, timing)
    }

    fn add(&self, definition: Definition, value: f64) {
        let mut all = self.series.borrow_mut();
        match all.iter_mut().find(|series| series.definition == definition) {
            None => all.push(Series { definition, values: vec![value] }),
            Some(series) if definition.unit == Unit::Count => series.values[0] += value,
            Some(series) => series.values.push(value),
        }
    }
}

impl Drop for Metrics {
    fn drop(&mut self) {
        let lines = emf::lines(self.series.get_mut(), self.members.get_mut(), SystemTime::now());
        let mut stdout = std::io::stdout().lock();
        for line in lines {
            // Nobody is left to be told that the log is gone.
            let _ = stdout.write_all((line + "\n").as_bytes());
        }
        let _ = stdout.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::{ACCEPTED, AGE_WHEN_FILED, REFUSED, S3_PUT_LATENCY};
    use super::*;

    fn values(metrics: &Metrics, definition: Definition) -> Vec<f64> {
        let all = metrics.series.borrow();
        all.iter().find(|series| series.definition == definition).unwrap().values.clone()
    }

    #[test]
    fn counts_add_up_and_durations_stay_apart_in_the_unit_of_their_metric() {
        let metrics = Metrics::of("stack-api", Some("r-1"));
        metrics.count(ACCEPTED);
        metrics.count(ACCEPTED);
        for duration in [Duration::from_micros(1_234_567), Duration::from_secs(2)] {
            metrics.observe(S3_PUT_LATENCY, duration);
            metrics.observe(AGE_WHEN_FILED, duration);
        }
        assert_eq!(values(&metrics, ACCEPTED.0), [2.0]);
        assert_eq!(values(&metrics, S3_PUT_LATENCY.0), [1_234.567, 2_000.0]);
        assert_eq!(values(&metrics, AGE_WHEN_FILED.0), [1.235, 2.0]);
    }

    #[test]
    fn a_value_of_the_second_dimension_stands_beside_the_count() {
        let metrics = Metrics::of("stack-api", None);
        metrics.count_by(REFUSED, "token");
        assert_eq!(metrics.members.borrow()[1], ("Reason", "token".to_owned()));
        assert_eq!(values(&metrics, REFUSED.definition), [1.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_cut_off_has_been_measured_too() {
        let metrics = Metrics::of("stack-api", None);
        let work = async {
            let _timer = metrics.time(S3_PUT_LATENCY);
            std::future::pending::<()>().await;
        };
        assert!(tokio::time::timeout(Duration::from_secs(3), work).await.is_err());
        assert_eq!(values(&metrics, S3_PUT_LATENCY.0).len(), 1);
        assert!(values(&metrics, S3_PUT_LATENCY.0)[0] >= 3_000.0);
    }
}
