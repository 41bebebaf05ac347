//! Whether a token works.

use crate::progress;
use crate::system::{FrontDoor, Secret, System};
use anyhow::Result;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, sleep};

/// How long a change may take to be known. `api` promises less, as long as SSM answers it.
const PATIENCE: Duration = Duration::from_secs(120);
/// Every instance of `api` asks SSM again at a token that it does not know, if it asked over 5 s ago; and whatever it is
/// sent, if it asked over a minute ago. Each for itself, so that an answer before that time is one instance's.
const ALL_LEARN: Duration = Duration::from_secs(5);
pub(crate) const ALL_FORGET: Duration = Duration::from_secs(60);
/// The wait between two questions.
const PAUSE: Duration = Duration::from_millis(500);
/// Answers in a row that are believed.
const ENOUGH: u32 = 3;

/// Asks until the front door takes the token (or refuses it) though every instance has had the time to know, several
/// times in a row; `false` if it does not come to that. `written` is when the parameter was.
pub(crate) async fn comes_to(
    system: &System,
    token: &Secret,
    taken: bool,
    written: SystemTime,
) -> Result<bool> {
    let (door, begin, mut in_a_row) = (FrontDoor::new(&system.outputs.url)?, Instant::now(), 0);
    let all_know = if taken { ALL_LEARN } else { ALL_FORGET }.saturating_sub(age(written));
    let bar = progress::spinner("questions");
    bar.set_message(if taken {
        "until the new token works"
    } else {
        "until the old token is refused: functions remember it for about a minute"
    });
    while begin.elapsed() < PATIENCE {
        // Neither yes nor no, or no answer: asked again like a no.
        in_a_row = match door.takes(token).await {
            Ok(Some(answer)) if answer == taken => in_a_row + 1,
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

/// How long ago that was.
pub(crate) fn age(written: SystemTime) -> Duration {
    written.elapsed().unwrap_or_default()
}
