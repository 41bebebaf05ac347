//! The options of a simulation, and the scenario that they describe.

use super::count::whole_up;
use super::scenario::{self, Burst, Gateway, Lambda, Queue, S3, Scenario, Span};
use crate::plan::facts::{
    EVENT_BYTES, EXECUTIONS, FIRST_POLLERS, IDLE_SECONDS, IN_FLIGHT, POLLERS_PER_MINUTE,
    REQUESTS_PER_EXECUTION, S3_SPLIT_SECONDS, S3_WRITES, SCALING_PER_10_SECONDS, SSM_READS,
};
use crate::plan::load::{Endpoint, Layout, Load};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// The hours of a day at which the burst and the outage begin.
const BURST_AT: u64 = 9 * 60 * 60;
const OUTAGE_AT: u64 = 15 * 60 * 60;

#[derive(clap::Args)]
pub(crate) struct DayOptions {
    /// Instead, simulate a day from midnight, when nothing runs, and write its plot
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) simulate: Option<PathBuf>,
    /// At 09:00, so many times the rate for so long, such as 10:5m
    #[arg(long, value_name = "TIMES:DURATION")]
    burst: Option<BurstOption>,
    /// WorkerConcurrency [default: twice the need, at least 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(2..=1_000))]
    worker_concurrency: Option<u64>,
    /// WorkerBatchSize [default: 100; in the layout batch as many as fit into an event]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(10..=10_000))]
    worker_batch_size: Option<u64>,
    /// WorkerBatchWindow, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = window)]
    worker_batch_window: u64,
    /// MessageRetention, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u64).range(3_600..=1_209_600))]
    message_retention: u64,
    /// HttpApiRateLimit, with --endpoint http-api [default: twice the need, 1000 to 10000]
    #[arg(long, value_name = "N", requires = "endpoint", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    http_api_rate_limit: Option<u64>,
    /// HttpApiBurstLimit, with --endpoint http-api
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=5_000))]
    http_api_burst_limit: u64,
    /// Concurrent executions of the account [default: twice the need, at least 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(10..))]
    concurrent_executions: Option<u64>,
    /// Reads a second that SSM takes from the account
    #[arg(long, value_name = "N", default_value_t = SSM_READS.value, value_parser = clap::value_parser!(u64).range(1..))]
    ssm_reads: u64,
    /// Partitions of the bucket's keys at midnight [default: in the layout flat as many as the rate needs, else 1: the
    /// keys of a new day are in one]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    partitions: Option<u64>,
    /// Duration of api for one request [default: 15ms, and 2ms for each further email]
    #[arg(long, value_name = "DURATION")]
    api_time: Option<humantime::Duration>,
    /// Duration of worker for a full batch [default: 30ms, and 0.7ms for each email or in the layout batch 0.2ms]
    #[arg(long, value_name = "DURATION")]
    batch_time: Option<humantime::Duration>,
}

/// A record's members beside the email: receipt handle, attributes, names. A belief, from the form of
/// events/sqs-batch.json and handles as long as AWS's.
const RECORD_BYTES: u64 = 1_000;
/// Above this a batch of the layouts with one object for each email saves nothing (docs/PERFORMANCE.md).
const USUAL_BATCH: u64 = 100;
const LARGEST_BATCH: u64 = 10_000;

/// The values that the template takes, and has visibility timeouts for.
const WINDOWS: [u64; 6] = [1, 5, 10, 20, 30, 60];

fn window(text: &str) -> Result<u64, String> {
    let window = text.parse().ok().filter(|window| WINDOWS.contains(window));
    window.ok_or_else(|| format!("must be one of {}", WINDOWS.map(|window| window.to_string()).join(", ")))
}

