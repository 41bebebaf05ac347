//! What many measurements come to.

use std::time::Duration;

/// Measurements of one thing.
#[derive(Debug, Default)]
pub struct Sample(Vec<f64>);

impl Sample {
    /// One more.
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// One more, in milliseconds.
    pub fn add_millis(&mut self, time: Duration) {
        self.add(time.as_secs_f64() * 1e3);
    }

    /// One more, in microseconds.
    pub fn add_micros(&mut self, time: Duration) {
        self.add(time.as_secs_f64() * 1e6);
    }

    /// The value that half of them don't exceed.
    #[must_use]
    pub fn median(&self) -> f64 {
        self.percentile(50)
    }

    /// The smallest value that so many in a hundred don't exceed; nothing measured is 0.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted.get(rank - 1).copied().unwrap_or_default()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: impl IntoIterator<Item = u32>) -> Sample {
        let mut sample = Sample::default();
        values.into_iter().for_each(|value| sample.add(f64::from(value)));
        sample
    }

    #[test]
    fn a_percentile_is_a_value_that_was_measured() {
        let hundred = sample((1..=100).rev());
        let percentiles = [1, 50, 90, 99, 100].map(|percent| hundred.percentile(percent));
        assert_eq!(percentiles, [1.0, 50.0, 90.0, 99.0, 100.0]);
        assert_eq!(sample([7, 1, 3]).median(), 3.0);
    }

    #[test]
    fn a_few_values_have_percentiles_too() {
        assert_eq!((sample([5]).percentile(99), sample([1, 2]).percentile(99)), (5.0, 2.0));
        assert_eq!(Sample::default().median(), 0.0);
    }

    #[test]
    fn times_are_in_the_unit_that_was_asked_for() {
        let (mut millis, mut micros) = (Sample::default(), Sample::default());
        millis.add_millis(Duration::from_micros(1_500));
        micros.add_micros(Duration::from_micros(1_500));
        assert_eq!((millis.median(), micros.median()), (1.5, 1_500.0));
    }
}
