//! The meaning of Athena's words for a failure.

use super::execution::Ended;
use crate::system::System;
use anyhow::{Result, bail};
use aws_sdk_athena::types::QueryExecutionState;
use terminal::text::printable;

/// An error for a query that did not succeed.
pub(crate) fn check(ended: &Ended, system: &System) -> Result<()> {
    match ended.state {
        QueryExecutionState::Succeeded => Ok(()),
        _ => bail!(sentence(ended, &system.name)),
    }
}

/// Parts of Athena's reasons, and what to do then. The first that a reason contains counts.
const FIXES: [(&str, &str); 10] = [
    (
        "Bytes scanned limit was exceeded",
        "the query reached the workgroup's limit: ask emails_by_day for fewer days or batches for fewer hours, or raise \
         the limit with `queries/deploy.sh {stack} QueryScanLimit=BYTES`",
    ),
    (
        "Lake Formation",
        "an administrator of Lake Formation must grant SELECT on the tables (queries/README.md)",
    ),
    (
        "Access Denied",
        "ask the account's administrator for the policy of the queries' stack, ReadersPolicyArn (queries/README.md)",
    ),
    (
        "PERMISSION_DENIED",
        "ask the account's administrator for the policy of the queries' stack, ReadersPolicyArn (queries/README.md)",
    ),
    (
        "TABLE_NOT_FOUND",
        "the tables are emails, emails_by_day, batches, stored_emails and, beside a load balancer, requests",
    ),
    ("COLUMN_NOT_FOUND", "`mailroom query \"SHOW COLUMNS IN emails\"` lists the columns of a table"),
    ("Incorrect number of parameters", "give --parameter TEXT once for each ? of the statement"),
    ("HIVE_CURSOR_ERROR", NOT_AN_EMAIL),
    ("HIVE_BAD_DATA", NOT_AN_EMAIL),
    (
        "exhausted resources",
        "the query needs too much memory at once: ask for fewer days, or for fewer columns",
    ),
];

const NOT_AN_EMAIL: &str =
    "an object is not an email; somebody has put it into the bucket by hand, so move it elsewhere";

fn sentence(ended: &Ended, stack: &str) -> String {
    let reason = printable(ended.reason.trim_end_matches('.'));
    let known = FIXES.iter().find(|(part, _)| reason.contains(part));
    let cancelled = ended.state == QueryExecutionState::Cancelled;
    let fix = match known {
        Some((_, fix)) => fix.replace("{stack}", stack),
        None if cancelled => "somebody stopped it: run the command again".to_owned(),
        None => "correct the statement, or try again later".to_owned(),
    };
    let failed = if cancelled { "Athena cancelled the query" } else { "the query failed" };
    if reason.is_empty() { format!("{failed}: {fix}") } else { format!("{failed} ({reason}): {fix}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn said(state: QueryExecutionState, reason: &str) -> String {
        let ended = Ended {
            state,
            reason: reason.to_owned(),
            is_query: true,
            scanned_bytes: 0,
            time: Duration::ZERO,
        };
        sentence(&ended, "prod")
    }

    #[test]
    fn each_failure_says_what_to_do() {
        use QueryExecutionState::{Cancelled, Failed};
        for (state, reason, words) in [
            (Cancelled, "Bytes scanned limit was exceeded", "`queries/deploy.sh prod QueryScanLimit=BYTES`"),
            (Cancelled, "", "Athena cancelled the query: somebody stopped it"),
            (Failed, "TABLE_NOT_FOUND: line 1:15: Table 'a.b.c' does not exist", "the tables are emails,"),
            (Failed, "COLUMN_NOT_FOUND: line 1:8: Column 'x' cannot be resolved", "SHOW COLUMNS"),
            (Failed, "Access Denied (Service: S3, Status Code: 403)", "ReadersPolicyArn"),
            (Failed, "Insufficient Lake Formation permission(s) on emails", "must grant SELECT"),
            (Failed, "HIVE_CURSOR_ERROR: Row is not a valid JSON Object", "an object is not an email"),
            (Failed, "Incorrect number of parameters: expected 1 but found 0.", "give --parameter TEXT"),
            (Failed, "Query exhausted resources at this scale factor", "fewer days"),
            (
                Failed,
                "GENERIC_INTERNAL_ERROR\u{1b}[2J",
                "(GENERIC_INTERNAL_ERROR\u{fffd}[2J): correct the statement",
            ),
        ] {
            let text = said(state, reason);
            assert!(text.contains(words), "{reason}: {text}");
        }
    }
}
