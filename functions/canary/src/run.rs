//! One run, step by step. The log and the metrics name the step that failed.

use futures::FutureExt;
use runtime::Deadline;
use runtime::metrics::{CANARY_POST_LATENCY, CANARY_STORE_LATENCY, CANARY_TOKEN_LATENCY, Metrics, Timing};
use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use tokio::time::timeout_at;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    /// Its own environment.
    Settings,
    /// SSM gives the token.
    Token,
    /// The endpoint's name has an address, which accepts a connection, and its certificate is for that name.
    Connect,
    /// The email is posted and accepted.
    Accept,
    /// The new version of `api` accepts it.
    Api,
    /// The new version of `worker` takes it.
    Worker,
    /// It gets to the bucket.
    Store,
    /// It is there as it was sent.
    Compare,
}

impl Step {
    /// A word for logs and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Settings => "settings",
            Self::Token => "token",
            Self::Connect => "connect",
            Self::Accept => "accept",
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Store => "store",
            Self::Compare => "compare",
        }
    }

    /// Connecting is a part of posting.
    fn timing(self) -> Option<Timing> {
        match self {
            Self::Token => Some(CANARY_TOKEN_LATENCY),
            Self::Accept => Some(CANARY_POST_LATENCY),
            Self::Store => Some(CANARY_STORE_LATENCY),
            Self::Settings | Self::Connect | Self::Api | Self::Worker | Self::Compare => None,
        }
    }
}

/// A failed run. The reason holds neither the token nor anything of an email.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) step: Step,
    pub(crate) reason: String,
}

/// The steps of one run so far.
pub(crate) struct Run<'a> {
    current: Cell<Step>,
    deadline: Deadline,
    /// None if the run is not to be measured.
    metrics: Option<&'a Metrics>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(deadline: Deadline, metrics: Option<&'a Metrics>) -> Self {
        Self { current: Cell::new(Step::Settings), deadline, metrics }
    }

    pub(crate) fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Takes a step, and measures it.
    pub(crate) async fn step<T>(
        &self,
        step: Step,
        work: impl Future<Output = Result<T, String>>,
    ) -> Result<T, Failure> {
        self.current.set(step);
        let _timer = self.metrics.zip(step.timing()).map(|(metrics, timing)| metrics.time(timing));
        work.await.map_err(|reason| self.failure(reason))
    }

    /// A failure of the step that is being taken.
    pub(crate) fn failure(&self, reason: String) -> Failure {
        Failure { step: self.current.get(), reason }
    }

    /// The step that is being taken has turned out to be another one.
    pub(crate) fn becomes(&self, step: Step) {
        self.current.set(step);
    }

    /// Awaits the steps until the deadline. A panic is a failure too.
    pub(crate) async fn end(&self, steps: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
        match timeout_at(self.deadline.instant(), AssertUnwindSafe(steps).catch_unwind()).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(self.failure("a bug: it panicked".to_owned())),
            Err(_) => Err(self.failure("not done before the function's deadline".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::Instant;

    fn run() -> Run<'static> {
        Run::new((Instant::now() + Duration::from_secs(58)).into(), None)
    }

    #[tokio::test]
    async fn a_failure_names_its_step() {
        let run = run();
        let steps = async {
            run.step(Step::Token, async { Ok(()) }).await?;
            run.step(Step::Accept, async { Err::<(), _>("403".to_owned()) }).await
        };
        let failure = Failure { step: Step::Accept, reason: "403".to_owned() };
        assert_eq!(run.end(steps).await, Err(failure));
    }

    #[tokio::test(start_paused = true)]
    async fn a_step_that_never_ends_and_one_that_panics_fail_too() {
        let run = run();
        let failure = run.end(run.step(Step::Token, std::future::pending())).await.unwrap_err();
        assert_eq!(
            (failure.step, &*failure.reason),
            (Step::Token, "not done before the function's deadline")
        );
        let failure = run.end(run.step(Step::Compare, async { panic!("on purpose") })).await.unwrap_err();
        assert_eq!((failure.step, &*failure.reason), (Step::Compare, "a bug: it panicked"));
    }
}
