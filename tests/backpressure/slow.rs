//! S3 slow for a while, and S3 away for longer than five receives take.

use super::emails::{Accepted, all_filed, post, queue_up};
use super::spread::Spread;
use super::{full, patience};
use crate::harness::{DEAD_LETTER_QUEUE, Ours, Seen, Setup, Watch};
use sandbox::services::faults::{Fault, Times};
use std::time::Duration;

const WRITE_TAKES: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_s3_slows_no_answer_and_what_piles_up_is_filed_at_the_first_attempt() {
    // In the long form twice as much arrives as two workers file, 2 x 30 / 3 a second: few enough for a busy machine, so
    // that S3 alone is slow.
    let (time_scale, a_second, quickly, slowly) = if full() { (1.0, 40, 20, 120) } else { (20.0, 50, 1, 1) };
    let setup = Setup::usual().time_scale(time_scale).parameter("WorkerConcurrency", "2");
    let setup = setup.parameter("WorkerBatchSize", "30");
    let system = Ours::start_with(setup).await;
    let (watch, mut accepted) = (Watch::patient(&system, patience()), Accepted::new());
    let quick = post(&system, "quick", a_second, Duration::from_secs(quickly), &mut accepted).await;
    let posted = accepted.len();
    watch.until("all of the quick ones filed", |seen| seen.filed.len() == posted).await;
    let usual_queue = watch.look(|seen| seen.longest_queue());

    system.fault("PutObject", Fault::Delay(WRITE_TAKES), Times::Always);
    let slow = post(&system, "slow", a_second, Duration::from_secs(slowly), &mut accepted).await;
    watch.until("one of the slow ones filed", |seen| seen.filed.len() > posted).await;
    let (left, recovered) =
        (accepted.len() - watch.look(|seen| seen.filed.len()), tokio::time::Instant::now());
    system.stack.aws().faults().clear();
    watch.until("all of them filed", |seen| seen.filed.len() == accepted.len()).await;
    let drained = recovered.elapsed();

    println!(
        "{} emails at {} a second, then {} while a write takes {:?}\n  answers before: {quick}\n  answers while: {slow}\n  \
         longest queue before: {usual_queue}, while: {}; left at the end of it: {left}, filed {drained:.1?} later\n  \
         from acceptance to object: {}",
        posted,
        a_second,
        accepted.len() - posted,
        WRITE_TAKES,
        watch.look(|seen| seen.longest_queue()),
        watch.look(|seen| Spread::of(seen.ages())),
    );
    let longest = quick.longest() + WRITE_TAKES;
    assert!(slow.longest() < longest, "an answer waited for S3: {slow}, and before: {quick}");
    all_filed(&system, &watch, &accepted).await;
    let again = watch.look(|seen| seen.not_received(1));
    println!("  received more than once: {again}");
    // Minutes of load on a busy machine make some writes slower still than they were asked to be.
    assert!(again == 0 || full(), "a write that fits its attempt is not given back: {again} were");
    assert!(system.queue(DEAD_LETTER_QUEUE).peek().is_empty());
}

/// Five receives, 181 s apart: the runbook's quarter of an hour.
const QUARTER: Duration = Duration::from_secs(15 * 60);

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_dead_letters_what_used_up_its_receives_in_a_quarter_of_an_hour_and_the_rest_is_filed() {
    // Faster than this the message would be back before the worker has given up on it.
    let (setup, time_scale) = if full() {
        (Setup::usual().time_scale(1.0), 1.0)
    } else {
        (Setup::usual().time_scale(150.0).change("Timeout: 30 #", "Timeout: 2 #"), 150.0)
    };
    let system = Ours::start_with(setup).await;
    let watch = Watch::patient(&system, patience());
    system.fault("PutObject", Fault::Delay(patience()), Times::Always);
    let mut accepted = queue_up(&system, &watch, "early", 5).await;
    let thrice =
        |seen: &Seen| seen.received.values().filter(|times| times.len() >= 3).count() == accepted.len();
    watch.until("three receives of each", thrice).await;
    let late = queue_up(&system, &watch, "late", 5).await;
    watch.until("the early ones dead", |seen| seen.dead.len() == 5).await;
    system.stack.aws().faults().clear();
    watch.until("the late ones filed", |seen| seen.filed.len() == 5).await;

    watch.look(|seen| {
        for (message, dead) in &seen.dead {
            let receives = &seen.received[message];
            let lasted = (*dead - receives[0]).mul_f64(time_scale);
            println!("dead after {} receives, {lasted:.1?} of AWS's time after the first", receives.len());
            assert_eq!(receives.len(), 5);
            // In the short form it is six seconds, of which a busy machine may see the beginning some tenths late, and
            // the end whenever it gets round to it.
            let (least, most) = if full() { (1.0, 2.0) } else { (0.9, f64::INFINITY) };
            let quarters = lasted.as_secs_f64() / QUARTER.as_secs_f64();
            assert!((least..most).contains(&quarters), "{lasted:?}");
        }
        assert!(
            seen.filed.iter().all(|(_, receipt)| late.contains_key(receipt)),
            "the late ones by themselves"
        );
    });
    let dead_letters = system.queue(DEAD_LETTER_QUEUE);
    assert_eq!(dead_letters.peek().len(), 5);
    system.sqs.start_message_move_task().source_arn(dead_letters.arn()).send().await.unwrap();
    accepted.extend(late);
    watch.until("all of them filed", |seen| seen.filed.len() == accepted.len()).await;
    all_filed(&system, &watch, &accepted).await;
    assert!(dead_letters.peek().is_empty());
}
