//! Schedules: invoke a function at a rate.

use crate::lambda::Function;
use bytes::Bytes;
use sandbox_services::TimeScale;
use sandbox_template::{ScheduleSource, ScheduleSpec};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};
use uuid::Uuid;

/// The waits before Lambda invokes again after a function's error ("How Lambda handles errors and retries with
/// asynchronous invocation").
const RETRIES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(120)];

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
        Self { _task: [run(Arc::new(config))].into_iter().collect() }
    }
}

async fn run(config: Arc<ScheduleConfig>) {
    let period = config.time_scale.apply(config.spec.rate);
    let first = match config.spec.source {
        ScheduleSource::Rule => Instant::now() + period,
        ScheduleSource::Scheduler => Instant::now(),
    };
    let mut ticks = interval_at(first, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut invocations = JoinSet::new();
    loop {
        ticks.tick().await;
        while invocations.try_join_next().is_some() {}
        invocations.spawn(invoke(Arc::clone(&config)));
    }
}

/// Invokes the function as Lambda does asynchronously: three times at most.
async fn invoke(config: Arc<ScheduleConfig>) {
    let event = Bytes::from(match &config.spec.input {
        Some(input) => input.clone(),
        None => event(&config, SystemTime::now().into()).to_string(),
    });
    for wait in RETRIES.map(Some).into_iter().chain([None]) {
        let Err(error) = config.function.invoke(event.clone()).await else { return };
        let (schedule, function) = (&config.spec.name, &config.function.config().name);
        match wait {
            Some(wait) => {
                tracing::warn!(schedule, function, %error, "a scheduled invocation failed; it is tried again");
                sleep(config.time_scale.apply(wait)).await;
            }
            None => {
                tracing::error!(schedule, function, %error, "a scheduled invocation failed for the last time");
            }
        }
    }
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
