use super::*;

#[test]
fn a_rate_within_all_limits_is_accepted_whole_by_rate_times_time_instances() {
    let day = run(&unlimited(1_000.0), HOUR);
    assert_eq!((day.accepted, day.refused.total()), (3_600_000, 0));
    let mut steady = unlimited(1_000.0);
    steady.bursts.push(Burst { span: Span { from_second: 0, for_seconds: 10 }, times: 0.001 });
    let last = run(&steady, 2 * HOUR).minutes.pop().unwrap();
    assert_eq!(last.api_instances, 15, "1,000/s x 0.015 s");
}

#[test]
fn beyond_ten_requests_a_second_for_each_execution_lambda_refuses() {
    let mut scenario = unlimited(20_000.0);
    scenario.lambda.concurrency = 1_100;
    scenario.worker.concurrency = 2;
    let day = run(&scenario, 600);
    let most = 600 * 11_000;
    assert!(day.accepted <= most && day.accepted > most - 600 * 200, "{}", said(&day));
    assert_eq!(day.refused.by_lambda, day.refused.total());
}

#[test]
fn what_the_worker_takes_of_the_accounts_executions_is_not_the_apis() {
    let mut scenario = unlimited(8_000.0);
    scenario.lambda.concurrency = 1_000;
    scenario.worker.batch_seconds = 6.25;
    let day = run(&scenario, HOUR);
    // Of `a` a second, `worker` takes a / 100 x 6.25 s, and `api` the rest for ten each: a = 10 x (1,000 - a / 16).
    let expected = 10_000.0 / (1.0 + 10.0 / 16.0) * HOUR as f64;
    assert!((day.accepted as f64 / expected - 1.0).abs() < 0.02, "{expected}: {}", said(&day));
}

#[test]
fn out_of_nothing_lambda_takes_ten_thousand_a_second_and_a_thousand_more_each_second() {
    let mut scenario = unlimited(50_000.0);
    scenario.lambda.scaling_per_10_seconds = 1_000;
    let day = run(&scenario, 120);
    // 40,000 a second too many at first, none after 40 s: half of 40 s x 40,000. A tick more or less at either end.
    let expected = 800_000.0;
    let apart = (day.refused.by_lambda as f64 - expected).abs() / expected;
    assert!(apart < 0.02, "{apart}: {:?}", day.refused);
    assert_eq!(day.minutes[1].refused.total(), 0);
}

#[test]
fn the_http_api_takes_its_rate_and_a_burst_at_once() {
    let mut scenario = unlimited(1_500.0);
    scenario.gateway = Some(Gateway { requests_per_second: 1_000, burst: 1_000 });
    let day = run(&scenario, 100);
    assert_eq!(day.refused.by_gateway, 100 * 500 - 1_000 + 100, "the burst is full at the first tick");
}

#[test]
fn each_instance_reads_the_tokens_once_a_minute() {
    let day = run(&unlimited(40_000.0), HOUR);
    let instances = day.minutes[30].api_instances;
    assert_eq!(instances, 600);
    let each = day.token_reads as f64 / instances as f64;
    // Every 54 to 60 s, at random. Some instances more came with the first requests.
    assert!((60.0..75.0).contains(&each), "{each}");
    assert_eq!(day.throttled_token_reads, 0);
}

/// Refused requests, and the longest wait in seconds, of so many instances that start at once.
fn at_once(instances: u64, reads_per_second: u64) -> (u64, f64) {
    let mut reads = tokens::TokenReads::new(reads_per_second, 600);
    assert_eq!(reads.begin(0, instances, 1), 0);
    let (mut ready, mut refused, mut longest_wait) = (0, 0, 0);
    for now in 1..200 {
        let step = reads.step(now, ready, ready);
        (ready, refused) = (ready + step.ready, refused + step.refused);
        longest_wait = longest_wait.max(step.longest_wait);
    }
    assert_eq!(ready + refused, instances);
    (refused, longest_wait as f64 / TICKS_PER_SECOND as f64)
}

/// `tests/tokens/burst.rs` measured the real `api` (docs/RELIABILITY.md): with 40 reads a second, none of 200 is refused
/// and the last answers after 6.9 s; with 20, up to 8 are refused.
#[test]
fn two_hundred_instances_at_once_get_their_tokens_as_measured() {
    let (refused, wait) = at_once(200, 40);
    assert!(refused == 0 && (6.0..10.0).contains(&wait), "{refused} {wait}");
    let (refused, wait) = at_once(200, 20);
    assert!(refused <= 8 && (10.0..13.0).contains(&wait), "{refused} {wait}");
    assert_eq!(at_once(40, 40), (0, 0.1));
}

#[test]
fn idle_instances_end_and_leave_nothing_behind() {
    let mut scenario = unlimited(10.0);
    scenario.bursts.push(Burst { span: Span { from_second: 60, for_seconds: 60 }, times: 1_000.0 });
    let day = run(&scenario, 2 * HOUR);
    assert!(day.most_api_instances >= 150);
    let reads_later = run(&scenario, 3 * HOUR).token_reads - day.token_reads;
    assert!((60..70).contains(&reads_later), "one instance, an hour: {reads_later}");
}

#[test]
fn requests_of_many_emails_count_as_one() {
    let mut scenario = unlimited(10_000.0);
    scenario.emails_per_request = 500;
    let day = run(&scenario, HOUR);
    assert_eq!((day.accepted, day.refused.total()), (36_000_000, 0));
    assert!(day.most_api_instances <= 3, "{}", said(&day));
}
