//! EventBridge's default bus: what happens to the objects of buckets reaches the functions of rules.
//!
//! - `s3_event`: an event of S3, as EventBridge delivers it;
//! - `matching`: whether it matches a pattern.

mod matching;
mod s3_event;

use crate::lambda::{Function, Invoker};
use bytes::Bytes;
use sandbox_services::TimeScale;
use sandbox_services::lambda::{Invocation, Run};
use sandbox_services::s3::{ObjectEvent, S3Storage, S3StorageError};
use sandbox_template::EventRuleSpec;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use uuid::Uuid;

/// A running bus. It delivers until this is dropped.
pub struct EventBus {
    _task: JoinSet<()>,
}

pub struct EventBusConfig {
    /// The buckets that send events.
    pub buckets: Vec<String>,
    /// Each rule with its function.
    pub rules: Vec<(EventRuleSpec, Function)>,
    /// Divides the waits before retries.
    pub time_scale: TimeScale,
    /// Both for the events.
    pub region: String,
    pub account_id: String,
}

impl EventBus {
    pub fn start(config: EventBusConfig, s3: &S3Storage) -> Result<Self, S3StorageError> {
        let (sender, receiver) = unbounded_channel();
        for bucket in &config.buckets {
            s3.notify(bucket, sender.clone())?;
        }
        Ok(Self { _task: [deliver(config, receiver)].into_iter().collect() })
    }
}

async fn deliver(config: EventBusConfig, mut events: UnboundedReceiver<ObjectEvent>) {
    let target = |(spec, function): &(EventRuleSpec, Function)| {
        (spec.clone(), function.config().arn.clone(), Invoker::new(function, config.time_scale))
    };
    let targets: Vec<_> = config.rules.iter().map(target).collect();
    while let Some(event) = events.recv().await {
        let event = s3_event::s3_event(&event, &config.region, &config.account_id);
        for (spec, arn, invoker) in &targets {
            if matching::matches(&spec.pattern, &event) {
                invoker.enqueue(invocation(spec, arn, &event));
            }
        }
    }
}

fn invocation(spec: &EventRuleSpec, arn: &str, event: &Value) -> Invocation {
    let payload = Bytes::from(spec.input.clone().unwrap_or_else(|| event.to_string()));
    let (request_id, arn) = (Uuid::new_v4().to_string(), arn.to_owned());
    Invocation { request_id, payload, trace_id: None, arn, client_context: None, with_log: false }
}
