//! Waiting for what has to happen elsewhere.

use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The wait before the second look. It grows up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Looks until there is something, and a last time at `end`. Returns the error of the last look.
pub async fn until<T, E>(end: Instant, mut look: impl AsyncFnMut() -> Result<T, E>) -> Result<T, E> {
    let mut pause = FIRST_PAUSE;
    loop {
        match look().await {
            Err(_) if Instant::now() < end => {}
            ended => return ended,
        }
        sleep(pause.min(end.saturating_duration_since(Instant::now()))).await;
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_ends_with_the_first_look_that_finds_something() {
        let mut looks = 0;
        let found = until(Instant::now() + Duration::from_secs(60), async || {
            looks += 1;
            if looks == 5 { Ok("found") } else { Err("nothing") }
        });
        assert_eq!((found.await, looks), (Ok("found"), 5));
    }

    #[tokio::test(start_paused = true)]
    async fn it_looks_a_last_time_at_the_end() {
        let (start, mut last) = (Instant::now(), Duration::ZERO);
        let end = start + Duration::from_millis(12_345);
        let found = until(end, async || {
            last = start.elapsed();
            Err::<(), _>("nothing")
        });
        assert_eq!(found.await, Err("nothing"));
        assert!(last >= end - start && last < end - start + Duration::from_millis(10), "{last:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_end_in_the_past_leaves_one_look() {
        let mut looks = 0;
        let found = until(Instant::now(), async || {
            looks += 1;
            Err::<(), _>("nothing")
        });
        assert_eq!((found.await, looks), (Err("nothing"), 1));
    }
}
