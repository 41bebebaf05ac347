//! Schedules: invoke a function at a rate.

use crate::lambda::{Function, Invoker};
use bytes::Bytes;
use sandbox_services::TimeScale;
use sandbox_services::lambda::{Invocation, Run};
use sandbox_template::{ScheduleSource, ScheduleSpec};
use serde_json::{Value, json};
use std::time::SystemTime;
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use uuid::Uuid;

/// A running schedule. It invokes until this is dropped.
pub struct Schedule {
    _task: JoinSet<()>,
}

pub struct ScheduleConfig {
    pub spec: ScheduleSpec,
    pub function: Function,
    /// Divides the rate and the waits before retries.
    pub time_scale: TimeScale,
    /// Both for the event.
    pub region: String,
    pub account_id: String,
}

impl Schedule {
    pub fn start(config: ScheduleConfig) -> Self {
        Self { _task: [run(config)].into_iter().collect() }
    }
}

async fn run(config: ScheduleConfig) {
    let period = config.time_scale.apply(config.spec.rate);
    let first = match config.spec.source {
        ScheduleSource::Rule => Instant::now() + period,
        ScheduleSource::Scheduler => Instant::now(),
    };
    let mut ticks = interval_at(first, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let invoker = Invoker::new(&config.function, config.time_scale);
    loop {
        ticks.tick().await;
        invoker.enqueue(invocation(&config));
    }
}

fn invocation(config: &ScheduleConfig) -> Invocation {
    let payload = Bytes::from(match &config.spec.input {
        Some(input) => input.clone(),
        None => event(config, SystemTime::now().into()).to_string(),
    });
    let (request_id, arn) = (Uuid::new_v4().to_string(), config.function.config().arn.clone());
    Invocation { request_id, payload, trace_id: None, arn, client_context: None, with_log: false }
}

/// The service's own event.
fn event(config: &ScheduleConfig, time: OffsetDateTime) -> Value {
    let (ScheduleConfig { region, account_id, .. }, name) = (config, &config.spec.name);
    let (source, arn, detail) = match config.spec.source {
        ScheduleSource::Rule => {
            ("aws.events", format!("arn:aws:events:{region}:{account_id}:rule/{name}"), json!({}))
        }
        // Scheduler's detail is a string.
        ScheduleSource::Scheduler => (
            "aws.scheduler",
            format!("arn:aws:scheduler:{region}:{account_id}:schedule/default/{name}"),
            json!("{}"),
        ),
    };
    let (hour, minute, second) = time.to_hms();
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    json!({
        "version": "0",
        "id": Uuid::new_v4().to_string(),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": account_id,
        "time": format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"),
        "region": region,
        "resources": [arn],
        "detail": detail,
    })
}
