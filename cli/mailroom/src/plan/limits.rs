//! AWS's limits, each with its source: those of an account in us-east-1 that has asked for no other, read in November 2026.

use serde::Serialize;

#[derive(Clone, Copy, Serialize)]
pub(crate) struct Limit {
    name: &'static str,
    pub(crate) value: u64,
    /// A page of AWS's documentation, unless it says otherwise.
    source: &'static str,
}

const fn limit(name: &'static str, value: u64, source: &'static str) -> Limit {
    Limit { name, value, source }
}

const LAMBDA: &str = "Understanding Lambda function scaling";
const MAPPING: &str = "Configuring scaling behavior for SQS event source mappings";

/// Of the account; a new one may have 10.
pub(crate) const EXECUTIONS: Limit = limit("concurrent_executions", 1_000, LAMBDA);
pub(crate) const REQUESTS_PER_EXECUTION: Limit = limit("requests_per_second_for_each_execution", 10, LAMBDA);
/// Of each function.
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
/// Of overload, until S3 has split a partition.
pub(crate) const S3_SPLIT_SECONDS: Limit =
    limit("s3_split_seconds", 3_600, "an answer on AWS re:Post: 30 to 60 minutes, taken as 60");

pub(crate) const ALL: [Limit; 11] = [
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
];
