//! A function: its instances, started on demand.

use super::instance::Instance;
use super::invoke_error::InvokeError;
use bytes::Bytes;
use futures::future::join_all;
use sandbox_services::events::Events;
use sandbox_services::faults::Faults;
use sandbox_services::logs::LogGroup;
use sandbox_services::trace;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

/// Instances of one function at a time. A new account may have 10 concurrent executions in all ("Lambda
/// quotas"); where AWS throttles beyond that, an invocation here waits.
const CONCURRENCY: usize = 10;

/// What an instance of a function needs.
#[derive(Clone, Debug)]
pub struct FunctionConfig {
    /// The function's name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// The program.
    pub executable: PathBuf,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// All of its environment, but for the address of the Runtime API.
    pub environment: BTreeMap<String, String>,
    /// Where what it prints is kept, if it is.
    pub log: Option<LogGroup>,
}

/// A function that can be invoked, any number of times at once.
#[derive(Clone)]
pub struct Function(Arc<Inner>);

struct Inner {
    config: FunctionConfig,
    events: Events,
    faults: Faults,
    idle: Mutex<Vec<Instance>>,
    permits: Semaphore,
}

impl Function {
    /// A function without an instance yet: the first invocation is a cold start. `faults` says when an instance is
    /// killed at work.
    #[must_use]
    pub fn new(config: FunctionConfig, events: Events, faults: Faults) -> Self {
        let permits = Semaphore::new(CONCURRENCY);
        Self(Arc::new(Inner { config, events, faults, idle: Mutex::default(), permits }))
    }

    /// The function's configuration.
    #[must_use]
    pub fn config(&self) -> &FunctionConfig {
        &self.0.config
    }

    /// Invokes the function and waits for its answer. As on Lambda, an invocation that nobody waits for any
    /// more goes on to its end.
    ///
    /// # Errors
    /// [`InvokeError`]: no start, a crash, the timeout or an error that the function reported.
    pub async fn invoke(&self, payload: Bytes) -> Result<Bytes, InvokeError> {
        self.invoke_in(&trace::new_id(), payload).await
    }

    /// Like [`Function::invoke`], in the trace with this id.
    ///
    /// # Errors
    /// As [`Function::invoke`].
    pub async fn invoke_in(&self, trace_id: &str, payload: Bytes) -> Result<Bytes, InvokeError> {
        let (function, trace) = (Arc::clone(&self.0), trace::header(trace_id));
        let invocation = tokio::spawn(async move { function.invoke(trace, payload).await });
        invocation.await.unwrap_or(Err(InvokeError::Stopping))
    }

    /// Starts no more instances and asks every idle one to end, with SIGTERM; returns when they have. An
    /// invocation that is under way keeps its instance until the program ends.
    pub async fn stop(&self) {
        self.0.permits.close();
        let idle = std::mem::take(&mut *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner));
        join_all(idle.into_iter().map(Instance::stop)).await;
    }
}

impl Inner {
    async fn invoke(&self, trace: String, payload: Bytes) -> Result<Bytes, InvokeError> {
        let _permit = self.permits.acquire().await.map_err(|_| InvokeError::Stopping)?;
        let mut instance = match self.take_idle() {
            Some(instance) => instance,
            None => Instance::start(&self.config, &self.events).await?,
        };
        let kill = self.faults.kill(&self.config.name);
        let answer = instance.invoke(Uuid::new_v4().to_string(), payload, trace, kill).await;
        if matches!(answer, Err(InvokeError::Killed { .. })) {
            self.faults.killed(&self.config.name);
        }
        if !matches!(
            answer,
            Err(InvokeError::Crashed { .. }
                | InvokeError::Killed { .. }
                | InvokeError::TimedOut { .. }
                | InvokeError::Stopping)
        ) {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
        }
        answer
    }

    /// The instance that was used last, as Lambda prefers warm ones; those that died while idle are dropped.
    fn take_idle(&self) -> Option<Instance> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        std::iter::from_fn(|| idle.pop()).find_map(|mut instance| instance.is_alive().then_some(instance))
    }
}
