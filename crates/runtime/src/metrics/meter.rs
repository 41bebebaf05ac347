//! The metrics of one instance and of each of its invocations.

use super::emf::{self, Member, Series};
use super::names::{COLD_STARTS, Counter, CounterBy, Definition, FUNCTION_NAME, Timing, Unit};
use crate::settings::{SettingError, required};
use crate::telemetry::milliseconds;
use std::cell::{Cell, RefCell};
use std::io::Write;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Makes the metrics of each invocation of one instance.
#[derive(Debug)]
pub struct Meter {
    function: String,
    is_warm: Cell<bool>,
}

impl Meter {
    pub fn from_environment() -> Result<Self, SettingError> {
        required("AWS_LAMBDA_FUNCTION_NAME", "the function's name, as Lambda does").map(Self::new)
    }

    pub fn new(function: String) -> Self {
        Self { function, is_warm: Cell::new(false) }
    }

    /// The metrics of the init, which has no request.
    pub fn init(&self) -> Metrics {
        Metrics::new(&self.function, None)
    }

    /// The metrics of an invocation. The first invocation counts as the instance's cold start.
    pub fn invocation(&self, request_id: &str) -> Metrics {
        let metrics = Metrics::new(&self.function, Some(request_id));
        if !self.is_warm.replace(true) {
            metrics.count(COLD_STARTS);
        }
        metrics
    }
}

/// The metrics of one invocation. They are written when this is dropped, so however the invocation ends, but before
/// its response is sent: after that Lambda freezes the process.
///
/// Only metrics with a value are written: a line costs by its length, and CloudWatch needs no zeros.
#[derive(Debug)]
pub struct Metrics {
    series: RefCell<Vec<Series>>,
    members: RefCell<Vec<Member>>,
}

impl Metrics {
    fn new(function: &str, request_id: Option<&str>) -> Self {
        let mut members = vec![(FUNCTION_NAME, function.to_owned())];
        members.extend(request_id.map(|id| ("request_id", id.to_owned())));
        Self { series: RefCell::default(), members: RefCell::new(members) }
    }

    /// Adds one.
    pub fn count(&self, counter: Counter) {
        self.add(counter.0, 1.0);
    }

    /// Adds one for `value`, one of few that the code knows: each makes a metric that costs money. An invocation has
    /// one such value.
    pub fn count_by(&self, counter: CounterBy, value: &'static str) {
        self.members.borrow_mut().push((counter.0.dimensions[1], value.to_owned()));
        self.add(counter.0, 1.0);
    }

    pub fn observe(&self, timing: Timing, duration: Duration) {
        let value = match timing.0.unit {
            Unit::Milliseconds => milliseconds(duration),
            Unit::Seconds | Unit::Count => duration.as_secs_f64(),
        };
        self.add(timing.0, (value * 1_000.0).round() / 1_000.0);
    }

    /// Measures until the timer is dropped.
    pub fn time(&self, timing: Timing) -> Timer<'_> {
        Timer { metrics: self, timing, started: Instant::now() }
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
            // A failure to write the log can't be logged.
            let _ = stdout.write_all((line + "\n").as_bytes());
        }
        let _ = stdout.flush();
    }
}

/// Measures until it is dropped, so it also measures an operation that the deadline cuts off.
#[must_use = "it measures until it is dropped"]
pub struct Timer<'a> {
    metrics: &'a Metrics,
    timing: Timing,
    started: Instant,
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.metrics.observe(self.timing, self.started.elapsed());
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
    fn counts_add_up_and_durations_are_kept_in_the_unit_of_their_metric() {
        let metrics = Metrics::new("stack-api", Some("r-1"));
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
    fn the_value_of_the_second_dimension_is_written_beside_the_count() {
        let metrics = Metrics::new("stack-api", None);
        metrics.count_by(REFUSED, "token");
        assert_eq!(metrics.members.borrow()[1], ("Reason", "token".to_owned()));
        assert_eq!(values(&metrics, REFUSED.0), [1.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_measures_an_operation_that_is_cut_off() {
        let metrics = Metrics::new("stack-api", None);
        let work = async {
            let _timer = metrics.time(S3_PUT_LATENCY);
            std::future::pending::<()>().await;
        };
        assert!(tokio::time::timeout(Duration::from_secs(3), work).await.is_err());
        assert_eq!(values(&metrics, S3_PUT_LATENCY.0).len(), 1);
        assert!(values(&metrics, S3_PUT_LATENCY.0)[0] >= 3_000.0);
    }
}
