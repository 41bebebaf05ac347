//! One line, until its answer is final.

use super::lines::Line;
use crate::system::{ApiClient, ErrorDetail, PostReply, tokens::Token};
use serde::Serialize;
use serde::de::IgnoredAny;
use std::time::Duration;
use terminal::text::Printable;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// The wait before the second attempt at a line. It doubles after that.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

pub(crate) struct Poster {
    pub(crate) api: ApiClient,
    pub(crate) token: Token,
    /// How long one line is retried.
    pub(crate) patience: Duration,
}

/// The result of a line.
#[derive(Debug)]
pub(crate) enum Posted {
    /// An earlier run has sent it.
    Before,
    /// With this receipt.
    Accepted(Printable),
    Refused(RefusedLine),
    /// No line can be accepted, for this reason.
    Stopped(String),
    /// The run stopped before the answer was final.
    Open,
}

/// A line that is never accepted as it is.
#[derive(Debug, Serialize)]
pub(crate) struct RefusedLine {
    pub(crate) line: u64,
    /// The HTTP status; nothing if the line was not posted.
    pub(crate) status: Option<u16>,
    pub(crate) detail: Printable,
    pub(crate) errors: Vec<ErrorDetail>,
}

impl Poster {
    /// Posts one line, and retries while the system can't accept it.
    pub(crate) async fn post(&self, line: &Line, stop: &CancellationToken) -> Posted {
        let data = match std::str::from_utf8(&line.bytes) {
            Ok(data) if serde_json::from_str::<IgnoredAny>(data).is_ok() => data,
            _ => {
                let (line, detail) = (line.number, "not JSON in UTF-8".into());
                return Posted::Refused(RefusedLine { line, status: None, detail, errors: Vec::new() });
            }
        };
        let (begin, mut backoff) = (Instant::now(), FIRST_BACKOFF);
        loop {
            let (why, wait) = match self.api.post_email(data, &self.token).await {
                Ok(reply) => match settle(line.number, reply) {
                    Ok(posted) => return posted,
                    Err(retry) => retry,
                },
                Err(error) => (format!("{error:#}"), None),
            };
            // Jitter: requests that were refused together don't come back together.
            let wait = wait.unwrap_or(backoff).mul_f64(0.5 + fastrand::f64());
            if begin.elapsed() + wait > self.patience {
                let url = self.api.url();
                return Posted::Stopped(format!(
                    "{url} accepted no email for {:.0?}: {why}",
                    begin.elapsed()
                ));
            }
            if stop.run_until_cancelled(sleep(wait)).await.is_none() {
                return Posted::Open;
            }
            backoff = (backoff * 2).min(LONGEST_BACKOFF);
        }
    }
}

/// The result that a reply gives a line, or why and when to post it again.
fn settle(line: u64, reply: PostReply) -> Result<Posted, (String, Option<Duration>)> {
    match (reply.status, reply.receipt) {
        (200, Some(receipt)) => Ok(Posted::Accepted(receipt)),
        (403, _) => Ok(Posted::Stopped(
            "the token is refused (403): unset MAILROOM_TOKEN to use the system's own, or correct it"
                .to_owned(),
        )),
        (status @ (400 | 413), _) => Ok(Posted::Refused(RefusedLine {
            line,
            status: Some(status),
            detail: reply.detail,
            errors: reply.errors,
        })),
        (408 | 429 | 500.., _) => Err((format!("{} {}", reply.status, reply.detail), reply.retry_after)),
        (status, _) => {
            Ok(Posted::Stopped(format!("Mailroom does not answer {status}: check the stack's Url")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, receipt: Option<&str>) -> PostReply {
        let receipt = receipt.map(Printable::from);
        PostReply { status, receipt, detail: Printable::default(), errors: Vec::new(), retry_after: None }
    }

    #[test]
    fn a_reply_is_final_or_worth_another_attempt() {
        assert!(
            matches!(settle(1, reply(200, Some("r"))), Ok(Posted::Accepted(receipt)) if receipt.as_str() == "r")
        );
        for status in [400, 413] {
            assert!(matches!(settle(1, reply(status, None)), Ok(Posted::Refused(_))), "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(settle(1, reply(status, None)).is_err(), "{status}");
        }
        // A 200 without a receipt comes from another server.
        for status in [200, 301, 403, 404, 405] {
            assert!(matches!(settle(1, reply(status, None)), Ok(Posted::Stopped(_))), "{status}");
        }
    }
}
