//! One line, until it is answered for good.

use super::lines::Line;
use super::summary::Refusal;
use crate::system::{FrontDoor, Reply, Secret};
use serde::de::IgnoredAny;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// The wait before the second attempt at a line; it doubles after that.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
/// The longest wait before another attempt.
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

/// Posts lines.
pub(crate) struct Post {
    pub(crate) door: FrontDoor,
    pub(crate) token: Secret,
    /// How long one line is tried.
    pub(crate) patience: Duration,
}

/// What became of a line.
#[derive(Debug)]
pub(crate) enum Posted {
    /// An earlier run has sent it.
    Before,
    /// By its receipt.
    Accepted(String),
    /// It will never be accepted as it is.
    Refused(Refusal),
    /// No line will be: why.
    Stopped(String),
    /// It was asked to stop before the line was answered for good.
    Open,
}

impl Post {
    /// Posts one line, again and again while the system can't take it.
    pub(crate) async fn line(&self, line: &Line, stop: &CancellationToken) -> Posted {
        let data = match std::str::from_utf8(&line.bytes) {
            Ok(data) if serde_json::from_str::<IgnoredAny>(data).is_ok() => data,
            _ => return Posted::Refused(Refusal::not_json(line.number)),
        };
        let (begin, mut backoff) = (Instant::now(), FIRST_BACKOFF);
        loop {
            let (why, wait) = match self.door.post_email(data, &self.token).await {
                Ok(answer) => match settle(line.number, answer) {
                    Ok(posted) => return posted,
                    Err(again) => again,
                },
                Err(error) => (format!("{error:#}"), None),
            };
            // Half of it at random: those that were refused together don't come back together.
            let wait = wait.unwrap_or(backoff).mul_f64(0.5 + fastrand::f64());
            if begin.elapsed() + wait > self.patience {
                let url = self.door.url();
                return Posted::Stopped(format!("{url} took no email for {:.0?}: {why}", begin.elapsed()));
            }
            if stop.run_until_cancelled(sleep(wait)).await.is_none() {
                return Posted::Open;
            }
            backoff = (backoff * 2).min(LONGEST_BACKOFF);
        }
    }
}

/// What an answer means for the line; or that it is to be posted again, why, and when.
fn settle(line: u64, answer: Reply) -> Result<Posted, (String, Option<Duration>)> {
    match (answer.status, answer.receipt) {
        (200, Some(receipt)) => Ok(Posted::Accepted(receipt)),
        (403, _) => Ok(Posted::Stopped(
            "the token is refused (403): unset MAILROOM_TOKEN to take the system's own, or set it to a right one".to_owned(),
        )),
        (status @ (400 | 413), _) => {
            Ok(Posted::Refused(Refusal { line, status: Some(status), detail: answer.detail, errors: answer.faults }))
        }
        (408 | 429 | 500.., _) => Err((format!("{} {}", answer.status, answer.detail), answer.retry_after)),
        (status, _) => Ok(Posted::Stopped(format!("{status} is no answer of Mailroom: is the URL right?"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, receipt: Option<&str>) -> Reply {
        let receipt = receipt.map(str::to_owned);
        Reply { status, receipt, detail: String::new(), faults: Vec::new(), retry_after: None }
    }

    #[test]
    fn an_answer_is_final_or_worth_another_attempt() {
        assert!(matches!(settle(1, answer(200, Some("r"))), Ok(Posted::Accepted(receipt)) if receipt == "r"));
        for status in [400, 413] {
            assert!(matches!(settle(1, answer(status, None)), Ok(Posted::Refused(_))), "{status}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(settle(1, answer(status, None)).is_err(), "{status}");
        }
        // A 200 without a receipt is somebody else's.
        for status in [200, 301, 403, 404, 405] {
            assert!(matches!(settle(1, answer(status, None)), Ok(Posted::Stopped(_))), "{status}");
        }
    }
}
