//! Many instances that start at once, against an SSM that takes few reads a second.

use super::instance::{Instance, Reply};
use crate::harness::{Ours, Setup, TOKEN};
use futures::future::join_all;
use local::aws::Aws;
use std::time::{Duration, Instant};
use tokio::time::interval;

/// Instances, and the reads a second that SSM takes. AWS takes 40: `MAILROOM_BURST=200:40` by hand.
const BURST: (usize, u32) = (60, 12);
const BURST_VARIABLE: &str = "MAILROOM_BURST";

/// What SSM saw up to a moment: reads, and how many of them it refused.
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
    let upto = |second: u32| {
        let end = first + Duration::from_secs(second.into());
        seen.iter()
            .take_while(|seen| seen.at < end)
            .last()
            .map_or((0, 0), |seen| (seen.reads, seen.throttled))
    };
    let seconds = seen.last().expect("a look").at.saturating_sub(first).as_secs() as u32 + 1;
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
    assert!(replies.iter().all(|reply| reply.status == 200), "{report}");
}
