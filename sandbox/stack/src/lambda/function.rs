//! A function and its instances, which start on demand.

use super::instance::{FunctionConfig, Instance};
use super::invoke_error::InvokeError;
use super::runtime_api::Invocation;
use bytes::Bytes;
use futures::future::join_all;
use parking_lot::Mutex;
use sandbox_services::events::Events;
use sandbox_services::faults::Faults;
use sandbox_services::trace;
use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use tokio::sync::{Semaphore, TryAcquireError};
use uuid::Uuid;

/// The most instances of one function. A new account may have 10 concurrent executions in all ("Lambda quotas"); AWS
/// throttles further invocations; here those of `Invoke` are throttled and the others wait.
const CONCURRENCY: usize = 10;

#[derive(Clone)]
pub struct Function(Arc<Inner>);

/// A function that this doesn't keep alive.
#[derive(Clone)]
pub(crate) struct WeakFunction(Weak<Inner>);

impl WeakFunction {
    pub(crate) fn upgrade(&self) -> Option<Function> {
        self.0.upgrade().map(Function)
    }
}

struct Inner {
    config: FunctionConfig,
    events: Events,
    faults: Faults,
    idle: Mutex<Vec<Instance>>,
    permits: Arc<Semaphore>,
    /// The ARNs of the queues that event source mappings poll for this function.
    mapped: Mutex<BTreeSet<String>>,
}

/// The only mapping of a queue to a function, until this is dropped.
pub(crate) struct MappedQueue {
    function: Function,
    queue_arn: String,
}

impl Drop for MappedQueue {
    fn drop(&mut self) {
        self.function.0.mapped.lock().remove(&self.queue_arn);
    }
}

impl Function {
    /// The first invocation is a cold start. `faults` decides when instances are killed.
    pub fn new(config: FunctionConfig, events: Events, faults: Faults) -> Self {
        let reserved = config.reserved_concurrency.and_then(|reserved| usize::try_from(reserved).ok());
        let most = reserved.map_or(CONCURRENCY, |reserved| reserved.min(CONCURRENCY));
        let permits = Arc::new(Semaphore::new(most));
        let (idle, mapped) = Default::default();
        Self(Arc::new(Inner { config, events, faults, idle, permits, mapped }))
    }

    pub fn config(&self) -> &FunctionConfig {
        &self.0.config
    }

    pub(crate) fn downgrade(&self) -> WeakFunction {
        WeakFunction(Arc::downgrade(&self.0))
    }

    /// `None` if the queue is mapped to this function already.
    pub(crate) fn map_queue(&self, queue_arn: &str) -> Option<MappedQueue> {
        let is_new = self.0.mapped.lock().insert(queue_arn.to_owned());
        is_new.then(|| MappedQueue { function: self.clone(), queue_arn: queue_arn.to_owned() })
    }

    /// Invokes the function and waits for its response. As on Lambda, an invocation goes on to its end without
    /// its caller.
    pub async fn invoke(&self, payload: Bytes) -> Result<Bytes, InvokeError> {
        self.invoke_in(&trace::new_id(), payload).await
    }

    pub(crate) async fn invoke_in(&self, trace_id: &str, payload: Bytes) -> Result<Bytes, InvokeError> {
        let invocation = Invocation {
            request_id: Uuid::new_v4().to_string(),
            payload,
            trace: trace::header(trace_id),
            arn: None,
            client_context: None,
        };
        self.run(invocation).await
    }

    /// Runs an invocation as soon as fewer than the most are under way.
    pub(crate) async fn run(&self, invocation: Invocation) -> Result<Bytes, InvokeError> {
        let function = Arc::clone(&self.0);
        let ended = tokio::spawn(async move {
            let permits = Arc::clone(&function.permits);
            let _permit = permits.acquire_owned().await.map_err(|_| InvokeError::Stopping)?;
            function.run(invocation, None).await
        });
        ended.await.unwrap_or(Err(InvokeError::Stopping))
    }

    /// Runs an invocation, unless the most are under way: then it returns `None`. The function's output goes to
    /// `log`.
    pub(crate) async fn try_run(
        &self,
        invocation: Invocation,
        log: Option<&mut Vec<u8>>,
    ) -> Option<Result<Bytes, InvokeError>> {
        let permit = match Arc::clone(&self.0.permits).try_acquire_owned() {
            Ok(permit) => permit,
            Err(TryAcquireError::NoPermits) => return None,
            Err(TryAcquireError::Closed) => return Some(Err(InvokeError::Stopping)),
        };
        let (function, with_log) = (Arc::clone(&self.0), log.is_some());
        let ended = tokio::spawn(async move {
            let _permit = permit;
            let mut printed = Vec::new();
            let result = function.run(invocation, with_log.then_some(&mut printed)).await;
            (result, printed)
        });
        let (result, printed) = ended.await.unwrap_or((Err(InvokeError::Stopping), Vec::new()));
        if let Some(log) = log {
            *log = printed;
        }
        Some(result)
    }

    /// Starts no more instances, and ends the idle ones with SIGTERM. A running invocation keeps its instance.
    pub async fn stop(&self) {
        self.0.permits.close();
        let idle = std::mem::take(&mut *self.0.idle.lock());
        join_all(idle.into_iter().map(Instance::stop)).await;
    }
}

impl Inner {
    async fn run(&self, invocation: Invocation, log: Option<&mut Vec<u8>>) -> Result<Bytes, InvokeError> {
        let mut instance = match self.take_idle() {
            Some(instance) => instance,
            None => Instance::start(&self.config, &self.events).await?,
        };
        if log.is_some() {
            instance.begin_log().await;
        }
        let kill = self.faults.kill(&self.config.name);
        let response = instance.invoke(invocation, kill).await;
        if let Some(log) = log {
            *log = instance.log().await;
        }
        match &response {
            Ok(_) | Err(InvokeError::Reported { .. } | InvokeError::ResponseTooLarge { .. }) => {
                self.idle.lock().push(instance);
            }
            Err(InvokeError::Killed { .. }) => self.faults.killed(&self.config.name),
            Err(_) => {}
        }
        response
    }

    /// The instance that was used last, as Lambda prefers warm ones. Those that died while idle are dropped.
    fn take_idle(&self) -> Option<Instance> {
        let mut idle = self.idle.lock();
        std::iter::from_fn(|| idle.pop()).find_map(|mut instance| instance.is_alive().then_some(instance))
    }
}
