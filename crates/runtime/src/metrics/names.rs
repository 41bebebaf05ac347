//! Every metric of both functions: the one place that knows their names, units and dimensions.
//!
//! `docs/LOGGING.md` has the same list with what each one means; a test holds the two together.

use super::definition::{Counter, CounterBy, Definition, FUNCTION_NAME, Timing, Unit};

/// The namespace of them all.
pub const NAMESPACE: &str = "Mailroom";

/// Both functions: the first invocation of an instance.
pub const COLD_STARTS: Counter = Counter::new("ColdStarts");

/// `api`: an email that SQS has acknowledged.
pub const ACCEPTED: Counter = Counter::new("Accepted");
/// `api`: a request that got any other answer, by why.
pub const REFUSED: CounterBy = CounterBy::new("Refused", &[FUNCTION_NAME, "Reason"]);
/// `api`: one `SendMessage`, with its retries, however it ended.
pub const SQS_SEND_LATENCY: Timing = Timing::new("SqsSendLatency", Unit::Milliseconds);
/// `api`: SSM was asked for the tokens.
pub const TOKEN_REFRESHES: Counter = Counter::new("TokenRefreshes");
/// `api`: SSM was asked for the tokens, and there was no answer or no token in it.
pub const TOKEN_REFRESH_FAILURES: Counter = Counter::new("TokenRefreshFailures");

/// `worker`: an email that got an object of its own.
pub const FILED: Counter = Counter::new("Filed");
/// `worker`: an email that was in the bucket already.
pub const DUPLICATES: Counter = Counter::new("Duplicates");
/// `worker`: an email filed beside another one that had its name.
pub const NAME_COLLISIONS: Counter = Counter::new("NameCollisions");
/// `worker`: a message that is no email, each time that it was received.
pub const POISON: Counter = Counter::new("Poison");
/// `worker`: an email that was given back to the queue, each time.
pub const FAILED_WRITES: Counter = Counter::new("FailedWrites");
/// `worker`: one `PutObject`, with its retries, however it ended.
pub const S3_PUT_LATENCY: Timing = Timing::new("S3PutLatency", Unit::Milliseconds);
/// `worker`: from SQS's acknowledgement to the object.
pub const AGE_WHEN_FILED: Timing = Timing::new("AgeWhenFiled", Unit::Seconds);

/// All of them.
pub const ALL: [Definition; 13] = [
    COLD_STARTS.0,
    ACCEPTED.0,
    REFUSED.definition,
    SQS_SEND_LATENCY.0,
    TOKEN_REFRESHES.0,
    TOKEN_REFRESH_FAILURES.0,
    FILED.0,
    DUPLICATES.0,
    NAME_COLLISIONS.0,
    POISON.0,
    FAILED_WRITES.0,
    S3_PUT_LATENCY.0,
    AGE_WHEN_FILED.0,
];

#[cfg(test)]
mod tests {
    use super::*;

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
            format!("{} | {} | {}", metric.name, metric.unit.name(), metric.dimensions.join(", "))
        });
        assert_eq!(documented, defined);
        assert!(section.contains(&format!("`{NAMESPACE}`")));
    }
}
