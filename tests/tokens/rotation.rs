//! The token is replaced while callers go on posting.

use super::instance::Instance;
use crate::harness::{Ours, Setup, System};
use futures::future::{join, join_all};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// By hand the old token ends as it does in production, without a wrong one to hurry it: a minute. It takes the number
/// of instances.
const VARIABLE: &str = "MAILROOM_ROTATION_INSTANCES";
const INSTANCES: usize = 4;
/// A caller posts this often.
const PACE: Duration = Duration::from_millis(50);
/// A listed token works after this time at the latest, since a mismatch asks SSM again once the answer is that old.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);
/// An unlisted token is refused after this time at the latest.
const FRESH_FOR: Duration = Duration::from_secs(60);
/// The extra time for a busy machine.
const NOISE: Duration = Duration::from_secs(5);

/// The number of answers by token and status.
type Tally = BTreeMap<(&'static str, u64), usize>;

/// The tokens that callers use at the moment, in turn. They stop when their sender is gone.
type Tokens = watch::Receiver<&'static [&'static str]>;

async fn keep_posting(instance: &Instance, tokens: Tokens) -> Tally {
    let mut tally = Tally::new();
    for n in 0.. {
        if tokens.has_changed().is_err() {
            break;
        }
        let current = *tokens.borrow();
        let token = current[n % current.len()];
        *tally.entry((token, instance.post(token).await.status)).or_default() += 1;
        sleep(PACE).await;
    }
    tally
}

/// Posts until the answer has this status, and says how long that took since `start`.
async fn until(instance: &Instance, tokens: &[&'static str], status: u64, start: Instant) -> Duration {
    let all = async {
        loop {
            let mut last = 0;
            for token in tokens {
                last = instance.post(token).await.status;
            }
            if last == status {
                return start.elapsed();
            }
            sleep(PACE).await;
        }
    };
    timeout(FRESH_FOR * 2, all).await.unwrap_or_else(|_| panic!("no {status} for {tokens:?}"))
}

async fn slowest(all: impl Iterator<Item = impl Future<Output = Duration>>) -> Duration {
    join_all(all).await.into_iter().max().expect("an instance")
}

/// Follows docs/OPERATIONS.md. Returns the time until the new token worked everywhere, and until the old one was refused
/// everywhere.
async fn rotate(
    system: &System,
    instances: &[Instance],
    callers: watch::Sender<&'static [&'static str]>,
    by_hand: bool,
) -> (Duration, Duration) {
    // All have just asked SSM: the worst moment.
    join_all(instances.iter().map(|instance| instance.post("old"))).await;
    system.set_tokens("old\nnew").await;
    let listed = Instant::now();
    let works = slowest(instances.iter().map(|instance| until(instance, &["new"], 200, listed))).await;

    callers.send_replace(&["old", "new"]);
    sleep(PACE * 20).await; // old and new side by side
    callers.send_replace(&["new"]);
    for instance in instances {
        // An earlier request has its answer by now.
        until(instance, &["new", "new"], 200, listed).await;
    }
    system.set_tokens("new").await;
    let retired = Instant::now();
    // A wrong token makes an instance ask again: a minute is too long for every run.
    let probes: &[_] = if by_hand { &["old"] } else { &["wrong", "old"] };
    let ends = slowest(instances.iter().map(|instance| until(instance, probes, 403, retired))).await;
    for instance in instances {
        assert_eq!(instance.post("old").await.status, 403, "it stays refused");
    }
    (works, ends)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_under_load_refuses_no_listed_token_and_ends_the_old_one() {
    let count = std::env::var(VARIABLE).map(|count| count.parse().expect("a number of instances"));
    let (by_hand, count) = (count.is_ok(), count.unwrap_or(INSTANCES));
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    system.set_tokens("old").await;
    let instances: Vec<_> = (0..count).map(|_| Instance::new(&system)).collect();
    // One that sees no request meanwhile, and no wrong token.
    let idle = Instance::new(&system);
    assert_eq!(idle.post("old").await.status, 200);

    let (callers, tokens) = watch::channel(&["old"][..]);
    let load = join_all(instances.iter().map(|instance| keep_posting(instance, tokens.clone())));
    let (tallies, (works, ends)) = join(load, rotate(&system, &instances, callers, by_hand)).await;
    let mut all = Tally::new();
    for (answer, count) in tallies.into_iter().flatten() {
        *all.entry(answer).or_default() += count;
    }
    println!("{count} instances: {all:?}; new worked after {works:.1?}, old was refused after {ends:.1?}");

    assert!(all.keys().all(|(_, status)| *status == 200), "refused: {all:?}");
    assert!(all.keys().map(|(token, _)| *token).eq(["new", "old"]), "both were used: {all:?}");
    assert!(works < ASK_AGAIN_AFTER + NOISE, "{works:?}");
    assert!(ends < NOISE + if by_hand { FRESH_FOR } else { ASK_AGAIN_AFTER }, "{ends:?}");
    if by_hand {
        sleep(FRESH_FOR.saturating_sub(ends)).await;
        assert_eq!(
            idle.post("old").await.status,
            403,
            "its first request in a minute asks SSM before it is judged"
        );
    }
}
