//! Checks that a token works.

use crate::report::spinner;
use crate::system::{ApiClient, System, tokens::Token};
use anyhow::Result;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep};

/// How long a change may take to be known. `api` promises less while SSM answers it.
const TIMEOUT: Duration = Duration::from_secs(120);
/// An instance of `api` reads SSM again at a token that it doesn't know, if its tokens are over 5 s old, and at any
/// request if they are over a minute old. Earlier answers may be those of one instance.
const ALL_LEARN: Duration = Duration::from_secs(5);
pub(crate) const ALL_FORGET: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(500);
/// So many equal answers in a row count.
const ENOUGH: u32 = 3;

/// Waits until every instance had the time to learn a token that was written at `written`, and the endpoint accepts it;
/// `false` after two minutes.
pub(crate) async fn accepted(system: &System, token: &Token, written: SystemTime) -> Result<bool> {
    answers(system, token, true, ALL_LEARN.saturating_sub(age(written)), "until the new token works").await
}

/// The same for a token that was removed at `written` and is to be refused.
pub(crate) async fn refused(system: &System, token: &Token, written: SystemTime) -> Result<bool> {
    let message = "until the old token is refused, which takes about a minute";
    answers(system, token, false, ALL_FORGET.saturating_sub(age(written)), message).await
}

async fn answers(
    system: &System,
    token: &Token,
    expected: bool,
    all_know: Duration,
    message: &'static str,
) -> Result<bool> {
    let (api, begin, mut in_a_row) = (ApiClient::new(system.url()?)?, Instant::now(), 0);
    let bar = spinner("requests");
    bar.set_message(message);
    while begin.elapsed() < TIMEOUT {
        // An answer that is neither yes nor no, and none at all, are asked for again.
        in_a_row = match api.accepts(token).await {
            Ok(Some(accepted)) if accepted == expected => in_a_row + 1,
            Ok(_) | Err(_) => 0,
        };
        if in_a_row >= ENOUGH && begin.elapsed() >= all_know {
            return Ok(true);
        }
        bar.inc(1);
        sleep(PAUSE).await;
    }
    Ok(false)
}

pub(crate) fn age(written: SystemTime) -> Duration {
    written.elapsed().unwrap_or_default()
}
