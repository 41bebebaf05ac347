//! Costs that are the same in every month, and others that are not in the bill of the emails.

use super::super::bill::{GB, HOURS, PAID_ALARMS};
use super::super::facts::*;
use super::super::report::{dollars, rate};
use super::super::usage::{API_GB, WORKER_GB};
use super::table;

struct Row {
    what: &'static str,
    quantity: f64,
    price: Price,
}

fn row(what: &'static str, quantity: f64, price: Price) -> Row {
    Row { what, quantity, price }
}

impl Row {
    fn dollars(&self) -> f64 {
        self.price.of(Region::UsEast1, self.quantity)
    }

    fn cells(&self) -> Vec<String> {
        let quantity = self.quantity;
        let quantity = if quantity < 10.0 && quantity.fract() != 0.0 {
            format!("{quantity:.2}")
        } else {
            rate(quantity)
        };
        let quantity = quantity.trim_end_matches(".0");
        vec![self.what.to_owned(), format!("{quantity} {}", self.price.unit), dollars(self.dollars())]
    }
}

/// The rows and their sum.
fn sum(rows: &[Row]) -> String {
    let total: f64 = rows.iter().map(Row::dollars).sum();
    let total = vec!["**together**".to_owned(), String::new(), format!("**{}**", dollars(total))];
    table(&["what", "quantity", "$"], rows.iter().map(Row::cells).chain([total]))
}

pub(super) fn idle() -> String {
    sum(&[
        row("load balancer", HOURS, BALANCER_HOURS),
        row("its addresses, one in each of two zones", 2.0 * HOURS, ADDRESSES),
        row("alarms, beside ten for nothing", PAID_ALARMS, ALARMS),
    ])
}

pub(super) fn grafana() -> String {
    sum(&[
        row("instance", HOURS, INSTANCE_HOURS),
        row("address", HOURS, ADDRESSES),
        row("disk", 30.0, DISK),
        row("alarms", 5.0, ALARMS),
        row("password", 1.0, SECRETS),
        row("memory and disk of the instance as metrics", 2.0, METRICS),
        row("five alert rules, twelve times an hour", 5.0 * 12.0 * HOURS, METRIC_READS),
    ])
}

/// More than with the instance in a public subnet, whose address it doesn't have.
pub(super) fn private_subnets() -> String {
    let cost = |rows: &[Row]| dollars(rows.iter().map(Row::dollars).sum());
    let nat = [row("", HOURS, NAT_HOURS), row("", 1.0, NAT_BYTES)];
    let address = row("", HOURS, ADDRESSES).dollars();
    let endpoints: f64 =
        [row("", 8.0 * HOURS, ENDPOINT_HOURS), row("", 1.0, ENDPOINT_BYTES)].iter().map(Row::dollars).sum();
    let cells = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    table(
        &["`GrafanaEgress`", "what", "$ more"],
        [
            cells([
                "`nat`",
                "a gateway, whose address takes the instance's place, and a GB through it",
                &cost(&nat),
            ]),
            cells([
                "`endpoints`",
                "eight interface endpoints in one zone, a GB through them, and no address",
                &dollars(endpoints - address),
            ]),
        ],
    )
}

pub(super) fn canary() -> String {
    // Time of the canary, api and worker; requests of the three.
    let time = 3.0 * 0.125 + 0.015 * API_GB + 0.05 * WORKER_GB;
    let rows = |runs: f64| {
        [
            row("seven metrics", 7.0, METRICS),
            row("alarm", 1.0, ALARMS),
            row("functions, time", runs * time, LAMBDA_TIME),
            row("functions, requests", runs * 3.0, LAMBDA_REQUESTS),
            row("a write", runs, S3_WRITES_PRICE),
            row("about six reads", runs * 6.0, S3_READS),
            row("traces of three functions", runs * 3.0, TRACES),
            row("queue", runs * 3.0, SQS_REQUESTS),
            row("logs of 4 KB", runs * 4_000.0 / GB, LOGS),
            row("two reads of the tokens", runs * 2.0, KMS_CALLS),
        ]
    };
    let (rare, often) = (rows(12.0 * HOURS), rows(60.0 * HOURS));
    let total = |rows: &[Row]| format!("**{}**", dollars(rows.iter().map(Row::dollars).sum()));
    let totals = vec!["**together**".to_owned(), total(&rare), total(&often)];
    let lines = rare
        .iter()
        .zip(&often)
        .map(|(a, b)| vec![a.what.to_owned(), dollars(a.dollars()), dollars(b.dollars())]);
    table(&["for each run", "`rate(5 minutes)`", "`rate(1 minute)`"], lines.chain([totals]))
}

pub(super) fn question() -> String {
    sum(&[row("emails of 2 KB", 2.0 * GB, ATHENA), row("objects of one email", 1e6, S3_READS)])
}

pub(super) fn replica() -> String {
    sum(&[
        row("writes into the replica", 1e6, S3_WRITES_PRICE),
        row("out of the first region", 1.0, TO_ANOTHER_REGION),
        row("replication time control", 1.0, REPLICATION_CONTROL),
        row("copies, each month", 1.0, S3_STORAGE),
    ])
}
