//! The plan against arithmetic by hand, and against the template.

use super::bill::SECONDS;
use super::facts::{LIMITS, LOGS, PRICES, Region};
use super::report::dollars;
use super::*;
use clap::Parser;

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    options: Options,
}

pub(super) fn options(arguments: &str) -> Options {
    Command::try_parse_from(["plan"].into_iter().chain(arguments.split(' '))).unwrap().options
}

pub(super) fn plan(arguments: &str) -> Plan {
    let options = options(arguments);
    options.load.check().unwrap();
    Plan::new(&options.load, &options.day.scenario(&options.load))
}

const DOLLAR: &str =
    "--rate 1000/s --size 2000 --layout batch --batch 500 --tracing PassThrough --system-log-level WARN";

/// The dollars of a line for a million emails, at 1,000 a second.
fn million(plan: &Plan, what: &str) -> String {
    let line = plan.bill.lines.iter().find(|line| line.what == what).unwrap_or_else(|| panic!("no {what}"));
    format!("{:.4}", line.dollars / SECONDS * 1_000.0)
}

#[test]
fn a_million_emails_one_by_one_cost_what_arithmetic_says() {
    let plan = plan("--rate 1000/s --size 2000");
    for (what, dollars) in [
        ("load balancer: capacity units", 1e6 / 25.0 / 3_600.0 * 0.008),
        ("api: requests", 0.20),
        ("api: time", 1e6 * 0.015 * 0.25 * 0.000_013_333_4),
        ("queue: requests", 1.2 * 0.40),
        ("worker: requests", 0.01 * 0.20),
        ("worker: time", 1e4 * 0.1 * 0.5 * 0.000_013_333_4),
        ("bucket: writes", 5.00),
        ("bucket: a month's emails", 2.0 * 0.023),
        ("logs", (335.0 + 300.0 + 6.0 + 330.0 + 500.0 + 11.0) / 1_000.0 * 0.50),
        // One trace a second of api and one of worker, and 5% of 999 and of 9.
        ("traces", (1.0 + 49.95 + 1.0 + 0.45) * 5.0 / 1_000.0),
    ] {
        assert_eq!(million(&plan, what), format!("{dollars:.4}"), "{what}");
    }
}

#[test]
fn a_million_emails_in_batches_cost_less_than_a_dollar() {
    let plan = plan(DOLLAR);
    for (what, dollars) in [
        // 500 emails by tens; 1,000 emails a batch, received and deleted by tens.
        ("queue: requests", 0.3 * 0.40),
        ("api: requests", 0.002 * 0.20),
        ("worker: requests", 0.001 * 0.20),
        ("bucket: writes", 0.005),
        ("logs", ((335.0 + 400.0 + 6.0) + 330.0 / 500.0 + 600.0 / 1_000.0) / 1_000.0 * 0.50),
    ] {
        assert_eq!(million(&plan, what), format!("{dollars:.4}"), "{what}");
    }
    assert!(plan.bill.lines.iter().all(|line| line.what != "traces"));
    assert!(plan.bill.dollars_per_million_emails < 1.0, "{:?}", plan.bill);
    let lines: f64 = plan.bill.lines.iter().map(|line| line.dollars).sum();
    assert!((plan.bill.dollars - lines).abs() < 1e-6);
    let of_emails = plan.bill.dollars_per_million_emails * SECONDS / 1_000.0;
    assert!((plan.bill.dollars - plan.bill.fixed_dollars - of_emails).abs() < 1e-6, "{:?}", plan.bill);
}

#[test]
fn sqs_bills_each_64_kib() {
    // 1 sent, 0.1 received, 0.1 deleted; at 65 KB two sent, and ten received at once are ten.
    for (size, requests) in [(6_000, 1.2), (65_536, 1.0 + 1.0 + 0.1), (65_537, 2.0 + 1.1 + 0.1)] {
        let plan = plan(&format!("--rate 1000/s --size {size}"));
        let dollars = million(&plan, "queue: requests").parse::<f64>().unwrap();
        // Full batches of large emails have fewer than a hundred, so the calls round up.
        assert!((dollars / 0.40 / requests - 1.0).abs() < 0.03, "{size}: {dollars}");
    }
}

#[test]
fn a_price_falls_with_the_quantity() {
    let tib_60 = LOGS.of(Region::UsEast1, 60_000.0);
    assert_eq!(dollars(tib_60), "12,500.00", "the total in the source");
    assert_eq!(dollars(LOGS.of(Region::UsEast1, 10_000.0)), "5,000.00");
    assert_eq!(dollars(LOGS.of(Region::UsEast1, 0.0)), "0.00");
}