impl DayOptions {
    pub(crate) fn scenario(&self, load: &Load) -> Scenario {
        let one_object_per_batch = load.layout == Layout::Batch;
        let requests_per_second = load.requests_per_second();
        let usual = if one_object_per_batch { LARGEST_BATCH } else { USUAL_BATCH };
        let batch = self
            .worker_batch_size
            .unwrap_or(usual)
            .min(EVENT_BYTES.value / (load.size + RECORD_BYTES))
            .max(1);
        let request_seconds = seconds(self.api_time, 0.015 + 0.002 * (load.batch - 1) as f64);
        let each = if one_object_per_batch { 0.0002 } else { 0.0007 };
        let batch_seconds = seconds(self.batch_time, 0.03 + each * batch as f64);
        let workers = load.rate.0 / batch as f64 * batch_seconds;
        let worker_concurrency = self.worker_concurrency.unwrap_or(twice(workers).clamp(5, 1_000));
        let partitions =
            if load.layout == Layout::Flat { whole_up(load.rate.0 / S3_WRITES.value as f64) } else { 1 };
        let executions = (requests_per_second * request_seconds)
            .max(requests_per_second / REQUESTS_PER_EXECUTION.value as f64)
            + workers;
        Scenario {
            emails_per_second: load.rate.0,
            emails_per_request: load.batch,
            bursts: self.burst.map(|burst| burst.at(BURST_AT)).into_iter().collect(),
            outage: load.outage.map(|outage| Span { from_second: OUTAGE_AT, for_seconds: outage.as_secs() }),
            api: scenario::Api { request_seconds, cold_start_seconds: 0.1 },
            gateway: (load.endpoint == Endpoint::HttpApi).then(|| Gateway {
                requests_per_second: (self.http_api_rate_limit)
                    .unwrap_or(twice(requests_per_second).clamp(1_000, 10_000)),
                burst: self.http_api_burst_limit,
            }),
            lambda: Lambda {
                concurrency: self.concurrent_executions.unwrap_or(twice(executions).max(EXECUTIONS.value)),
                scaling_per_10_seconds: SCALING_PER_10_SECONDS.value,
                requests_per_second_each: REQUESTS_PER_EXECUTION.value,
                idle_seconds: IDLE_SECONDS.value,
            },
            ssm_reads_per_second: self.ssm_reads,
            queue: Queue {
                visibility_seconds: 180 + self.worker_batch_window,
                receives: 5,
                retention_seconds: self.message_retention,
                in_flight: IN_FLIGHT.value,
            },
            worker: scenario::Worker {
                concurrency: worker_concurrency,
                batch,
                window_seconds: self.worker_batch_window,
                batch_seconds,
                one_object_per_batch,
                first_pollers: FIRST_POLLERS.value,
                pollers_per_minute: POLLERS_PER_MINUTE.value,
            },
            s3: S3 {
                writes_per_second_each: S3_WRITES.value,
                partitions: self.partitions.unwrap_or(partitions),
                split_seconds: S3_SPLIT_SECONDS.value,
                attempts: 3,
            },
        }
    }
}

/// The need twice, so that a backlog shrinks and a burst fits.
fn twice(need: f64) -> u64 {
    whole_up(2.0 * need)
}

fn seconds(given: Option<humantime::Duration>, usual: f64) -> f64 {
    given.map_or(usual, |time| Duration::from(time).as_secs_f64().max(0.001))
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct BurstOption {
    times: f64,
    lasts: Duration,
}

#[derive(Debug, thiserror::Error)]
#[error("not a burst such as 10:5m, ten times the rate for five minutes")]
struct InvalidBurst;

impl FromStr for BurstOption {
    type Err = InvalidBurst;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (times, lasts) = text.split_once(':').ok_or(InvalidBurst)?;
        let times = times.parse().map_err(|_| InvalidBurst)?;
        let lasts = humantime::parse_duration(lasts).map_err(|_| InvalidBurst)?;
        (times > 0.0 && times <= 1e6).then_some(Self { times, lasts }).ok_or(InvalidBurst)
    }
}

impl BurstOption {
    fn at(self, from_second: u64) -> Burst {
        Burst { span: Span { from_second, for_seconds: self.lasts.as_secs() }, times: self.times }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_a_factor_and_a_duration() {
        let burst = |times, seconds| BurstOption { times, lasts: Duration::from_secs(seconds) };
        assert_eq!("10:5m".parse::<BurstOption>().unwrap(), burst(10.0, 300));
        assert_eq!("1.5:90s".parse::<BurstOption>().unwrap(), burst(1.5, 90));
        for text in ["", "10", "10:", ":5m", "0:5m", "-1:5m", "NaN:5m", "10x5m", "10:5"] {
            assert!(text.parse::<BurstOption>().unwrap_err().to_string().contains("10:5m"), "{text}");
        }
    }

    #[test]
    fn a_window_is_one_of_those_of_the_template() {
        let template =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml")).unwrap();
        let (_, parameter) = template.split_once("\n  WorkerBatchWindow:\n").unwrap();
        let allowed = parameter.lines().find_map(|line| line.trim().strip_prefix("AllowedValues: "));
        assert_eq!(allowed.unwrap(), format!("{WINDOWS:?}"));
        assert_eq!((window("20"), window("2").is_err(), window("x").is_err()), (Ok(20), true, true));
    }
}
