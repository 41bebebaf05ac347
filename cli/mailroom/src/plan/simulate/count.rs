//! Whole numbers out of rates.

use super::scenario::TICKS_PER_SECOND;
use std::collections::VecDeque;

/// Below this, a difference is a rounding error.
const EPSILON: f64 = 1e-6;

/// The whole part of a number that is not negative.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates at zero and the largest"
)]
pub(super) fn whole(number: f64) -> u64 {
    (number + EPSILON) as u64
}

/// The next whole number, or this one.
pub(crate) fn whole_up(number: f64) -> u64 {
    whole((number - 2.0 * EPSILON).ceil())
}

/// Ticks of a time in seconds, at least one.
pub(super) fn ticks(seconds: f64) -> u64 {
    whole_up(seconds * TICKS_PER_SECOND as f64).max(1)
}

/// A part of `of` in the ratio `some / all`, rounded.
pub(super) fn share(of: u64, some: u64, all: u64) -> u64 {
    let product = u128::from(of) * u128::from(some) + u128::from(all) / 2;
    product.checked_div(all.into()).and_then(|part| u64::try_from(part).ok()).unwrap_or(0).min(of)
}

/// Gives out fractions as whole numbers, as early as their sum allows.
#[derive(Default)]
pub(super) struct Fractions(f64);

impl Fractions {
    pub(super) fn next(&mut self, amount: f64) -> u64 {
        self.0 += amount;
        let given = whole(self.0);
        self.0 -= given as f64;
        given
    }
}

/// A limit that fills up again as time passes ("token bucket").
pub(super) struct Bucket {
    left: f64,
    capacity: f64,
    per_tick: f64,
}

impl Bucket {
    pub(super) fn new(per_second: f64, capacity: u64) -> Self {
        let capacity = capacity as f64;
        Self { left: capacity, capacity, per_tick: per_second / TICKS_PER_SECOND as f64 }
    }

    /// A limit for each second, all of which may come at once.
    pub(super) fn a_second(per_second: u64) -> Self {
        Self::new(per_second as f64, per_second)
    }

    pub(super) fn refill(&mut self) {
        self.left = (self.left + self.per_tick).min(self.capacity);
    }

    pub(super) fn left(&self) -> u64 {
        whole(self.left)
    }

    /// Takes as many as there are, up to `wanted`.
    pub(super) fn take(&mut self, wanted: u64) -> u64 {
        let taken = wanted.min(self.left());
        self.left -= taken as f64;
        taken
    }
}

/// The largest of the last values.
pub(super) struct RecentMost {
    ticks: u64,
    /// Falling values, each with its tick.
    values: VecDeque<(u64, u64)>,
}

impl RecentMost {
    pub(super) fn of(seconds: u64) -> Self {
        Self { ticks: seconds * TICKS_PER_SECOND, values: VecDeque::new() }
    }

    pub(super) fn push(&mut self, now: u64, value: u64) {
        while self.values.back().is_some_and(|(_, last)| *last <= value) {
            self.values.pop_back();
        }
        self.values.push_back((now, value));
        while self.values.front().is_some_and(|(at, _)| at + self.ticks < now) {
            self.values.pop_front();
        }
    }

    pub(super) fn most(&self) -> u64 {
        self.values.front().map_or(0, |(_, value)| *value)
    }
}

/// Executions of a function that are under way, when each takes the same time.
pub(super) struct Executions {
    /// The time of one, in ticks.
    lasts: f64,
    /// Those begun in the last ticks, the latest first.
    begun: VecDeque<u64>,
}

impl Executions {
    pub(super) fn of(seconds: f64) -> Self {
        Self { lasts: seconds * TICKS_PER_SECOND as f64, begun: VecDeque::new() }
    }

    /// Instances that earlier ticks keep busy in this one.
    pub(super) fn busy(&self) -> f64 {
        (1_u32..).zip(&self.begun).map(|(age, begun)| *begun as f64 * self.part(age)).sum()
    }

    /// How many can begin in this tick on so many free instances.
    pub(super) fn fit(&self, free: f64) -> u64 {
        whole(free.max(0.0) / self.part(0))
    }

    /// Begins so many, and returns the instances that all of them keep busy.
    pub(super) fn begin(&mut self, count: u64) -> u64 {
        let busy = self.busy() + count as f64 * self.part(0);
        self.begun.push_front(count);
        self.begun.truncate(usize::try_from(whole_up(self.lasts)).unwrap_or(usize::MAX));
        whole_up(busy)
    }

    /// The part of a tick for which one that began `age` ticks ago keeps its instance.
    fn part(&self, age: u32) -> f64 {
        (self.lasts - f64::from(age)).clamp(0.0, 1.0)
    }
}

/// Numbers from 0 to 1 that spread evenly however few are taken, the same in every run.
#[derive(Default)]
pub(super) struct Jitter(f64);

impl Jitter {
    /// The fraction of the golden ratio: its multiples leave the most even gaps.
    const STEP: f64 = 0.618_033_988_749_894_9;

    pub(super) fn next(&mut self) -> f64 {
        self.0 = (self.0 + Self::STEP).fract();
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_add_up_over_a_day() {
        let mut third = Fractions::default();
        assert_eq!((0..864_000).map(|_| third.next(1.0 / 3.0)).sum::<u64>(), 288_000);
        let mut tenth = Fractions::default();
        assert_eq!((0..864_000).map(|_| tenth.next(0.1)).sum::<u64>(), 86_400);
    }

    #[test]
    fn a_limit_saves_up_a_second_and_no_more() {
        let mut limit = Bucket::a_second(40);
        assert_eq!([limit.take(100), limit.take(1)], [40, 0]);
        limit.refill();
        assert_eq!(limit.take(100), 4);
        (0..1_000).for_each(|_| limit.refill());
        assert_eq!(limit.take(100), 40);
    }

    #[test]
    fn executions_keep_rate_times_time_instances_busy() {
        for (seconds, each_tick, busy) in [(0.015, 100, 15), (0.1, 7, 7), (0.25, 4, 10), (1.0, 3, 30)] {
            let mut executions = Executions::of(seconds);
            assert_eq!((0..40).map(|_| executions.begin(each_tick)).last(), Some(busy), "{seconds}");
        }
    }

    #[test]
    fn what_is_older_than_the_time_does_not_count_as_recent() {
        let mut recent = RecentMost::of(1);
        for (now, value) in [(0, 9), (5, 3), (9, 4), (10, 1)] {
            recent.push(now, value);
        }
        assert_eq!(recent.most(), 9);
        recent.push(11, 1);
        assert_eq!(recent.most(), 4);
    }
}
