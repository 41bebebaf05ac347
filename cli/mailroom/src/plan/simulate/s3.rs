//! S3's limit on writes.

use super::count::Bucket;
use super::scenario::{S3, TICKS_PER_SECOND};

/// Less than this between two refusals is one overload.
const OVERLOAD_GAP: u64 = 10 * TICKS_PER_SECOND;

pub(super) struct Writes {
    per_second_each: u64,
    pub(super) partitions: u64,
    split_after: u64,
    limit: Bucket,
    /// The first and the last refusal of the overload that goes on.
    overload: Option<(u64, u64)>,
}

impl Writes {
    pub(super) fn new(s3: &S3) -> Self {
        Self {
            per_second_each: s3.writes_per_second_each,
            partitions: s3.partitions,
            split_after: s3.split_seconds * TICKS_PER_SECOND,
            limit: Bucket::a_second(s3.writes_per_second_each * s3.partitions),
            overload: None,
        }
    }

    pub(super) fn step(&mut self, now: u64) {
        self.limit.refill();
        if let Some((first, last)) = self.overload {
            if last + OVERLOAD_GAP < now {
                self.overload = None;
            } else if first + self.split_after <= now {
                self.partitions *= 2;
                self.limit = Bucket::a_second(self.per_second_each * self.partitions);
                self.overload = None;
            }
        }
    }

    /// Takes as many writes as the partitions can, and refuses the others with a 503.
    pub(super) fn take(&mut self, now: u64, wanted: u64) -> u64 {
        let taken = self.limit.take(wanted);
        if taken < wanted {
            let first = self.overload.map_or(now, |(first, _)| first);
            self.overload = Some((first, now));
        }
        taken
    }
}
