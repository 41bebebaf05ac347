//! Many instances that start at once, against an SSM that takes few reads a second.

use super::instance::{Instance, Reply};
use crate::harness::{Ours, Setup, TOKEN, refusal};
use futures::future::{join, join_all};
use sandbox::services::Aws;
use sandbox::services::faults::{Fault, Times};
use std::time::{Duration, Instant};
use tokio::time::interval;

/// Instances, and the reads a second that SSM takes. AWS takes 40: `MAILROOM_BURST=200:40` by hand.
const BURST: (usize, u32) = (60, 12);
const BURST_VARIABLE: &str = "MAILROOM_BURST";

/// SSM's reads up to a moment.
struct Seen {
    at: Duration,
    reads: u64,
    throttled: u64,
}

fn burst() -> (usize, u32) {
    std::env::var(BURST_VARIABLE).map_or(BURST, |text| {
        let (instances, limit) = text.split_once(':').expect("INSTANCES:READS_A_SECOND");
        (instances.parse().expect("a number of instances"), limit.parse().expect("reads a second"))
    })
}

/// Looks at SSM every moment, for ever.
async fn watch(aws: &Aws, seen: &mut Vec<Seen>) {
    let (started, mut moments) = (Instant::now(), interval(Duration::from_millis(20)));
    loop {
        moments.tick().await;
        let (reads, throttled) = (aws.faults().calls("GetParameter"), aws.ssm().throttled_reads());
        seen.push(Seen { at: started.elapsed(), reads, throttled });
    }
}

/// Reads and refused reads of each second, the first of which begins with the first read.
fn by_second(seen: &[Seen]) -> Vec<(u64, u64)> {
    let first = seen.iter().find(|seen| seen.reads > 0).expect("a read").at;
    let upto = |second| {
        let end = first + Duration::from_secs(second);
        seen.iter()
            .take_while(|seen| seen.at < end)
            .last()
            .map_or((0, 0), |seen| (seen.reads, seen.throttled))
    };
    let seconds = seen.last().expect("a look").at.saturating_sub(first).as_secs() + 1;
    let difference = |second| {
        let (before, after) = (upto(second), upto(second + 1));
        (after.0 - before.0, after.1 - before.1)
    };
    (0..seconds).map(difference).collect()
}

fn report(instances: usize, limit: u32, replies: &[Reply], seconds: &[(u64, u64)]) -> String {
    let mut took: Vec<_> = replies.iter().map(|reply| reply.took).collect();
    took.sort();
    let refused = replies.iter().filter(|reply| reply.status != 200).count();
    format!(
        "{instances} instances, {limit} reads a second: {refused} not 200; answers after {:.1?} (median), {:.1?} (last); \
         reads (throttled) by second: {}",
        took[took.len() / 2],
        took[took.len() - 1],
        seconds
            .iter()
            .map(|(reads, throttled)| format!("{reads} ({throttled})"))
            .collect::<Vec<_>>()
            .join(", ")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_cold_starts_beyond_ssms_limit_refuses_nobody_and_spreads_its_reads() {
    let (count, limit) = burst();
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let aws = system.stack.aws();
    aws.ssm().limit_reads(limit);
    let instances: Vec<_> = (0..count).map(|_| Instance::new(&system)).collect();

    let (mut seen, mut replies) = (Vec::new(), Vec::new());
    tokio::select! {
        () = watch(aws, &mut seen) => {}
        all = join_all(instances.iter().map(|instance| instance.post(TOKEN))) => replies = all,
    }
    let seconds = by_second(&seen);
    let report = report(count, limit, &replies, &seconds);
    println!("{report}");

    for (instance, reply) in instances.iter().zip(&replies).filter(|(_, reply)| reply.status != 200) {
        println!("{} after {:.1?}: {:?}", reply.status, reply.took, instance.complaints());
    }

    assert!(
        replies.iter().all(|reply| [200, 503].contains(&reply.status)),
        "nobody is without an answer: {report}"
    );
    // Throttled instances spread their reads over five seconds. Beyond that, some callers get a 503.
    if count <= 5 * limit as usize {
        assert!(replies.iter().all(|reply| reply.status == 200), "{report}");
        assert!(aws.ssm().throttled_reads() <= count as u64, "throttled more than once each: {report}");
    }
}

/// One instance whose first reads meet these faults, and what its first request, which waits for its init, is answered.
async fn first_reply(faults: &[Fault], last: Option<Fault>) -> Reply {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    for fault in faults {
        system.fault("GetParameter", fault.clone(), Times::Once);
    }
    if let Some(last) = last {
        system.fault("GetParameter", last, Times::Always);
    }
    Instance::new(&system).post(TOKEN).await
}

/// The waits are random, and one alone could hide a fault: so several instances have a try.
#[tokio::test(flavor = "multi_thread")]
async fn an_init_waits_for_its_turn_and_then_a_request_does_and_neither_for_too_long() {
    let throttled = refusal(400, "ThrottlingException");
    let twice = [throttled.clone(), throttled.clone()];
    let twice = join_all((0..6).map(|_| first_reply(&twice, None)));
    // An attempt of 2 s, a wait of up to 6 s, another 4 s: more than the 10 s that an init has.
    let late = [Fault::Stall, throttled];
    let late = join_all((0..6).map(|_| first_reply(&late, Some(Fault::Stall))));
    let (twice, late) = join(twice, late).await;
    assert!(twice.iter().all(|reply| reply.status == 200), "the third read succeeds: {twice:?}");
    assert!(
        late.iter().all(|reply| reply.status == 503),
        "the function answers, though SSM does not: {late:?}"
    );
}
