//! The limits that a rate comes near, the quotas to request, and the parameters to set.

use super::bill::capacity_units;
use super::facts::*;
use super::load::{Endpoint, Layout, Load, SystemLogLevel, Tracing};
use super::simulate::{Scenario, whole_up};
use super::usage::Usage;
use serde::Serialize;

/// A load balancer that serves more LCUs out of nothing refuses some requests while it grows. A belief: AWS states no number.
const LCU_TO_RESERVE: f64 = 100.0;
/// An increase up to this many concurrent executions is usual.
const ROUND: u64 = 1_000;
const LONGEST_RETENTION: u64 = 1_209_600;

/// A limit beside what the rate needs of it.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Need {
    pub(crate) what: &'static str,
    pub(crate) limit: u64,
    pub(crate) needed: f64,
    /// The emails a second that reach the limit.
    pub(crate) reached_at: f64,
    pub(crate) source: &'static str,
}

/// In the order in which a growing rate reaches them: the first one is the first limit.
pub(crate) fn needs(load: &Load, scenario: &Scenario, usage: &Usage) -> Vec<Need> {
    let mut needs = Vec::new();
    let mut add = |what, limit: &Limit, value: u64, needed: f64| {
        let reached_at = load.rate.0 * value as f64 / needed;
        needs.push(Need { what, limit: value, needed, reached_at, source: limit.source });
    };
    let plain = |limit: &Limit| limit.value;
    let executions = usage.api_instances + usage.worker_instances;
    add("concurrent executions of the account", &EXECUTIONS, plain(&EXECUTIONS), executions);
    let per_second = EXECUTIONS.value * REQUESTS_PER_EXECUTION.value;
    add("requests a second, ten for each execution", &REQUESTS_PER_EXECUTION, per_second, usage.requests);
    if load.endpoint == Endpoint::HttpApi {
        add(
            "requests a second to HTTP APIs of the account",
            &HTTP_API_RATE,
            plain(&HTTP_API_RATE),
            usage.requests,
        );
    }
    add("writes a second to one partition of S3", &S3_WRITES, plain(&S3_WRITES), usage.writes);
    add("reads of tokens a second from SSM", &SSM_READS, plain(&SSM_READS), usage.token_reads);
    // If all of the rate comes at once, each instance that a cold start needs reads the tokens in that second.
    let at_once = usage.requests * scenario.api.cold_start_seconds;
    add("reads of tokens a second from SSM, if all start cold", &SSM_READS, plain(&SSM_READS), at_once);
    let in_flight = load.rate.0 * scenario.worker.batch_seconds;
    add("messages in flight", &IN_FLIGHT, plain(&IN_FLIGHT), in_flight);
    add("concurrent batches", &MOST_POLLERS, plain(&MOST_POLLERS), usage.worker_instances);
    needs.sort_by(|a, b| a.reached_at.total_cmp(&b.reached_at));
    needs
}

/// To do in the account, before the rate comes.
#[derive(Debug, Serialize)]
pub(crate) struct Quota {
    pub(crate) what: &'static str,
    pub(crate) value: u64,
    pub(crate) command: String,
}

pub(crate) fn quotas(load: &Load, scenario: &Scenario, usage: &Usage) -> Vec<Quota> {
    let mut quotas = Vec::new();
    let request = |what, service: &str, code: &str, value: u64| {
        let command = format!(
            "aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code} \
             --desired-value {value}"
        );
        Quota { what, value, command }
    };
    let executions = scenario.lambda.concurrency.div_ceil(ROUND) * ROUND;
    if executions > EXECUTIONS.value {
        quotas.push(request("Concurrent executions", "lambda", "L-B99A9384", executions));
    }
    let rate = whole_up(2.0 * usage.requests).div_ceil(ROUND) * ROUND;
    if load.endpoint == Endpoint::HttpApi && rate > HTTP_API_RATE.value {
        quotas.push(request("Throttle rate of HTTP APIs", "apigateway", "L-8A5B8E43", rate));
    }
    if needs_higher_throughput(scenario, usage) {
        quotas.push(Quota {
            what: "SSM, higher throughput: reads a second in a cold start",
            value: whole_up(usage.requests * scenario.api.cold_start_seconds),
            command:
                "aws ssm update-service-setting --setting-id /ssm/parameter-store/high-throughput-enabled \
                      --setting-value true"
                    .to_owned(),
        });
    }
    let units = capacity_units(usage);
    if load.endpoint == Endpoint::Alb && units > LCU_TO_RESERVE {
        let units = whole_up(units);
        quotas.push(Quota {
            what: "Load balancer, reserved capacity units",
            value: units,
            command: format!(
                "aws elbv2 modify-capacity-reservation --load-balancer-arn ARN --minimum-load-balancer-capacity \
                 CapacityUnits={units}"
            ),
        });
    }
    quotas
}

/// All of the rate at once, cold, is more than SSM's default.
pub(crate) fn needs_higher_throughput(scenario: &Scenario, usage: &Usage) -> bool {
    usage.requests * scenario.api.cold_start_seconds > scenario.ssm_reads_per_second as f64
}

/// A parameter of the template.
#[derive(Debug, Serialize)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    pub(crate) default: &'static str,
}

/// The template's parameters, its defaults among them.
pub(crate) fn parameters(load: &Load, scenario: &Scenario) -> Vec<Parameter> {
    let worker = &scenario.worker;
    let retention = match scenario.outage {
        // Half of it leaves time to act.
        Some(outage) if 2 * outage.for_seconds > scenario.queue.retention_seconds => LONGEST_RETENTION,
        _ => scenario.queue.retention_seconds,
    };
    let layout = match load.layout {
        Layout::Flat => "flat",
        Layout::Dated => "dated",
        Layout::Batch => "batch",
    };
    let endpoint = if load.endpoint == Endpoint::Alb { "alb" } else { "http-api" };
    let tracing = if load.tracing == Tracing::Active { "Active" } else { "PassThrough" };
    let level = if load.system_log_level == SystemLogLevel::Info { "INFO" } else { "WARN" };
    let mut parameters = vec![
        parameter("ObjectKeyLayout", layout, "flat"),
        parameter("Endpoint", endpoint, "alb"),
        parameter("WorkerConcurrency", worker.concurrency.to_string(), "5"),
        parameter("WorkerBatchSize", worker.batch.max(10).to_string(), "100"),
        parameter("WorkerBatchWindow", worker.window_seconds.to_string(), "1"),
        parameter("MessageRetention", retention.to_string(), "86400"),
        parameter("Tracing", tracing, "Active"),
        parameter("SystemLogLevel", level, "INFO"),
    ];
    if let Some(gateway) = scenario.gateway {
        parameters.push(parameter("HttpApiRateLimit", gateway.requests_per_second.to_string(), "1000"));
        parameters.push(parameter("HttpApiBurstLimit", gateway.burst.to_string(), "1000"));
    }
    parameters
}

fn parameter(name: &'static str, value: impl Into<String>, default: &'static str) -> Parameter {
    Parameter { name, value: value.into(), default }
}
