//! Many records at once.

use futures::{FutureExt, StreamExt, stream::FuturesUnordered};
use runtime::Deadline;
use std::panic::AssertUnwindSafe;
use tokio::time::timeout_at;

/// Records in progress at a time, and so connections. It takes the template's batch of 100 in one round. With a whole
/// processor, 1,000 records at 20 ms a write take 420 ms with 64, 260 with 128 and 210 with 256; with the share that
/// 512 MB bring, 100 to 256 are alike (docs/PERFORMANCE.md). Lambda allows 1,024 open files.
const CONCURRENCY: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The handler returned `true`; nothing else makes a record done.
    Done,
    Failed,
    Panicked,
    /// The handler had not ended, or not started, at the deadline.
    TimedOut,
}

/// Handles each record, and returns the outcomes in the records' order, at the latest at the deadline.
///
/// No record waits for another beyond [`CONCURRENCY`], and none fails because another does.
pub(crate) async fn handle_each<R>(
    records: impl ExactSizeIterator<Item = R>,
    deadline: Deadline,
    handle: impl AsyncFn(R) -> bool,
) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::TimedOut; records.len()];
    let mut waiting = records.enumerate();
    let mut in_progress = FuturesUnordered::new();
    loop {
        // Started one by one: even a request that only waits takes seven kilobytes.
        while in_progress.len() < CONCURRENCY
            && let Some((index, record)) = waiting.next()
        {
            // Boxed, or it would be moved three times.
            in_progress.push(Box::pin(outcome(index, record, &handle)));
        }
        match timeout_at(deadline.instant(), in_progress.next()).await {
            Ok(Some((index, outcome))) => outcomes[index] = outcome,
            Ok(None) | Err(_) => return outcomes,
        }
    }
}

async fn outcome<R>(index: usize, record: R, handle: &impl AsyncFn(R) -> bool) -> (usize, Outcome) {
    match AssertUnwindSafe(handle(record)).catch_unwind().await {
        Ok(true) => (index, Outcome::Done),
        Ok(false) => (index, Outcome::Failed),
        Err(_) => (index, Outcome::Panicked),
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::*;
    use super::*;
    use std::{cell::Cell, time::Duration};
    use tokio::time::{Instant, sleep};

    fn soon() -> Deadline {
        (Instant::now() + Duration::from_secs(29)).into()
    }

    #[tokio::test]
    async fn each_record_gets_its_own_outcome_in_the_order_of_the_batch() {
        let outcomes = handle_each(0..1_000, soon(), async |n| n % 3 != 0).await;
        for (n, outcome) in outcomes.into_iter().enumerate() {
            assert_eq!(outcome, if n % 3 != 0 { Done } else { Failed }, "{n}");
        }
    }

    #[tokio::test]
    async fn a_panic_fails_its_own_record_only() {
        let outcomes = handle_each(0..5, soon(), async |n| {
            tokio::task::yield_now().await;
            assert!(n != 2, "on purpose");
            true
        });
        assert_eq!(outcomes.await, [Done, Done, Panicked, Done, Done]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_record_that_is_not_done_at_the_deadline_fails_alone() {
        let started = Instant::now();
        let outcomes = handle_each(0..1_000, soon(), async |n| {
            if n == 500 {
                std::future::pending::<()>().await;
            }
            sleep(Duration::from_millis(20)).await;
            true
        });
        let outcomes = outcomes.await;
        assert_eq!(outcomes.iter().filter(|outcome| **outcome != Done).count(), 1);
        assert_eq!(outcomes[500], TimedOut);
        let waited = started.elapsed();
        assert!(waited >= Duration::from_secs(29) && waited < Duration::from_millis(29_100), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn records_that_did_not_start_before_the_deadline_have_failed() {
        let outcomes = handle_each(0..1_000, soon(), async |_| {
            std::future::pending::<()>().await;
            true
        });
        assert_eq!(outcomes.await, vec![TimedOut; 1_000]);
    }

    #[tokio::test]
    async fn many_records_are_in_progress_at_once_but_never_more_than_the_bound() {
        let (in_progress, most) = (Cell::new(0), Cell::new(0));
        handle_each(0..1_000, soon(), async |_| {
            in_progress.set(in_progress.get() + 1);
            most.set(most.get().max(in_progress.get()));
            tokio::task::yield_now().await;
            in_progress.set(in_progress.get() - 1);
            true
        })
        .await;
        assert_eq!(most.get(), CONCURRENCY);
    }

    #[tokio::test]
    async fn an_empty_batch_is_done() {
        assert!(handle_each(Vec::<u8>::new().into_iter(), soon(), async |_| true).await.is_empty());
    }
}