#[test]
fn every_line_has_a_price_in_every_region() {
    for region in ["us-east-1", "eu-central-1"] {
        for endpoint in ["alb", "http-api"] {
            let arguments = format!("--rate 10000/s --size 2000 --endpoint {endpoint} --region {region}");
            let plan = plan(&arguments);
            assert!(plan.bill.lines.iter().all(|line| line.dollars > 0.0), "{arguments}: {:?}", plan.bill);
        }
    }
}

#[test]
fn every_fact_has_its_source_region_and_date() {
    let plan = serde_json::to_value(plan("--rate 1/s --size 2000")).unwrap();
    let rows = |kind: &str| plan["facts"][kind].as_array().unwrap().clone();
    let (limits, prices) = (rows("limits"), rows("prices"));
    assert_eq!((limits.len(), prices.len()), (LIMITS.len(), PRICES.len()));
    for row in limits.iter().chain(&prices) {
        for member in ["name", "source", "region", "read"] {
            assert!(row[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {row}");
        }
    }
    let mut names: Vec<_> = prices.iter().map(|row| row["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), PRICES.len());
}

#[test]
fn the_first_limit_is_the_one_that_the_lowest_rate_reaches() {
    for (arguments, first, rate) in [
        ("--rate 1/s --size 2000", "reads of tokens a second from SSM, if all start cold", 400.0),
        ("--rate 50000/s --size 2000", "reads of tokens a second from SSM, if all start cold", 400.0),
    ] {
        let plan = plan(arguments);
        let limit = plan.first_limit.unwrap();
        assert_eq!((limit.what, limit.reached_at.round()), (first, rate));
        let others: Vec<_> = plan.limits.iter().map(|limit| (limit.what, limit.reached_at.round())).collect();
        assert_eq!(others[0], (first, rate));
        for known in [
            ("writes a second to one partition of S3", 3_500.0),
            ("requests a second, ten for each execution", 10_000.0),
        ] {
            assert!(others.contains(&known), "{known:?} {others:?}");
        }
    }
}

#[test]
fn quotas_are_requested_only_above_the_defaults() {
    let requested =
        |arguments: &str| plan(arguments).quotas.iter().map(|quota| quota.value).collect::<Vec<_>>();
    assert!(requested("--rate 300/s --size 2000").is_empty());
    // 5,000 executions for ten requests a second each and 50 of worker, twice; SSM; the load balancer's LCUs.
    assert_eq!(requested("--rate 50000/s --size 2000"), [11_000, 5_000, 2_000]);
    assert_eq!(requested("--rate 8000/s --size 2000 --endpoint http-api"), [2_000, 16_000, 800]);
}

#[test]
fn the_defaults_are_those_of_the_template() {
    let template =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../template.yaml")).unwrap();
    let plan = plan("--rate 10/s --size 2000 --endpoint http-api");
    assert_eq!(plan.parameters.len(), 10);
    for parameter in &plan.parameters {
        let (_, after) = template.split_once(&format!("\n  {}:\n", parameter.name)).unwrap();
        let default = after.lines().find_map(|line| line.trim().strip_prefix("Default: ")).unwrap();
        assert_eq!(parameter.default, default, "{}", parameter.name);
    }
    let usual = self::plan("--rate 1/s --size 2000");
    for parameter in &usual.parameters {
        assert_eq!(parameter.value, parameter.default, "{}", parameter.name);
    }
}

#[test]
fn parameters_grow_with_the_rate_and_the_outage() {
    let set = |arguments: &str, name: &str| {
        plan(arguments).parameters.into_iter().find(|parameter| parameter.name == name).unwrap().value
    };
    // 50,000 / 100 x 0.1 s, twice.
    assert_eq!(set("--rate 50000/s --size 2000", "WorkerConcurrency"), "100");
    assert_eq!(set(DOLLAR, "WorkerBatchSize"), "2000");
    assert_eq!(set("--rate 1/s --size 2000 --outage 11h", "MessageRetention"), "86400");
    assert_eq!(set("--rate 1/s --size 2000 --outage 13h", "MessageRetention"), "1209600");
}

#[test]
fn a_request_that_is_too_large_is_refused_with_the_most_that_fits() {
    let error = |arguments: &str| options(arguments).load.check().unwrap_err().to_string();
    let text = error("--rate 1/s --size 3000 --batch 500");
    assert!(text.contains("500 emails of 3,000 bytes") && text.ends_with("--batch 349 at most"), "{text}");
    plan("--rate 1/s --size 3000 --batch 349");
    plan("--rate 1/s --size 1048576");
}
