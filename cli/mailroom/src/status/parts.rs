//! What is asked of each part. A part that can't be asked does not hide the others.

use super::complaints::complaints;
use super::health::{Health, Part, State};
use crate::report::{count, grouped};
use crate::system::{Depth, Explain, FrontDoor, System};
use anyhow::{Context, Result, bail};
use aws_sdk_cloudwatch::types::StateValue;
use std::time::{Duration, Instant, SystemTime};

/// How long the front door may take to answer.
const DOOR: Duration = Duration::from_secs(10);

/// Asks all of them at once.
pub(crate) async fn look(system: &System) -> Health {
    let (door, token, queue, dead, bucket, functions, alarms) = tokio::join!(
        front_door(system),
        token(system),
        queue(system),
        dead_letters(system),
        bucket(system),
        complaints(system),
        alarms(system),
    );
    let named = [("front door", door), ("token", token), ("queue", queue), ("dead-letter queue", dead)];
    let named = named.into_iter().chain([("bucket", bucket), ("functions", functions), ("alarms", alarms)]);
    let mut parts = vec![stack(&system.outputs.stack_status)];
    parts.extend(named.map(|(name, part)| part.unwrap_or_else(|error| Part::unknown(name, &error))));
    Health::new(&system.name, parts)
}

/// A stack whose last change failed still runs what was there before.
fn stack(status: &str) -> Part {
    let state = if status.contains("FAILED") {
        State::NotWell
    } else if status.contains("ROLLBACK") || status.contains("IN_PROGRESS") {
        State::Watch
    } else {
        State::Well
    };
    Part::new("stack", state, status)
}

async fn front_door(system: &System) -> Result<Part> {
    let (door, started) = (FrontDoor::new(&system.outputs.url)?, Instant::now());
    let answer = tokio::time::timeout(DOOR, door.ask("GET", "/health", None)).await;
    let status = answer.with_context(|| format!("no answer in {} s", DOOR.as_secs()))??.status;
    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let state = if status == 200 { State::Well } else { State::NotWell };
    let detail = format!("{}/health: {status} after {} ms", door.url(), grouped(took));
    Ok(Part::new("front door", state, detail).with("status", status.into()).with("milliseconds", took))
}

/// Without decrypting: whether there is one, and how old.
async fn token(system: &System) -> Result<Part> {
    let name = &system.outputs.token_parameter;
    let answer = system.ssm.get_parameter().name(name).send().await;
    let answer = answer.explain(format!("{name} can't be read; `mailroom token rotate` makes one"))?;
    let parameter = answer.parameter.context("SSM answered without the parameter")?;
    let kind = parameter.r#type().map_or("untyped", |kind| kind.as_str()).to_owned();
    let changed = parameter.last_modified_date().and_then(|date| SystemTime::try_from(*date).ok());
    let age = changed.and_then(|changed| changed.elapsed().ok()).unwrap_or_default();
    let days = age.as_secs() / (24 * 60 * 60);
    let detail = format!("{name}, version {}, changed {} ago", parameter.version(), count(days, "day"));
    let version = u64::try_from(parameter.version()).unwrap_or_default();
    Ok(if kind == "SecureString" {
        Part::new("token", State::Well, detail).with("version", version)
    } else {
        let detail =
            format!("{name} is a {kind}, so `api` refuses everybody: put it again as a SecureString");
        Part::new("token", State::NotWell, detail).with("version", version)
    })
}

async fn queue(system: &System) -> Result<Part> {
    let depth = Depth::of(system, &system.outputs.queue_url).await?;
    Ok(of_queue("queue", State::Well, depth.to_string(), depth))
}

async fn dead_letters(system: &System) -> Result<Part> {
    let depth = Depth::of(system, &system.outputs.dead_letter_queue_url).await?;
    let (state, detail) = match depth.all() {
        0 => (State::Well, "empty".to_owned()),
        all => (State::NotWell, format!("{}: `mailroom dlq list` shows why", count(all, "message"))),
    };
    Ok(of_queue("dead-letter queue", state, detail, depth))
}

async fn bucket(system: &System) -> Result<Part> {
    let bucket = &system.outputs.bucket;
    let answer = system.s3.head_bucket().bucket(bucket).send().await;
    if answer.as_ref().is_err_and(|error| error.as_service_error().is_some_and(|error| error.is_not_found()))
    {
        let detail = format!("there is no bucket {bucket}, so nothing can be filed: make one of this name");
        return Ok(Part::new("bucket", State::NotWell, detail));
    }
    answer.explain(format!("the bucket {bucket} can't be asked"))?;
    Ok(Part::new("bucket", State::Well, bucket.as_str()))
}

fn of_queue(name: &'static str, state: State, detail: String, depth: Depth) -> Part {
    let part = Part::new(name, state, detail).with("waiting", depth.waiting);
    part.with("received", depth.received).with("delayed", depth.delayed)
}

/// The alarms that tell the stack's own topic. Their names start with the stack's, but so may another stack's.
async fn alarms(system: &System) -> Result<Part> {
    let Some(topic) = &system.outputs.alarm_topic else {
        return Ok(Part::new("alarms", State::Well, "none on this machine; AWS has them"));
    };
    let mut pages = system.cloudwatch.describe_alarms().action_prefix(topic).into_paginator().send();
    let (mut all, mut ringing) = (0, Vec::new());
    while let Some(page) = pages.next().await {
        let page = page.explain("the alarms can't be read")?;
        for alarm in page.metric_alarms() {
            all += 1;
            if alarm.state_value() == Some(&StateValue::Alarm) {
                ringing.push(alarm.alarm_name().unwrap_or_default().to_owned());
            }
        }
    }
    if all == 0 {
        bail!("no alarm tells {topic}: deploy template.yaml again");
    }
    let (state, detail) = if ringing.is_empty() {
        (State::Well, format!("none of {all}"))
    } else {
        (State::NotWell, ringing.join(", "))
    };
    let ringing = u64::try_from(ringing.len()).unwrap_or(u64::MAX);
    Ok(Part::new("alarms", state, detail).with("alarms", all).with("ringing", ringing))
}
