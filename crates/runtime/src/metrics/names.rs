//! Every metric of the functions: the one place that knows their names, units and dimensions.
//!
//! `docs/LOGGING.md` has the same list with the meaning of each; a test compares the two.

use serde::Serialize;

pub(crate) const NAMESPACE: &str = "Mailroom";
/// The dimension that every metric has: the function's name, which holds the stack's. Lambda's own metrics have the
/// same dimension, so that a dashboard needs one variable for both, and the stacks of one account stay apart.
pub(crate) const FUNCTION_NAME: &str = "FunctionName";

/// All functions: the first invocation of an instance.
pub const COLD_STARTS: Counter = counter("ColdStarts");

/// `api`: an email that SQS has acknowledged, unless the canary sent it.
pub const ACCEPTED: Counter = counter("Accepted");
/// `api`: the same, sent by the canary.
pub const CANARY_ACCEPTED: Counter = counter("CanaryAccepted");
/// `api`: a request with any other response, by reason.
pub const REFUSED: CounterBy =
    CounterBy(Definition { dimensions: &[FUNCTION_NAME, "Reason"], ..definition("Refused", Unit::Count) });
/// `api`: one `SendMessage` with its retries, however it ended.
pub const SQS_SEND_LATENCY: Timing = timing("SqsSendLatency", Unit::Milliseconds);
/// `api`: a request to SSM for the tokens.
pub const TOKEN_REFRESHES: Counter = counter("TokenRefreshes");
/// `api`: a request to SSM that brought no response, or a response without a token.
pub const TOKEN_REFRESH_FAILURES: Counter = counter("TokenRefreshFailures");

/// `worker`: an email that got an object of its own, unless the canary sent it.
pub const FILED: Counter = counter("Filed");
/// `worker`: the same, sent by the canary.
pub const CANARY_FILED: Counter = counter("CanaryFiled");
/// `worker`: an email that was in the bucket already.
pub const DUPLICATES: Counter = counter("Duplicates");
/// `worker`: an email that got its second or third key, since another email had the first.
pub const NAME_COLLISIONS: Counter = counter("NameCollisions");
/// `worker`: one receive of a message that is not an email.
pub const POISON: Counter = counter("Poison");
/// `worker`: one return of an email to the queue.
pub const FAILED_WRITES: Counter = counter("FailedWrites");
/// `worker`: one `PutObject` with its retries, however it ended.
pub const S3_PUT_LATENCY: Timing = timing("S3PutLatency", Unit::Milliseconds);
/// `worker`: from SQS's acknowledgement to the object.
pub const AGE_WHEN_FILED: Timing = timing("AgeWhenFiled", Unit::Seconds);

/// `canary`: an email that it posted and found in the bucket, unchanged.
pub const CANARY_PASSED: Counter = counter("CanaryPassed");
/// `canary`: a run that did not get there, by the step that failed.
pub const CANARY_FAILED: CounterBy =
    CounterBy(Definition { dimensions: &[FUNCTION_NAME, "Step"], ..definition("CanaryFailed", Unit::Count) });
/// `canary`: reading the token from SSM.
pub const CANARY_TOKEN_LATENCY: Timing = timing("CanaryTokenLatency", Unit::Milliseconds);
/// `canary`: from the search for the endpoint's address to the end of its response.
pub const CANARY_POST_LATENCY: Timing = timing("CanaryPostLatency", Unit::Milliseconds);
/// `canary`: from the response to the email in the bucket.
pub const CANARY_STORE_LATENCY: Timing = timing("CanaryStoreLatency", Unit::Milliseconds);

/// A metric as CloudWatch knows it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) unit: Unit,
    /// Every value of a dimension makes another metric, paid by the month.
    #[serde(skip)]
    pub(crate) dimensions: &'static [&'static str],
}

/// Units of CloudWatch ("MetricDatum", Amazon CloudWatch API reference).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) enum Unit {
    Count,
    Milliseconds,
    Seconds,
}

#[derive(Clone, Copy, Debug)]
pub struct Counter(pub(crate) Definition);

/// Counts each value of a second dimension on its own.
#[derive(Clone, Copy, Debug)]
pub struct CounterBy(pub(crate) Definition);

/// A metric of durations.
#[derive(Clone, Copy, Debug)]
pub struct Timing(pub(crate) Definition);

const fn definition(name: &'static str, unit: Unit) -> Definition {
    Definition { name, unit, dimensions: &[FUNCTION_NAME] }
}

const fn counter(name: &'static str) -> Counter {
    Counter(definition(name, Unit::Count))
}

const fn timing(name: &'static str, unit: Unit) -> Timing {
    Timing(definition(name, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Definition; 20] = [
        COLD_STARTS.0,
        ACCEPTED.0,
        CANARY_ACCEPTED.0,
        REFUSED.0,
        SQS_SEND_LATENCY.0,
        TOKEN_REFRESHES.0,
        TOKEN_REFRESH_FAILURES.0,
        FILED.0,
        CANARY_FILED.0,
        DUPLICATES.0,
        NAME_COLLISIONS.0,
        POISON.0,
        FAILED_WRITES.0,
        S3_PUT_LATENCY.0,
        AGE_WHEN_FILED.0,
        CANARY_PASSED.0,
        CANARY_FAILED.0,
        CANARY_TOKEN_LATENCY.0,
        CANARY_POST_LATENCY.0,
        CANARY_STORE_LATENCY.0,
    ];

    #[test]
    fn the_table_in_the_documentation_is_this_one() {
        let documentation = include_str!("../../../../docs/LOGGING.md");
        let (_, section) = documentation.split_once("## Metrics").unwrap();
        // | function | `Name` | unit | `Dimension`, ... | meaning |
        let documented: Vec<_> = section
            .lines()
            .map(|line| line.split('|').map(|cell| cell.trim().replace('`', "")).collect::<Vec<_>>())
            .filter(|cells| cells.len() == 7 && cells[4].contains(FUNCTION_NAME))
            .map(|cells| cells[2..5].join(" | "))
            .collect();
        let defined = ALL.map(|metric| {
            format!(
                "{} | {} | {}",
                metric.name,
                serde_json::to_value(metric.unit).unwrap().as_str().unwrap(),
                metric.dimensions.join(", ")
            )
        });
        assert_eq!(documented, defined);
        assert!(section.contains(&format!("`{NAMESPACE}`")));
    }
}
