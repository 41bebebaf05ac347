use super::*;

#[test]
fn emails_within_the_workers_capacity_wait_a_window_and_a_batch_at_most() {
    for rate in [1.0, 40.0, 1_000.0, 3_000.0] {
        let scenario = usual(rate);
        let day = run(&scenario, HOUR);
        assert_eq!((day.dead, day.expired, day.refused_writes), (0, 0, 0), "{rate}");
        assert!(day.queued as f64 <= rate * 1.3 + 1.0, "{rate}: {}", said(&day));
        assert_eq!(day.last_late_second, None, "{rate}: {}", said(&day));
        assert!(day.oldest_seconds <= 3, "{rate}: {}", said(&day));
    }
}

#[test]
fn beyond_the_workers_capacity_the_backlog_grows_by_the_difference() {
    let mut scenario = unlimited(10_000.0);
    (scenario.worker.concurrency, scenario.worker.first_pollers) = (5, 5);
    let day = run(&scenario, HOUR);
    let backlog = HOUR * (10_000 - 5 * 1_000);
    assert!(day.queued.abs_diff(backlog) < 5_000, "5 workers x 100 / 0.1 s: {}", said(&day));
    assert!(day.oldest_seconds.abs_diff(HOUR / 2) < 3, "{}", said(&day));
    assert_eq!(day.most_worker_instances, 5);
}

#[test]
fn a_backlog_drains_at_the_capacity_less_what_arrives() {
    let mut scenario = unlimited(1_000.0);
    (scenario.worker.concurrency, scenario.worker.first_pollers) = (5, 5);
    scenario.bursts.push(Burst { span: Span { from_second: 600, for_seconds: 300 }, times: 10.0 });
    let day = run(&scenario, HOUR);
    let backlog = 300 * (10_000 - 5_000);
    assert!(day.largest_backlog.abs_diff(backlog) < 5_000, "{}", said(&day));
    let drained = 900 + backlog / (5_000 - 1_000);
    assert!(day.last_late_second.unwrap().abs_diff(drained) <= 3, "{drained}: {}", said(&day));
}

#[test]
fn lambda_adds_three_hundred_pollers_a_minute() {
    let mut scenario = unlimited(100_000.0);
    (scenario.worker.concurrency, scenario.worker.first_pollers) = (1_000, 5);
    scenario.worker.batch_seconds = 1.0;
    let day = run(&scenario, 300);
    let most: Vec<_> = day.minutes.iter().map(|minute| minute.worker_instances).collect();
    for (most, expected) in most.iter().zip([305, 605, 905, 1_000, 1_000]) {
        assert!(most.abs_diff(expected) <= 1, "{most:?}");
    }
}

#[test]
fn an_outage_shorter_than_the_receives_kills_nothing_and_a_longer_one_what_came_first() {
    let outage = |minutes: u64| {
        let mut scenario = unlimited(100.0);
        scenario.outage = Some(Span { from_second: 600, for_seconds: minutes * 60 });
        run(&scenario, 2 * HOUR)
    };
    // Five receives, 181 s apart: the fifth is 724 s after the first.
    let short = outage(12);
    assert_eq!((short.dead, short.queued < 200), (0, true), "{}", said(&short));
    assert!(short.largest_backlog.abs_diff(12 * 60 * 100) < 300, "{}", said(&short));
    assert!((720..=720 + 183).contains(&short.oldest_seconds), "{}", said(&short));
    // Dead is what was received five times before the end: accepted up to 724 s before it.
    let long = outage(30);
    assert!(long.dead.abs_diff((30 * 60 - 724) * 100) < 300, "{}", said(&long));
    assert_eq!(long.stored + long.dead + long.queued, 2 * HOUR * 100 - long.unanswered);
}

#[test]
fn an_outage_fills_the_messages_in_flight_and_the_rest_waits_unread() {
    let mut scenario = unlimited(5_000.0);
    scenario.outage = Some(Span { from_second: 0, for_seconds: HOUR });
    let day = run(&scenario, HOUR);
    assert_eq!(day.most_in_flight, 120_000);
    // In five visibility timeouts 120,000 use up their receives.
    let dead = HOUR / (5 * 181) * 120_000;
    assert!(day.dead <= dead + 120_000 && day.dead > dead - 120_000, "{dead}: {}", said(&day));
}

#[test]
fn what_outlives_the_retention_is_lost() {
    let mut scenario = unlimited(10.0);
    scenario.queue.retention_seconds = HOUR;
    scenario.queue.receives = 255;
    scenario.outage = Some(Span { from_second: 0, for_seconds: 3 * HOUR });
    let day = run(&scenario, 3 * HOUR);
    assert!(day.expired.abs_diff(2 * HOUR * 10) < 10 * 182, "{}", said(&day));
    assert_eq!(day.stored, 0);
}

#[test]
fn s3_stores_what_its_partitions_take_and_splits_them_after_an_hour() {
    let mut scenario = unlimited(5_000.0);
    scenario.s3.partitions = 1;
    let hour = run(&scenario, HOUR);
    assert!(hour.stored.abs_diff(HOUR * 3_500) < 10_000, "{}", said(&hour));
    assert_eq!(hour.partitions, 1);
    let day = run(&scenario, 8 * HOUR);
    assert_eq!(day.partitions, 2, "{}", said(&day));
    assert!(day.queued < 10_000, "{}", said(&day));
}

#[test]
fn one_object_for_each_batch_needs_a_write_for_each() {
    let mut scenario = unlimited(50_000.0);
    scenario.s3.partitions = 1;
    scenario.worker.one_object_per_batch = true;
    scenario.worker.batch = 2_000;
    let day = run(&scenario, HOUR);
    assert_eq!((day.refused_writes, day.dead), (0, 0));
    assert!(day.batches.abs_diff(HOUR * 25) < 20, "{}", said(&day));
}
