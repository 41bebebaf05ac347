//! A worker that Lambda ends at its timeout.

use super::emails::{all_filed, queue_up};
use super::polling::{mapping_spec, poll};
use super::{full, patience};
use crate::harness::{DEAD_LETTER_QUEUE, Ours, Seen, Setup, Watch};
use sandbox::services::faults::{Fault, Times};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::Instant;

/// Emails of each kind: filed before the worker is stopped, and not.
const EACH: usize = 10;

/// The worker responds before its timeout whatever S3 does. Only a stopped process reaches the timeout.
async fn stop(process: u32) {
    let stop = format!("kill -STOP {process}");
    assert!(Command::new("sh").args(["-c", &stop]).status().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_batch_of_a_worker_killed_at_its_timeout_comes_back_and_is_filed_once() {
    let (setup, time_scale) = if full() {
        (Setup::usual().unpolled(), 1.0)
    } else {
        (Setup::usual().unpolled().change("Timeout: 30 #", "Timeout: 4 #"), 36.0)
    };
    let system = Ours::start_with(setup.time_scale(time_scale)).await;
    let watch = Watch::patient(&system, patience());
    let times = Times::N(u32::try_from(EACH).unwrap());
    system.stack.aws().faults().set_matching("PutObject", "stuck", Fault::Stall, times);
    let mut accepted = queue_up(&system, &watch, "filed", EACH).await;
    accepted.extend(queue_up(&system, &watch, "stuck", EACH).await);

    let (begin, _mapping) = (Instant::now(), poll(&system, mapping_spec(&system), time_scale));
    // Stored and logged: it may be stopped between the two.
    system.logged("filed", EACH).await;
    let all_under_way = async || (system.calls("PutObject") == 2 * EACH as u64).then_some(());
    system.until("the other half under way", all_under_way).await;
    let worker = |seen: &Seen| seen.started.iter().find(|(name, _)| name.ends_with("worker")).unwrap().1;
    stop(watch.look(worker)).await;
    watch.until("its end", |seen| !seen.ended.is_empty()).await;
    watch.until("the others filed", |seen| seen.filed.len() == 2 * EACH).await;
    all_filed(&system, &watch, &accepted).await;

    watch.look(|seen| {
        let (ended, why) = &seen.ended[0];
        assert_eq!(why, "killed at its timeout");
        assert_eq!(seen.not_received(2), 0, "all of the batch came back, and came once");
        let back = seen.received.values().map(|times| times[1] - begin).max().unwrap();
        println!("killed {:.1?} after the batch began, received again after {back:.1?}", *ended - begin);
    });
    let lines = system.logged("filed", 3 * EACH).await;
    let count = |outcome: &str, receives: &str| {
        let of_it = |line: &&Value| line["outcome"] == outcome && line["receives"] == receives;
        lines.iter().filter(of_it).count()
    };
    assert_eq!([count("new", "1"), count("already", "2"), count("new", "2")], [EACH; 3]);
    assert!(system.queue(DEAD_LETTER_QUEUE).peek().is_empty());
}
