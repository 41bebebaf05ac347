//! Many emails waiting, and how they drain.

use super::emails::{all_filed, queue_up};
use super::polling::{mapping_spec, poll};
use super::spread::Spread;
use super::{full, patience};
use crate::harness::{DEAD_LETTER_QUEUE, Ours, Setup, Watch};
use sandbox::services::faults::{Fault, Times};
use sandbox::template::MappingSpec;
use std::time::Duration;
use tokio::time::Instant;

/// Sets the number of waiting emails.
const WAITING_VARIABLE: &str = "MAILROOM_BACKLOG";
/// The duration of a write to S3 on AWS, roughly.
const WRITE: Duration = Duration::from_millis(30);

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_drains_with_each_message_received_once() {
    let waiting = std::env::var(WAITING_VARIABLE).map(|count| count.parse().expect("a number of emails"));
    let waiting = waiting.unwrap_or(if full() { 10_000 } else { 200 });
    let others = [(100, 2), (100, 10), (10, 5)];
    let others = others.iter().take(if full() { others.len() } else { 0 });
    println!("{}", drain(waiting, |spec| spec).await);
    for &(batch_size, concurrency) in others {
        drain(waiting, |spec| MappingSpec { batch_size, maximum_concurrency: Some(concurrency), ..spec })
            .await;
    }
}

/// Lets so many emails wait, then has them filed, and says how that went.
async fn drain(waiting: usize, change: impl Fn(MappingSpec) -> MappingSpec) -> String {
    let system = Ours::start_with(Setup::usual().time_scale(1.0).unpolled()).await;
    let watch = Watch::patient(&system, patience());
    system.fault("PutObject", Fault::Delay(WRITE), Times::Always);
    let accepted = queue_up(&system, &watch, "waiting", waiting).await;

    let (spec, begin) = (change(mapping_spec(&system)), Instant::now());
    let _mapping = poll(&system, spec.clone(), 1.0);
    watch.until("all of them filed", |seen| seen.filed.len() == waiting).await;
    let took = begin.elapsed();
    all_filed(&system, &watch, &accepted).await;
    assert!(system.queue(DEAD_LETTER_QUEUE).peek().is_empty());
    watch.look(|seen| {
        let again = seen.not_received(1);
        // Ten thousand on a busy machine: some writes take longer than an attempt may.
        assert!(again == 0 || full(), "{again} came back while they waited for a worker");
        format!(
            "{waiting} waiting, batches of {}, {} at a time: drained in {took:.1?}, {:.0} a second, in {} batches, {again} received again\n  \
             from the beginning to the object: {}\n  from acceptance to object: {}",
            spec.batch_size,
            spec.maximum_concurrency.unwrap_or_default(),
            waiting as f64 / took.as_secs_f64(),
            seen.batches.len(),
            Spread::of(seen.filed.iter().map(|(at, _)| *at - begin)),
            Spread::of(seen.ages()),
        )
    })
}
