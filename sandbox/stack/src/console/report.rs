//! The console as JSON.

use super::activity::{Activity, Sample, TEN};
use sandbox_services::PageRequest;
use sandbox_services::clock::{in_milliseconds, milliseconds};
use sandbox_services::events::Event;
use sandbox_services::sqs::{Queue, Sqs};
use serde::Serialize;
use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

/// Times are in milliseconds since 1970.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    now: u64,
    since: u64,
    /// Requests by the status of their response.
    answers: &'a BTreeMap<u16, u64>,
    /// How many objects were stored.
    stored: u64,
    queues: Vec<QueueReport>,
    requests: Vec<Request<'a>>,
    objects: Vec<Object<'a>>,
    functions: Vec<Function<'a>>,
    /// The seconds of one sample of the history: 1 over five minutes, or 10 over an hour, which the parameter
    /// `history=hour` asks for. `limit=N` asks for more or fewer requests and objects.
    sample_seconds: u64,
    history: &'a VecDeque<Sample>,
    missed: u64,
}

#[derive(Serialize)]
struct QueueReport {
    name: String,
    visible: usize,
    in_flight: usize,
    delayed: usize,
    oldest_seconds: Option<f64>,
    dead_letter_queue: bool,
}

#[derive(Serialize)]
struct Request<'a> {
    at: u64,
    method: &'a str,
    path: &'a str,
    status: u16,
    took_ms: f64,
}

#[derive(Serialize)]
struct Object<'a> {
    at: u64,
    bucket: &'a str,
    key: &'a str,
    bytes: u64,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    cold_starts: u64,
    ended: u64,
    instances: Vec<Instance>,
}

#[derive(Serialize)]
struct Instance {
    process: u32,
    since: u64,
}

impl<'a> Report<'a> {
    pub(crate) fn new(activity: &'a Activity, sqs: &Sqs, request: &PageRequest) -> Self {
        let limit = request.limit();
        let hour = request.parameter("history") == Some("hour");
        let (sample_seconds, history) = if hour { (TEN, &activity.tens) } else { (1, &activity.seconds) };
        let answered = |(at, event): &'a (SystemTime, Event)| match event {
            Event::Answered { method, path, status, took, .. } => {
                let took_ms = in_milliseconds(*took);
                Some(Request { at: milliseconds(*at), method, path, status: *status, took_ms })
            }
            _ => None,
        };
        let object = |(at, event): &'a (SystemTime, Event)| match event {
            Event::ObjectCreated { bucket, key, bytes, .. } => {
                Some(Object { at: milliseconds(*at), bucket, key, bytes: *bytes })
            }
            _ => None,
        };
        let function = |(name, instances): (&'a String, &'a super::activity::Instances)| Function {
            name,
            cold_starts: instances.cold_starts,
            ended: instances.ended,
            instances: instances
                .running
                .iter()
                .map(|(process, since)| Instance { process: *process, since: milliseconds(*since) })
                .collect(),
        };
        Self {
            now: milliseconds(SystemTime::now()),
            since: milliseconds(activity.since),
            answers: &activity.answers,
            stored: activity.stored,
            queues: sqs.queues().iter().map(|queue| queue_report(queue, sqs)).collect(),
            requests: activity.requests.iter().filter_map(answered).take(limit).collect(),
            objects: activity.objects.iter().filter_map(object).take(limit).collect(),
            functions: activity.functions.iter().map(function).collect(),
            sample_seconds,
            history,
            missed: activity.missed,
        }
    }
}

fn queue_report(queue: &Queue, sqs: &Sqs) -> QueueReport {
    let counts = queue.counts();
    QueueReport {
        name: queue.name().to_owned(),
        visible: counts.visible,
        in_flight: counts.in_flight,
        delayed: counts.delayed,
        oldest_seconds: queue.oldest_age().map(|age| age.as_secs_f64()),
        dead_letter_queue: !sqs.dead_letter_sources(queue).is_empty(),
    }
}
