//! One line, until its answer is final.

use super::input::Line;
use super::progress::Progress;
use crate::system::{ApiClient, ErrorDetail, PostReply, tokens::Token};
use humantime::format_duration;
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
    Stopped(Printable),
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

/// An attempt that may succeed later.
struct Retry {
    why: Printable,
    /// The wait that the server asks for.
    asked: Option<Duration>,
}

impl Poster {
    /// Posts one line, and retries while the system can't accept it.
    pub(crate) async fn post(&self, line: &Line, progress: &Progress, stop: &CancellationToken) -> Posted {
        let data = match std::str::from_utf8(&line.bytes) {
            Ok(data) if serde_json::from_str::<IgnoredAny>(data).is_ok() => data,
            _ => {
                let (line, detail) = (line.number, "not JSON in UTF-8".into());
                return Posted::Refused(RefusedLine { line, status: None, detail, errors: Vec::new() });
            }
        };
        let (begin, mut backoff) = (Instant::now(), FIRST_BACKOFF);
        let mut _retrying;
        loop {
            let retry = match self.attempt(line.number, data).await {
                Ok(posted) => return posted,
                Err(retry) => retry,
            };
            let left = self.patience.saturating_sub(begin.elapsed());
            let Some(wait) = wait(retry.asked, backoff, left) else {
                return Posted::Stopped(self.out_of_patience(&retry));
            };
            _retrying = progress.retrying(line, &retry.why);
            if stop.run_until_cancelled(sleep(wait)).await.is_none() {
                return Posted::Open;
            }
            backoff = (backoff * 2).min(LONGEST_BACKOFF);
        }
    }

    async fn attempt(&self, line: u64, data: &str) -> Result<Posted, Retry> {
        match self.api.post_email(data, &self.token).await {
            Ok(reply) => settle(line, reply),
            Err(error) => Err(Retry { why: format!("{error:#}").into(), asked: None }),
        }
    }

    fn out_of_patience(&self, Retry { why, asked }: &Retry) -> Printable {
        let patience = format_duration(self.patience);
        match asked.filter(|asked| !asked.is_zero()) {
            Some(asked) => {
                let asked = format_duration(asked);
                format!("the server asks to wait {asked}, more than the rest of --patience {patience}: {why}")
            }
            None => format!("not accepted within --patience {patience}: {why}"),
        }
        .into()
    }
}

/// The wait before the next attempt: at least as long as the server asks for. `None` if less time is left.
fn wait(asked: Option<Duration>, backoff: Duration, left: Duration) -> Option<Duration> {
    // Jitter: requests that were refused together don't come back together.
    let jitter = backoff.mul_f64(fastrand::f64());
    let least = asked.unwrap_or(backoff / 2);
    (least < left).then(|| least.saturating_add(jitter).min(left))
}

/// The result that a reply gives a line, or why and when to post it again.
fn settle(line: u64, reply: PostReply) -> Result<Posted, Retry> {
    let PostReply { status, receipt, detail, errors, retry_after } = reply;
    match (status, receipt) {
        (200, Some(receipt)) => Ok(Posted::Accepted(receipt)),
        (403, _) => Ok(Posted::Stopped(
            "the token is refused (403): unset MAILROOM_TOKEN to use the system's own, or correct it".into(),
        )),
        (400 | 413, _) => {
            let detail = if detail.as_str().is_empty() { without_detail(status) } else { detail };
            Ok(Posted::Refused(RefusedLine { line, status: Some(status), detail, errors }))
        }
        (408 | 429 | 500.., _) => {
            let why = format!("{status} {detail}").trim_end().into();
            Err(Retry { why, asked: retry_after })
        }
        _ => {
            let why = format!("{status} is not an answer of Mailroom: check the stack's Url");
            Ok(Posted::Stopped(why.into()))
        }
    }
}

/// The load balancer refuses with HTML.
fn without_detail(status: u16) -> Printable {
    match status {
        413 => "the load balancer takes no request over 1 MiB",
        _ => "the server gives no reason",
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn reply(status: u16, receipt: Option<&str>) -> PostReply {
        let receipt = receipt.map(Printable::from);
        PostReply { status, receipt, detail: Printable::default(), errors: Vec::new(), retry_after: None }
    }

    #[test]
    fn a_reply_is_final_or_worth_another_attempt() {
        let accepted = settle(1, reply(200, Some("r")));
        assert!(matches!(accepted, Ok(Posted::Accepted(receipt)) if receipt.as_str() == "r"));
        for (status, why) in [(400, "no reason"), (413, "1 MiB")] {
            let refused = settle(1, reply(status, None));
            let Ok(Posted::Refused(RefusedLine { detail, .. })) = refused else { panic!("{status}") };
            assert!(detail.as_str().contains(why), "a reply without a reason has one: {detail}");
        }
        for status in [408, 429, 500, 502, 503, 504] {
            let retry = settle(1, reply(status, None)).err().unwrap();
            assert_eq!(retry.why.as_str(), status.to_string());
        }
        // A 200 without a receipt comes from another server.
        for status in [200, 301, 403, 404, 405] {
            assert!(matches!(settle(1, reply(status, None)), Ok(Posted::Stopped(_))), "{status}");
        }
    }

    #[test]
    fn a_wait_is_at_least_what_the_server_asks_for_and_at_most_the_patience() {
        for _ in 0..100 {
            for (asked, least, most) in [
                (None, SECOND / 2, SECOND * 3 / 2),
                (Some(Duration::ZERO), Duration::ZERO, SECOND),
                (Some(SECOND * 2), SECOND * 2, SECOND * 3),
                (Some(SECOND * 9), SECOND * 9, SECOND * 10),
            ] {
                let wait = wait(asked, SECOND, SECOND * 10).unwrap();
                assert!((least..=most).contains(&wait), "{asked:?}: {wait:?}");
            }
        }
        for (asked, left) in [
            (None, Duration::ZERO),
            (Some(Duration::ZERO), Duration::ZERO),
            (Some(Duration::MAX), SECOND * 10),
        ] {
            assert_eq!(wait(asked, SECOND, left), None, "{asked:?}");
        }
        assert!(wait(Some(Duration::MAX - SECOND), LONGEST_BACKOFF, Duration::MAX).is_some());
    }
}
