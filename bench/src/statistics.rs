//! Medians and percentiles.

use std::collections::BTreeMap;
use std::time::Duration;

/// Repeated measurements of several values.
#[derive(Debug, Default)]
pub(crate) struct Samples(BTreeMap<&'static str, Vec<f64>>);

impl Samples {
    pub(crate) fn add(&mut self, values: &[(&'static str, f64)]) {
        for (key, value) in values {
            self.0.entry(key).or_default().push(*value);
        }
    }

    pub(crate) fn medians(&self) -> BTreeMap<&'static str, f64> {
        self.0.keys().map(|key| (*key, self.percentile(key, 50))).collect()
    }

    pub(crate) fn least(&self) -> BTreeMap<&'static str, f64> {
        self.0.keys().map(|key| (*key, self.percentile(key, 0))).collect()
    }

    /// The smallest measured value that at least `percent` of the values don't exceed; 0 if there are none.
    pub(crate) fn percentile(&self, key: &str, percent: usize) -> f64 {
        let mut sorted = self.0.get(key).cloned().unwrap_or_default();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

pub(crate) fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(values: impl IntoIterator<Item = u32>) -> Samples {
        let mut samples = Samples::default();
        values.into_iter().for_each(|value| samples.add(&[("a", f64::from(value))]));
        samples
    }

    #[test]
    fn a_percentile_is_a_measured_value() {
        let hundred = samples((1..=100).rev());
        let percentiles = [1, 50, 90, 99, 100].map(|percent| hundred.percentile("a", percent));
        assert_eq!(percentiles, [1.0, 50.0, 90.0, 99.0, 100.0]);
        assert_eq!((samples([5]).percentile("a", 99), samples([1, 2]).percentile("a", 99)), (5.0, 2.0));
        assert_eq!(samples([7, 1, 3]).medians()["a"], 3.0);
        assert_eq!(samples([7, 1, 3]).least()["a"], 1.0);
        assert_eq!(Samples::default().percentile("a", 50), 0.0);
    }

    #[test]
    fn times_are_converted() {
        let time = Duration::from_micros(1_500);
        assert_eq!((millis(time), micros(time)), (1.5, 1_500.0));
    }
}
