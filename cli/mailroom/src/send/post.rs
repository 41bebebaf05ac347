//! A batch of lines, until each has its final answer.

use super::input::Line;
use super::progress::{Progress, Retrying};
use super::settle::settle;
use crate::system::{ApiClient, BatchReply, ErrorDetail, PostReply, tokens::Token};
use futures::stream::{self, Stream};
use humantime::format_duration;
use serde::Serialize;
use serde::de::IgnoredAny;
use std::collections::HashSet;
use std::time::Duration;
use terminal::text::Printable;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// The wait before the second attempt at a batch. It doubles after that.
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const LONGEST_BACKOFF: Duration = Duration::from_secs(10);

pub(crate) struct Poster<'a> {
    pub(crate) api: ApiClient,
    pub(crate) token: Token,
    /// How long one batch is retried.
    pub(crate) patience: Duration,
    /// The digests of lines that earlier runs sent.
    pub(crate) accepted_before: HashSet<[u8; 32]>,
    pub(crate) progress: &'a Progress,
    /// Once it is cancelled, no further request begins.
    pub(crate) stop: CancellationToken,
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
pub(crate) struct Retry {
    pub(crate) why: Printable,
    /// The wait that the server asks for.
    pub(crate) asked: Option<Duration>,
}

/// Lines without a final answer.
struct Batch<'a> {
    lines: Vec<Line>,
    /// Since the whole request was refused, which doesn't say for which of its lines.
    one_by_one: bool,
    begin: Instant,
    backoff: Duration,
    /// Before the next attempt.
    wait: Option<(Duration, Retrying<'a>)>,
}

impl Poster<'_> {
    /// Posts a batch, and again what the system can't accept now. The results come as soon as they are final, in any
    /// order, so that the journal knows them even if another line waits.
    pub(crate) fn post(&self, lines: Vec<Line>) -> impl Stream<Item = Vec<(Line, Posted)>> {
        let (at_once, lines) = self.settle_unposted(lines);
        let batch =
            Batch { lines, one_by_one: false, begin: Instant::now(), backoff: FIRST_BACKOFF, wait: None };
        stream::unfold((at_once, batch), async |(at_once, mut batch)| {
            if !at_once.is_empty() {
                return Some((at_once, (Vec::new(), batch)));
            }
            if batch.lines.is_empty() {
                return None;
            }
            let results = self.step(&mut batch).await;
            Some((results, (Vec::new(), batch)))
        })
    }

    /// The results of the lines that need no request, and the other lines.
    fn settle_unposted(&self, lines: Vec<Line>) -> (Vec<(Line, Posted)>, Vec<Line>) {
        let (mut settled, mut rest) = (Vec::new(), Vec::new());
        for line in lines {
            if self.accepted_before.contains(&line.digest) {
                settled.push((line, Posted::Before));
            } else if json(&line).is_none() {
                let (number, detail) = (line.number, "not JSON in UTF-8".into());
                let refused = RefusedLine { line: number, status: None, detail, errors: Vec::new() };
                settled.push((line, Posted::Refused(refused)));
            } else {
                rest.push(line);
            }
        }
        (settled, rest)
    }

    /// One attempt, after the wait that the last one brought. Lines without a final answer stay in the batch.
    async fn step<'a>(&'a self, batch: &mut Batch<'a>) -> Vec<(Line, Posted)> {
        if let Some((wait, _retrying)) = batch.wait.take() {
            self.stop.run_until_cancelled(sleep(wait)).await;
        }
        if self.stop.is_cancelled() {
            return batch.lines.drain(..).map(|line| (line, Posted::Open)).collect();
        }
        let count = if batch.one_by_one { 1 } else { batch.lines.len() };
        let answers = match self.attempt(&batch.lines[..count]).await {
            Some(answers) => answers,
            None => {
                batch.one_by_one = true;
                return Vec::new();
            }
        };
        let (mut results, mut again) = (Vec::new(), None);
        let rest = batch.lines.split_off(count);
        for (line, answer) in std::mem::take(&mut batch.lines).into_iter().zip(answers) {
            match answer {
                Ok(posted) => results.push((line, posted)),
                Err(retry) => {
                    batch.lines.push(line);
                    again = Some(later(again, retry));
                }
            }
        }
        match again {
            Some(retry) => results.extend(self.put_off(batch, &retry)),
            None => (batch.begin, batch.backoff) = (Instant::now(), FIRST_BACKOFF),
        }
        batch.lines.extend(rest);
        results
    }

    /// Posts lines in one request. `None` if the server refused the request as a whole.
    async fn attempt(&self, lines: &[Line]) -> Option<Vec<Result<Posted, Retry>>> {
        let emails: Vec<_> = lines.iter().filter_map(json).collect();
        let reply = match emails.as_slice() {
            [email] => {
                self.api.post_email(email, &self.token).await.map(|reply| BatchReply::Each(vec![reply]))
            }
            emails => self.api.post_emails(emails, &self.token).await,
        };
        let in_batch = lines.len() > 1;
        let settle = |(line, reply): (&Line, PostReply)| settle(line.number, reply, in_batch);
        match reply {
            Ok(BatchReply::Whole(PostReply { status: 400 | 413, .. })) => None,
            Ok(BatchReply::Whole(reply)) => {
                Some(lines.iter().map(|line| settle((line, reply.clone()))).collect())
            }
            Ok(BatchReply::Each(replies)) => Some(lines.iter().zip(replies).map(settle).collect()),
            Err(error) => {
                let why: Printable = format!("{error:#}").into();
                Some(lines.iter().map(|_| Err(Retry { why: why.clone(), asked: None })).collect())
            }
        }
    }

    /// Lets the batch wait for its next attempt, or gives it up if no patience is left.
    fn put_off<'a>(&'a self, batch: &mut Batch<'a>, retry: &Retry) -> Vec<(Line, Posted)> {
        let left = self.patience.saturating_sub(batch.begin.elapsed());
        let Some(wait) = wait(retry.asked, batch.backoff, left) else {
            let why = self.out_of_patience(retry);
            return batch.lines.drain(..).map(|line| (line, Posted::Stopped(why.clone()))).collect();
        };
        let (first, others) = (&batch.lines[0], batch.lines.len() as u64 - 1);
        batch.wait = Some((wait, self.progress.retrying(first, others, &retry.why)));
        batch.backoff = (batch.backoff * 2).min(LONGEST_BACKOFF);
        Vec::new()
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

/// The line's text, if it is one JSON value.
fn json(line: &Line) -> Option<&str> {
    let text = std::str::from_utf8(&line.bytes).ok()?;
    serde_json::from_str::<IgnoredAny>(text).is_ok().then_some(text)
}

/// The one of two that waits longer.
fn later(one: Option<Retry>, other: Retry) -> Retry {
    match one {
        Some(one) if one.asked >= other.asked => one,
        _ => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

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
