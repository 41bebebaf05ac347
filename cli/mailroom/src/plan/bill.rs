//! The bill of a month by line.

use super::facts::*;
use super::load::{Endpoint, Load};
use super::needs::needs_higher_throughput;
use super::simulate::Scenario;
use super::usage::{ACCESS_LINE, API_GB, Usage, WORKER_GB};
use serde::Serialize;

pub(crate) const HOURS: f64 = 730.0;
pub(crate) const SECONDS: f64 = HOURS * 3_600.0;
pub(crate) const GB: f64 = 1e9;
/// The template has at most 22 metrics and 14 alarms; an account has ten of each for nothing.
pub(crate) const PAID_METRICS: f64 = 12.0;
pub(crate) const PAID_ALARMS: f64 = 4.0;
/// Connections a second, and GB an hour to functions, of one LCU.
pub(crate) const LCU_CONNECTIONS: f64 = 25.0;
const LCU_GB: f64 = 0.4;
/// Bytes of a billed request of an HTTP API.
const HTTP_API_BYTES: f64 = 512.0 * 1_024.0;

#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) what: &'static str,
    pub(crate) quantity: f64,
    pub(crate) unit: &'static str,
    pub(crate) dollars: f64,
    /// The line doesn't grow with the emails.
    pub(crate) fixed: bool,
}

#[derive(Debug, Serialize)]
pub(crate) struct Bill {
    pub(crate) lines: Vec<Line>,
    pub(crate) dollars: f64,
    pub(crate) fixed_dollars: f64,
    /// Without the fixed lines.
    pub(crate) dollars_per_million_emails: f64,
}

impl Bill {
    /// For a month with the same rate all the time.
    pub(crate) fn new(load: &Load, scenario: &Scenario, usage: &Usage) -> Self {
        let bill = |what, price: &Price, quantity| line(what, price, load.region, quantity);
        let month = |per_second: f64| per_second * SECONDS;
        let mut lines = endpoint(load, usage);
        lines.extend([
            bill("api: requests", &LAMBDA_REQUESTS, month(usage.requests)),
            bill("api: time", &LAMBDA_TIME, month(usage.api_instances * API_GB)),
            bill("queue: requests", &SQS_REQUESTS, month(usage.sqs_requests)),
            bill("worker: requests", &LAMBDA_REQUESTS, month(usage.batches)),
            bill("worker: time", &LAMBDA_TIME, month(usage.worker_instances * WORKER_GB)),
            bill("bucket: writes", &S3_WRITES_PRICE, month(usage.writes)),
            bill("bucket: a month's emails", &S3_STORAGE, month(usage.stored_bytes) / GB),
            bill("logs", &LOGS, month(usage.log_bytes) / GB),
            bill("traces", &TRACES, month(usage.traces)),
            bill("tokens: decryption", &KMS_CALLS, month(usage.token_reads)),
            bill("answers: transfer", &TRANSFER, month(usage.answer_bytes) / GB),
            fixed(bill("metrics", &METRICS, PAID_METRICS)),
            fixed(bill("alarms", &ALARMS, PAID_ALARMS)),
        ]);
        if needs_higher_throughput(scenario, usage) {
            lines.push(bill("tokens: reads at higher throughput", &SSM_CALLS, month(usage.token_reads)));
        }
        lines.retain(|line| line.quantity > 0.0);
        let dollars = lines.iter().map(|line| line.dollars).sum();
        let fixed_dollars = lines.iter().filter(|line| line.fixed).map(|line| line.dollars).sum();
        let dollars_per_million_emails = (dollars - fixed_dollars) / month(usage.emails) * 1e6;
        Self { lines, dollars, fixed_dollars, dollars_per_million_emails }
    }
}

fn endpoint(load: &Load, usage: &Usage) -> Vec<Line> {
    let bill = |what, price: &Price, quantity| line(what, price, load.region, quantity);
    match load.endpoint {
        Endpoint::Alb => vec![
            fixed(bill("load balancer: hours", &BALANCER_HOURS, HOURS)),
            fixed(bill("load balancer: addresses", &ADDRESSES, 2.0 * HOURS)),
            bill("load balancer: capacity units", &LCU_HOURS, capacity_units(usage) * HOURS),
        ],
        Endpoint::HttpApi => {
            let billed = (usage.request_bytes / usage.requests / HTTP_API_BYTES).ceil();
            vec![
                bill("HTTP API: requests", &HTTP_API, usage.requests * billed * SECONDS),
                bill("HTTP API: access log", &ACCESS_LOGS, usage.requests * ACCESS_LINE * SECONDS / GB),
            ]
        }
    }
}

/// LCUs at work. Each request has a connection of its own here.
pub(crate) fn capacity_units(usage: &Usage) -> f64 {
    let gb_per_hour = (usage.request_bytes + usage.answer_bytes) * 3_600.0 / GB;
    (usage.requests / LCU_CONNECTIONS).max(gb_per_hour / LCU_GB)
}

pub(crate) fn line(what: &'static str, price: &Price, region: Region, quantity: f64) -> Line {
    Line { what, quantity, unit: price.unit, dollars: price.of(region, quantity), fixed: false }
}

fn fixed(line: Line) -> Line {
    Line { fixed: true, ..line }
}
