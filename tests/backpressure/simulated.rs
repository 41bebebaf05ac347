//! `mailroom plan --simulate` beside the sandbox, at a load that the sandbox can run.

use super::emails::{Accepted, all_filed, post};
use super::{full, patience};
use crate::harness::{Ours, Setup, Watch, mailroom};
use sandbox::services::faults::{Fault, Times};
use serde_json::Value;
use std::time::Duration;

const WRITE_TAKES: Duration = Duration::from_millis(500);
const A_SECOND: u32 = 60;
/// The machine may be busy with other things: then batches differ more, and what posts is late.
const APART: f64 = 0.25;

/// The mean time that `worker` said its full batches took.
async fn batch_time(system: &Ours) -> Duration {
    let batches = system.log.with_message("batch done");
    let full: Vec<_> = batches.iter().filter(|batch| batch["records"] == 10).collect();
    let milliseconds: f64 = full.iter().map(|batch| batch["duration_ms"].as_f64().unwrap()).sum();
    Duration::from_secs_f64(milliseconds / 1_000.0 / full.len() as f64)
}

/// The same as a burst in a day, after quiet hours.
async fn simulate(seconds: u64, batch_time: Duration) -> Value {
    let directory = tempfile::tempdir().unwrap();
    let plot = directory.path().join("day.svg");
    let (burst, batch_time) = (format!("{A_SECOND}:{seconds}s"), format!("{}ms", batch_time.as_millis()));
    let mut command =
        mailroom(&["plan", "--rate", "1/s", "--size", "1000", "--layout", "flat", "--json"]).await;
    command.args(["--worker-concurrency", "2", "--worker-batch-size", "10", "--burst", &burst]);
    command.args(["--batch-time", &batch_time, "--simulate"]).arg(&plot);
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice::<Value>(&output.stdout).unwrap()["day"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulated_backlog_and_its_age_are_those_of_the_sandbox() {
    let setup = Setup::usual().time_scale(1.0).parameter("WorkerConcurrency", "2");
    let system = Ours::start_with(setup.parameter("WorkerBatchSize", "10")).await;
    let (watch, mut accepted) = (Watch::patient(&system, patience()), Accepted::new());
    system.fault("PutObject", Fault::Delay(WRITE_TAKES), Times::Always);
    let seconds = if full() { 60 } else { 8 };
    post(&system, "burst", A_SECOND, Duration::from_secs(seconds), &mut accepted).await;
    watch.until("all of them filed", |seen| seen.filed.len() == accepted.len()).await;
    all_filed(&system, &watch, &accepted).await;

    let backlog = watch.look(|seen| seen.longest_queue()) as f64;
    let oldest = watch.look(|seen| seen.ages().max()).unwrap().as_secs_f64();
    let batch_time = batch_time(&system).await;
    let day = simulate(seconds, batch_time).await;
    let [simulated_backlog, simulated_oldest] =
        ["largest_backlog", "oldest_seconds"].map(|name| day[name].as_f64().unwrap());
    println!(
        "{A_SECOND} emails a second for {seconds} s, batches of 10 take {batch_time:.2?}\n  longest queue: {backlog}, \
         simulated {simulated_backlog}\n  the oldest: {oldest:.1} s, simulated {simulated_oldest} s"
    );
    assert!((simulated_backlog / backlog - 1.0).abs() < APART, "{backlog} {day}");
    // The simulation counts the age in whole seconds.
    assert!((simulated_oldest - oldest).abs() < 1.5 + APART * oldest, "{oldest} {day}");
    assert_eq!((&day["dead"], &day["refused_writes"]), (&Value::from(0), &Value::from(0)));
}
