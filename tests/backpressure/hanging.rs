//! S3 that never answers: what a batch costs then.

use super::full;
use crate::harness::{Ours, Setup, email};
use sandbox::services::faults::{Fault, Times};
use std::time::Duration;
use tokio::time::Instant;

const BATCH: u64 = 100;

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_s3_never_answers_ends_within_twelve_seconds_and_in_five_once_no_retries_are_left() {
    if !full() {
        println!("takes a quarter of a minute: only with MAILROOM_BACKPRESSURE");
        return;
    }
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    system.fault("PutObject", Fault::Stall, Times::Always);
    let bodies: Vec<_> = (0..BATCH).map(|n| email(&format!("sender {n}")).to_string()).collect();
    // The SDK has 500 tokens for each client, takes 10 for a retry after a timeout, and gives one back for a success.
    for (attempts, longest) in [(BATCH + 500 / 10, 13), (BATCH, 8)] {
        let (begin, before) = (Instant::now(), system.calls("PutObject"));
        assert_eq!(system.work(&bodies).await.len(), bodies.len());
        let (took, calls) = (begin.elapsed(), system.calls("PutObject") - before);
        println!("{BATCH} given back after {took:.1?} and {calls} attempts");
        assert_eq!(calls, attempts);
        assert!(took < Duration::from_secs(longest), "{took:?}");
    }
}
