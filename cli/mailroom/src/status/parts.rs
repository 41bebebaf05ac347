//! The questions to each part. A part that can't be asked hides none of the others.

use super::canary::canary;
use super::functions::functions;
use super::queue::{dead_letter_queue, queue};
use super::{Part, State};
use crate::report::count;
use crate::system::{ApiClient, Explain, System, tokens};
use anyhow::{Context, Result, bail};
use aws_sdk_cloudwatch::types::StateValue;
use indicatif::HumanCount;
use std::time::{Duration, Instant, SystemTime};

/// The longest wait for the endpoint's answer.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(10);

/// Asks all of them at once.
pub(crate) async fn all(system: &System) -> Vec<Part> {
    let (endpoint, token, queue, dead, bucket, functions, canary, alarms) = tokio::join!(
        endpoint(system),
        token(system),
        queue(system),
        dead_letter_queue(system),
        bucket(system),
        functions(system),
        canary(system),
        alarms(system),
    );
    let named = [
        ("front door", Some(endpoint)),
        ("token", Some(token)),
        ("queue", Some(queue)),
        ("dead-letter queue", Some(dead)),
        ("bucket", Some(bucket)),
        ("functions", Some(functions)),
        ("canary", canary),
        ("alarms", Some(alarms)),
    ];
    let unknown = |name, error| Part::new(name, State::Unknown, format!("{error:#}"));
    let there = named.into_iter().filter_map(|(name, part)| Some((name, part?)));
    let asked = there.map(|(name, part)| part.unwrap_or_else(|error| unknown(name, error)));
    [stack(&system.outputs.stack_status)].into_iter().chain(asked).collect()
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

async fn endpoint(system: &System) -> Result<Part> {
    let (api, started) = (ApiClient::new(system.url()?)?, Instant::now());
    let answer = tokio::time::timeout(HEALTH_TIMEOUT, api.send("GET", "/health", None)).await;
    let status = answer.with_context(|| format!("no answer in {HEALTH_TIMEOUT:?}"))??.status;
    let took = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let state = if status == 200 { State::Well } else { State::NotWell };
    let detail = format!("{}/health: {status} after {} ms", api.url(), HumanCount(took));
    Ok(Part::new("front door", state, detail).with([("status", status.into()), ("milliseconds", took)]))
}

/// The presence and age of the token, without decrypting it, except where SSM refuses that: for a secret.
async fn token(system: &System) -> Result<Part> {
    let name = &system.outputs.token_parameter;
    let is_secret = tokens::secret(name).is_some();
    let answer =
        system.ssm.get_parameter().name(name).set_with_decryption(is_secret.then_some(true)).send().await;
    let answer = answer.explain(format!("can't read {name}, which `mailroom token rotate` creates"))?;
    let parameter = answer.parameter.context("SSM answered without the parameter")?;
    let version = [("version", u64::try_from(parameter.version()).unwrap_or_default())];
    let kind = parameter.r#type().map_or("untyped", |kind| kind.as_str());
    if kind != "SecureString" {
        let detail =
            format!("{name} is a {kind}, so `api` refuses every email: write it again as a SecureString");
        return Ok(Part::new("token", State::NotWell, detail).with(version));
    }
    let changed = parameter.last_modified_date().and_then(|date| SystemTime::try_from(*date).ok());
    let age = changed.and_then(|changed| changed.elapsed().ok()).unwrap_or_default();
    let days = count(age.as_secs() / (24 * 60 * 60), "day");
    let detail = match is_secret {
        true => format!("{name}, changed {days} ago"),
        false => format!("{name}, version {}, changed {days} ago", parameter.version()),
    };
    Ok(Part::new("token", State::Well, detail).with(version))
}

async fn bucket(system: &System) -> Result<Part> {
    let bucket = &system.outputs.bucket;
    let answer = system.s3.head_bucket().bucket(bucket).send().await;
    if answer.as_ref().is_err_and(|error| error.as_service_error().is_some_and(|error| error.is_not_found()))
    {
        let detail = format!("the bucket {bucket} doesn't exist, so no email can be stored: create it");
        return Ok(Part::new("bucket", State::NotWell, detail));
    }
    answer.explain(format!("can't look at the bucket {bucket}"))?;
    Ok(Part::new("bucket", State::Well, bucket.as_str()))
}

/// The alarms that notify the stack's own topic. Their names start with the stack's, but so may another stack's.
async fn alarms(system: &System) -> Result<Part> {
    let Some(topic) = &system.outputs.alarm_topic else {
        return Ok(Part::new("alarms", State::Well, "none on this machine; AWS has them"));
    };
    let mut pages = system.cloudwatch.describe_alarms().action_prefix(topic).into_paginator().send();
    let (mut all, mut ringing) = (0, Vec::new());
    while let Some(page) = pages.next().await {
        let page = page.explain("can't read the alarms")?;
        all += page.metric_alarms().len() as u64;
        let alarms = page.metric_alarms().iter();
        let on = alarms.filter(|alarm| alarm.state_value() == Some(&StateValue::Alarm));
        ringing.extend(on.map(|alarm| alarm.alarm_name().unwrap_or_default().to_owned()));
    }
    if all == 0 {
        bail!("no alarm notifies {topic}: deploy template.yaml again");
    }
    let (state, detail) = match ringing[..] {
        [] => (State::Well, format!("none of {all}")),
        _ => (State::NotWell, ringing.join(", ")),
    };
    Ok(Part::new("alarms", state, detail).with([("alarms", all), ("ringing", ringing.len() as u64)]))
}
