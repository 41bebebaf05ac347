//! One email that S3 never takes, among many.

use super::emails::{all_filed, queue_up};
use super::polling::{mapping_spec, poll};
use super::{full, patience};
use crate::harness::{DEAD_LETTER_QUEUE, Ours, Setup, Watch};
use sandbox::services::faults::{Fault, Times};
use tokio::time::Instant;

#[tokio::test(flavor = "multi_thread")]
async fn one_stuck_email_delays_none_but_its_own_batch_and_none_of_its_neighbours_comes_back() {
    // In the long form the stuck one stays so for all of its receives, in the short one for the first.
    let (count, setup, time_scale, times) = if full() {
        (1_000, Setup::usual(), 10.0, Times::Always)
    } else {
        (200, Setup::usual().change("Timeout: 30 #", "Timeout: 4 #"), 36.0, Times::Once)
    };
    let system = Ours::start_with(setup.time_scale(time_scale).unpolled()).await;
    let watch = Watch::patient(&system, patience());
    let stuck = format!("waiting {}_", count / 2);
    system.stack.aws().faults().set_matching("PutObject", &stuck, Fault::Stall, times);
    let accepted = queue_up(&system, &watch, "waiting", count).await;

    let (begin, _mapping) = (Instant::now(), poll(&system, mapping_spec(&system), time_scale));
    watch.until("the stuck one given back", |seen| seen.batches.iter().any(|(.., failed)| *failed > 0)).await;
    watch.look(|seen| {
        let others = seen.filed.last().unwrap().0 - begin;
        println!("{} of {count} filed after {others:.1?}", seen.filed.len());
        let log = system.log.with_message("not filed: given back");
        assert_eq!(seen.filed.len(), count - 1, "the others are filed by then; {log:?}");
    });
    if full() {
        watch.until("five receives used up", |seen| seen.dead.len() == 1).await;
        system.stack.aws().faults().clear();
        let dead_letters = system.queue(DEAD_LETTER_QUEUE);
        system.sqs.start_message_move_task().source_arn(dead_letters.arn()).send().await.unwrap();
    }
    watch.until("the stuck one filed", |seen| seen.filed.len() == count).await;
    all_filed(&system, &watch, &accepted).await;

    watch.look(|seen| {
        let given_back: Vec<_> = seen.batches.iter().filter(|(.., failed)| *failed > 0).collect();
        for (at, messages, failed) in &given_back {
            println!("{failed} of {messages} given back after {:.1?}", *at - begin);
            assert_eq!(*failed, 1, "the stuck one alone");
        }
        assert_eq!(given_back.len(), if full() { 5 } else { 1 });
        assert_eq!(seen.not_received(1), 1, "its neighbours came once");
    });
    assert!(system.queue(DEAD_LETTER_QUEUE).peek().is_empty());
}
