//! The limits of an account that has asked for no others.

use super::READ;
use serde::Serialize;

/// The limits are the same in every region of the table.
const REGIONS: &str = "us-east-1, eu-central-1";

#[derive(Clone, Copy, Serialize)]
pub(crate) struct Limit {
    pub(crate) name: &'static str,
    pub(crate) value: u64,
    /// A page of AWS's documentation, unless it says otherwise.
    pub(crate) source: &'static str,
    region: &'static str,
    read: &'static str,
}

const fn limit(name: &'static str, value: u64, source: &'static str) -> Limit {
    Limit { name, value, source, region: REGIONS, read: READ }
}

const LAMBDA: &str = "Understanding Lambda function scaling";
const MAPPING: &str = "Configuring scaling behavior for SQS event source mappings";

/// For the account; a new one may have 10.
pub(crate) const EXECUTIONS: Limit = limit("concurrent_executions", 1_000, LAMBDA);
pub(crate) const REQUESTS_PER_EXECUTION: Limit = limit("requests_per_second_for_each_execution", 10, LAMBDA);
/// For each function.
pub(crate) const SCALING_PER_10_SECONDS: Limit =
    limit("new_instances_in_10_seconds", 1_000, "Lambda scaling behavior");
pub(crate) const IDLE_SECONDS: Limit = limit(
    "idle_instance_seconds",
    600,
    "AWS states none; measured in 2019 by others: mikhail.io, AWS Lambda Cold Starts After 10 Minutes",
);
pub(crate) const EVENT_BYTES: Limit = limit("event_bytes", 6_000_000, "Lambda quotas");
/// Concurrent batches at first, and when little comes.
pub(crate) const FIRST_POLLERS: Limit = limit("first_concurrent_batches", 5, MAPPING);
pub(crate) const POLLERS_PER_MINUTE: Limit = limit("more_concurrent_batches_in_a_minute", 300, MAPPING);
/// Messages that are received and not deleted.
pub(crate) const IN_FLIGHT: Limit = limit("messages_in_flight", 120_000, "Amazon SQS standard queue quotas");
/// `GetParameter` and `GetParameters` together.
pub(crate) const SSM_READS: Limit = limit(
    "ssm_reads_per_second",
    40,
    "AWS Systems Manager endpoints and quotas: Parameter Store, default throughput",
);
/// For each partition of a bucket's keys.
pub(crate) const S3_WRITES: Limit =
    limit("s3_writes_per_second", 3_500, "Best practices design patterns: optimizing Amazon S3 performance");
/// The time of overload until S3 has split a partition.
pub(crate) const S3_SPLIT_SECONDS: Limit =
    limit("s3_split_seconds", 3_600, "an answer on AWS re:Post: 30 to 60 minutes, taken as 60");

/// The body of a request to `api`.
pub(crate) const REQUEST_BYTES: Limit =
    limit("request_bytes", 1_048_576, "Use Lambda functions as targets of an Application Load Balancer");
/// For all HTTP, REST and WebSocket APIs of the account.
pub(crate) const HTTP_API_RATE: Limit =
    limit("http_api_requests_per_second", 10_000, "Amazon API Gateway quotas");
pub(crate) const HTTP_API_BURST: Limit = limit("http_api_burst_requests", 5_000, "Amazon API Gateway quotas");
/// In a call that sends, receives or deletes messages.
pub(crate) const MESSAGES_PER_CALL: Limit = limit("messages_per_call", 10, "Amazon SQS message quotas");
/// All messages in a call together.
pub(crate) const CALL_BYTES: Limit = limit("call_bytes", 1_048_576, "Amazon SQS message quotas");
pub(crate) const BILLED_BYTES: Limit =
    limit("billed_request_bytes", 65_536, "Amazon SQS pricing, as cloudburn.io quotes it");
/// Concurrent batches of a queue.
pub(crate) const MOST_POLLERS: Limit = limit("most_concurrent_batches", 1_000, MAPPING);
pub(crate) const REDRIVE: Limit =
    limit("redriven_messages_per_second", 500, "StartMessageMoveTask, Amazon SQS API reference");

pub(crate) const LIMITS: [Limit; 19] = [
    EXECUTIONS,
    REQUESTS_PER_EXECUTION,
    SCALING_PER_10_SECONDS,
    IDLE_SECONDS,
    EVENT_BYTES,
    FIRST_POLLERS,
    POLLERS_PER_MINUTE,
    IN_FLIGHT,
    SSM_READS,
    S3_WRITES,
    S3_SPLIT_SECONDS,
    REQUEST_BYTES,
    HTTP_API_RATE,
    HTTP_API_BURST,
    MESSAGES_PER_CALL,
    CALL_BYTES,
    BILLED_BYTES,
    MOST_POLLERS,
    REDRIVE,
];
