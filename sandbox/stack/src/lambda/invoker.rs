//! Runs a function for `Invoke` on the AWS endpoint, and for schedules.

use super::function::{Function, WeakFunction};
use super::invoke_error::InvokeError;
use super::runtime_api;
use parking_lot::Mutex;
use sandbox_services::lambda::{Invocation, Outcome, Run, RunError};
use sandbox_services::{TimeScale, trace};
use std::time::Duration;
use tokio::task::JoinSet;

/// The waits before the second and the third attempt of an event whose function failed ("How Lambda handles errors and
/// retries with asynchronous invocation").
const RETRIES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

pub(crate) struct Invoker {
    /// The endpoint may outlive the stack, whose functions end with it.
    function: WeakFunction,
    /// Divides the waits between attempts.
    time_scale: TimeScale,
    /// The events in progress, whose callers don't wait.
    queued: Mutex<JoinSet<()>>,
}

impl Invoker {
    pub(crate) fn new(function: &Function, time_scale: TimeScale) -> Self {
        Self { function: function.downgrade(), time_scale, queued: Mutex::default() }
    }
}

#[async_trait::async_trait]
impl Run for Invoker {
    async fn run(&self, invocation: Invocation) -> Result<Outcome, RunError> {
        let (id, mut log) = (invocation.request_id.clone(), Vec::new());
        let with_log = invocation.with_log.then_some(&mut log);
        let function = self.function.upgrade().ok_or(RunError::Stopping)?;
        match function.try_run(work(invocation), with_log).await {
            None => Err(RunError::Throttled),
            Some(Err(InvokeError::Stopping)) => Err(RunError::Stopping),
            Some(Ok(payload)) => Ok(Outcome { payload, failed: false, log }),
            Some(Err(error)) => Ok(Outcome { payload: error.document(&id).into(), failed: true, log }),
        }
    }

    fn enqueue(&self, invocation: Invocation) {
        let mut queued = self.queued.lock();
        // Drops the finished ones.
        while queued.try_join_next().is_some() {}
        queued.spawn(attempts(self.function.clone(), work(invocation), self.time_scale));
    }
}

async fn attempts(function: WeakFunction, invocation: runtime_api::Invocation, time_scale: TimeScale) {
    let id = invocation.request_id.clone();
    for wait in RETRIES.iter().map(Some).chain([None]) {
        let Some(function) = function.upgrade() else { return };
        let name = function.config().name.clone();
        match function.run(invocation.clone()).await {
            Ok(_) | Err(InvokeError::Stopping) => return,
            Err(error) => tracing::warn!(function = name, request_id = id, %error, "an event failed"),
        }
        drop(function);
        match wait {
            Some(wait) => tokio::time::sleep(time_scale.apply(*wait)).await,
            None => tracing::warn!(
                function = name,
                request_id = id,
                "an event was discarded after three attempts"
            ),
        }
    }
}

fn work(invocation: Invocation) -> runtime_api::Invocation {
    let Invocation { request_id, payload, trace_id, arn, client_context, with_log: _ } = invocation;
    let trace = trace::header(&trace_id.unwrap_or_else(trace::new_id));
    runtime_api::Invocation { request_id, payload, trace, arn: Some(arn), client_context }
}
