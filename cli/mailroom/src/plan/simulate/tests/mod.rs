//! The simulation against arithmetic, where that is exact.
//!
//! - `requests`: what `api`, Lambda and SSM let through;
//! - `emails`: the queue, the worker and S3;
//! - `outage`: the outage of S3 in the plan.

mod emails;
mod outage;
mod requests;

use super::plot::write as write_plot;
use super::scenario::{Api, Burst, Gateway, Lambda, Queue, S3, Span, Worker};
use super::*;

/// The template's defaults in an account with the default quotas.
fn usual(emails_per_second: f64) -> Scenario {
    Scenario {
        emails_per_second,
        emails_per_request: 1,
        bursts: Vec::new(),
        outage: None,
        api: Api { request_seconds: 0.015, cold_start_seconds: 0.1 },
        gateway: None,
        lambda: Lambda {
            concurrency: 1_000,
            scaling_per_10_seconds: 1_000,
            requests_per_second_each: 10,
            idle_seconds: 600,
        },
        ssm_reads_per_second: 40,
        queue: Queue { visibility_seconds: 181, receives: 5, retention_seconds: 86_400, in_flight: 120_000 },
        worker: Worker {
            concurrency: 5,
            batch: 100,
            window_seconds: 1,
            batch_seconds: 0.1,
            one_object_per_batch: false,
            first_pollers: 5,
            pollers_per_minute: 300,
        },
        s3: S3 { writes_per_second_each: 3_500, partitions: 1, split_seconds: 3_600, attempts: 3 },
    }
}

/// With every limit out of the way but those that a test sets again.
fn unlimited(emails_per_second: f64) -> Scenario {
    let mut scenario = usual(emails_per_second);
    scenario.lambda.concurrency = 1_000_000;
    scenario.lambda.scaling_per_10_seconds = 10_000_000;
    scenario.ssm_reads_per_second = 1_000_000;
    scenario.s3.partitions = 1_000;
    scenario.worker.concurrency = 1_000;
    scenario.worker.first_pollers = 1_000;
    scenario
}

/// Simulates, and accounts for every email.
fn run(scenario: &Scenario, seconds: u64) -> Day {
    let day = simulate_for(scenario, seconds);
    assert_eq!(day.sent, day.accepted + day.refused.total() + day.unanswered, "{}", said(&day));
    assert_eq!(day.accepted, day.stored + day.dead + day.expired + day.queued, "{}", said(&day));
    day
}

/// The day without its minutes.
fn said(day: &Day) -> String {
    serde_json::to_string(day).unwrap()
}

const HOUR: u64 = 60 * 60;

#[test]
fn the_same_day_comes_out_the_same_and_has_its_minutes() {
    let mut scenario = usual(2_000.0);
    scenario.bursts.push(Burst { span: Span { from_second: 600, for_seconds: 60 }, times: 20.0 });
    let [first, second] = [(), ()].map(|()| run(&scenario, HOUR));
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
    assert_eq!(first.minutes.len(), 60);
    let most = first.minutes.iter().map(|minute| minute.backlog).max();
    assert_eq!(most, Some(first.largest_backlog));
    let refused: u64 = first.minutes.iter().map(|minute| minute.refused.total()).sum();
    assert_eq!(refused, first.refused.total());
}

#[test]
fn a_plot_has_a_panel_for_each_kind_and_a_line_for_each_value_that_occurs() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("day.svg");
    let mut scenario = unlimited(1_000.0);
    scenario.gateway = Some(Gateway { requests_per_second: 500, burst: 500 });
    write_plot(&path, "1,000 emails/s of 2 KB & more", &run(&scenario, HOUR)).unwrap();
    let plot = std::fs::read_to_string(&path).unwrap();
    let texts = [
        "1,000 emails/s of 2 KB &amp; more",
        "Emails in the queue",
        "Age of the oldest",
        "Refused",
        "Instances",
    ];
    for text in texts.into_iter().chain(["by the HTTP API", "worker", "24:00", "30,000"]) {
        assert!(plot.contains(text), "{text}: {plot}");
    }
    assert!(!plot.contains("by Lambda"), "{plot}");
    let missing = directory.path().join("missing").join("day.svg");
    let error = write_plot(&missing, "", &run(&usual(1.0), 60)).unwrap_err();
    assert!(error.to_string().contains("day.svg"), "{error:#}");
}
