//! Faults at random, the same ones for the same seed.

use super::{DELETE, DeliveryFault, Fault, INVOKE, RECEIVE};
use fastrand::Rng;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::time::Duration;

/// This many of a thousand requests never get a response. Each of the next ones includes those before it.
const STALLED: u32 = 1;
const DROPPED: u32 = STALLED + 10;
const LOST: u32 = DROPPED + 15;
const CUT_OFF: u32 = LOST + 10;
const DELAYED: u32 = CUT_OFF + 30;
const REFUSED: u32 = DELAYED + 34;
/// These are of a thousand receives and of a thousand deletes.
const DUPLICATED: u32 = 30;
const REORDERED: u32 = DUPLICATED + 100;
const EXPIRED: u32 = 10;
/// This many of a thousand invocations are killed, if they take as long as the kill waits.
const KILLED: u32 = 40;

/// The longest delay of a request, and of a kill after the start of its invocation.
const LONGEST_DELAY_MS: u64 = 300;
const LONGEST_LIFE_MS: u64 = 60;

/// Faults at random: a tenth of the functions' requests to AWS fail, queues deliver twice and out of order, and
/// functions are killed in the middle of their work.
///
/// Each draw depends on nothing but the seed, the operation, its subject (a queue, a parameter, an object, a
/// function) and how often that pair was drawn for. So the third write of an object meets the same fault in every
/// run of a seed, however the threads take turns.
#[derive(Debug)]
pub struct Chaos {
    seed: u64,
    draws: HashMap<(&'static str, String), u64>,
}

impl Chaos {
    pub fn new(seed: u64) -> Self {
        Self { seed, draws: HashMap::new() }
    }

    /// The fault that a request meets. Only the operations of the functions meet any.
    pub(crate) fn request(&mut self, operation: &str, subject: &str) -> Option<Fault> {
        let (operation, errors) = ERRORS.into_iter().find(|(name, _)| *name == operation)?;
        let mut rng = self.rng(operation, subject);
        Some(match rng.u32(0..1_000) {
            ..STALLED => Fault::Stall,
            STALLED..DROPPED => Fault::Drop,
            DROPPED..LOST => Fault::LostAnswer,
            LOST..CUT_OFF => Fault::CutOff,
            CUT_OFF..DELAYED => Fault::Delay(Duration::from_millis(rng.u64(..=LONGEST_DELAY_MS))),
            DELAYED..REFUSED => {
                let (status, code) = *rng.choice(errors)?;
                Fault::Error { status, code: code.to_owned() }
            }
            _ => return None,
        })
    }

    /// The fault that a receive or a delete meets.
    pub(crate) fn delivery(&mut self, operation: &'static str, queue: &str) -> Option<DeliveryFault> {
        match (operation, self.rng(operation, queue).u32(0..1_000)) {
            (RECEIVE, ..DUPLICATED) => Some(DeliveryFault::Duplicate),
            (RECEIVE, DUPLICATED..REORDERED) => Some(DeliveryFault::Reorder),
            (DELETE, ..EXPIRED) => Some(DeliveryFault::ExpiredReceipt),
            _ => None,
        }
    }

    /// How long after its start an invocation is ended by a kill.
    pub(crate) fn kill(&mut self, function: &str) -> Option<Duration> {
        let mut rng = self.rng(INVOKE, function);
        (rng.u32(0..1_000) < KILLED).then(|| Duration::from_millis(rng.u64(..=LONGEST_LIFE_MS)))
    }

    fn rng(&mut self, operation: &'static str, subject: &str) -> Rng {
        let draw = self.draws.entry((operation, subject.to_owned())).or_default();
        *draw += 1;
        let digest = Sha256::digest(format!("{} {draw} {operation} {subject}", self.seed));
        let seed = digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        Rng::with_seed(seed)
    }
}

/// The operations of the functions, each with some of its errors: `InternalError`, `SlowDown` and
/// `ConditionalRequestConflict` are S3's ("Error responses"), `RequestThrottled` is SQS's, `ThrottlingException` SSM's.
#[rustfmt::skip]
const ERRORS: [(&str, &[(u16, &str)]); 5] = [
    ("GetParameter", &[(400, "ThrottlingException"), (500, "InternalServerError"), (503, "ServiceUnavailable")]),
    ("SendMessage", &[(400, "RequestThrottled"), (500, "InternalFailure"), (503, "ServiceUnavailable")]),
    ("PutObject", &[(500, "InternalError"), (503, "SlowDown"), (409, "ConditionalRequestConflict")]),
    ("HeadObject", &[(500, "InternalError"), (503, "SlowDown")]),
    ("GetObject", &[(500, "InternalError"), (503, "SlowDown")]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn requests(chaos: &mut Chaos, subject: &str) -> Vec<Option<Fault>> {
        (0..1_000).map(|_| chaos.request("PutObject", subject)).collect()
    }

    #[test]
    fn a_seed_brings_the_same_faults_whatever_else_is_drawn_between_them() {
        let (mut alone, mut among_others) = (Chaos::new(7), Chaos::new(7));
        let first = requests(&mut alone, "bucket/a");
        let second = (0..1_000).map(|_| {
            among_others.request("PutObject", "bucket/b");
            among_others.kill("worker");
            among_others.request("PutObject", "bucket/a")
        });
        assert_eq!(first, second.collect::<Vec<_>>());
        assert_ne!(first, requests(&mut Chaos::new(8), "bucket/a"), "another seed");
        assert_ne!(first, requests(&mut Chaos::new(7), "bucket/b"), "another object");
    }

    #[test]
    fn every_kind_of_fault_comes_up_and_most_goes_well() {
        let mut chaos = Chaos::new(1);
        let drawn: Vec<_> = (0..10).flat_map(|n| requests(&mut chaos, &format!("bucket/{n}"))).collect();
        let kinds: BTreeSet<_> = drawn.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(kinds.len(), 5 + 3, "{kinds:?}");
        let faults = drawn.iter().flatten().count();
        assert!((700..1_300).contains(&faults), "{faults} of 10,000");
        let deliveries: BTreeSet<_> = (0..1_000)
            .flat_map(|_| [chaos.delivery(RECEIVE, "queue"), chaos.delivery(DELETE, "queue")])
            .flatten()
            .map(|fault| fault.to_string())
            .collect();
        assert_eq!(deliveries.len(), 3, "{deliveries:?}");
        let kills = (0..1_000).filter_map(|_| chaos.kill("worker")).count();
        assert!((10..100).contains(&kills), "{kills} of 1,000");
    }

    #[test]
    fn operations_of_others_are_left_alone() {
        let mut chaos = Chaos::new(1);
        for operation in ["ListObjectsV2", "PutParameter", "GetQueueAttributes", "StartMessageMoveTask"] {
            assert!((0..1_000).all(|_| chaos.request(operation, "any").is_none()), "{operation}");
        }
    }
}
