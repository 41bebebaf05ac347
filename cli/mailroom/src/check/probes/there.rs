//! The front door answers.

use crate::check::finding::{Account, Unpassed};
use crate::check::scene::Scene;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Between two attempts.
const PAUSE: Duration = Duration::from_millis(500);

/// A new load balancer's name takes a while to be known everywhere, and so does its first healthy target.
pub(crate) async fn probe(scene: &Scene<'_>) -> Account {
    let (url, end) = (scene.door.url(), Instant::now() + scene.within);
    let mut last = format!("GET {url}/health: no answer");
    loop {
        match timeout_at(end, scene.door.ask("GET", "/health", None)).await {
            Ok(Ok(answer)) if answer.status == 200 => return Ok(format!("{url} answers")),
            Ok(Ok(answer)) => last = format!("GET {url}/health: {} instead of 200", answer.status),
            Ok(Err(error)) => last = format!("{error:#}"),
            Err(_) => {} // what the attempt before said is worth more
        }
        if Instant::now() + PAUSE >= end {
            return Err(Unpassed::Failed(format!("not in {} s: {last}", scene.within.as_secs())));
        }
        sleep(PAUSE).await;
    }
}
