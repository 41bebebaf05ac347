//! The read limit of Parameter Store.

use std::time::Instant;

/// For `GetParameter` and `GetParameters` together, in one account and region ("AWS Systems Manager endpoints and
/// quotas", Parameter Store, default throughput): <https://docs.aws.amazon.com/general/latest/gr/ssm.html>.
const READS_PER_SECOND: u32 = 40;

/// A second's worth of reads, which fills up again as time passes.
///
/// The page has the number alone. That a whole second's worth may come at once, and that it comes back bit by bit, is
/// how AWS describes such limits elsewhere ("Throttle requests to the Amazon EC2 API").
#[derive(Debug)]
pub(crate) struct Throughput {
    per_second: f64,
    left: f64,
    counted_at: Instant,
    refused: u64,
}

impl Throughput {
    pub(crate) fn new(now: Instant) -> Self {
        Self::of(READS_PER_SECOND, now)
    }

    /// So many reads a second, and that many at once right now.
    pub(crate) fn of(per_second: u32, now: Instant) -> Self {
        let per_second = f64::from(per_second);
        Self { per_second, left: per_second, counted_at: now, refused: 0 }
    }

    /// Takes one more read, or refuses it. A refused one costs nothing.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.counted_at).as_secs_f64();
        self.left = passed.mul_add(self.per_second, self.left).min(self.per_second);
        self.counted_at = now;
        let taken = self.left >= 1.0;
        if taken {
            self.left -= 1.0;
        } else {
            self.refused += 1;
        }
        taken
    }

    pub(crate) fn refused(&self) -> u64 {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_account_has_forty_reads_a_second_at_first() {
        let start = Instant::now();
        let mut reads = Throughput::new(start);
        assert_eq!((0..100).filter(|_| reads.take(start)).count(), 40);
    }

    #[test]
    fn a_second_has_so_many_reads_and_no_more() {
        let start = Instant::now();
        let mut reads = Throughput::of(4, start);
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let taken = [0, 0, 0, 0, 0, 249, 250, 251, 1_000, 1_000, 1_000, 1_000].map(|ms| reads.take(at(ms)));
        assert_eq!(taken, [true, true, true, true, false, false, true, false, true, true, true, false]);
        assert_eq!(reads.refused(), 4);
    }

    #[test]
    fn a_quiet_hour_saves_up_a_second_and_no_more() {
        let start = Instant::now();
        let mut reads = Throughput::of(4, start);
        let later = start + Duration::from_secs(3_600);
        assert_eq!((0..10).filter(|_| reads.take(later)).count(), 4);
    }
}
