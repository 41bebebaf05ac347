//! Emails through a whole local stack.

use super::{Group, clients};
use crate::check;
use crate::columns::Section;
use crate::contestants::Contestant;
use crate::error::BenchError;
use crate::events::{Email, TOKEN};
use crate::harness::{Harness, measurement, progress};
use crate::report::Measurement;
use crate::stats::Sample;
use sandbox::Stack;
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

/// The token's parameter, as the template names it.
const PARAMETER: &str = "/local/auth_token";
/// Before any are measured: each connection starts what it needs.
const WARM_UP: usize = 4;
/// How often the bucket is looked at.
const LOOK: Duration = Duration::from_millis(200);
/// How long nothing may be filed while something is missing.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn measure(harness: &mut Harness) -> Result<Group, BenchError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let (contestants, mut rows) = (harness.systems(), Vec::new());
        for connections in harness.plan.connections.clone() {
            for contestant in &contestants {
                progress(&format!("end to end, {}: {connections} connections", contestant.name));
                rows.push(measure_one(harness, contestant, connections).await?);
            }
        }
        let title = format!(
            "End to end: {} emails through the load balancer of a local stack, and the time \
             from the last answer to the last object. Clients and stack share the machine with the functions.",
            harness.plan.settings.emails
        );
        Ok((title, rows))
    })
}

async fn measure_one(
    harness: &mut Harness,
    contestant: &Contestant,
    connections: usize,
) -> Result<Measurement, BenchError> {
    let stack = start(harness, contestant).await?;
    let warm_up = harness.mail().emails(connections * WARM_UP);
    clients::send(stack.url(), &warm_up, connections).await?;
    wait_until_filed(&stack, contestant, &warm_up).await?;

    let count = harness.plan.settings.emails;
    let emails = harness.mail().emails(count);
    let seen = clients::send(stack.url(), &emails, connections).await?;
    let all: Vec<_> = warm_up.into_iter().chain(emails).collect();
    let last_filed = wait_until_filed(&stack, contestant, &all).await?;
    stack.stop().await;

    let mut latencies = Sample::default();
    seen.latencies.iter().for_each(|latency| latencies.add_millis(*latency));
    // An object may be there before the last answer, where its batch was quick.
    let after = last_filed.duration_since(seen.last_answer).unwrap_or_default();
    let values = [
        ("answers_per_second", count as f64 / seen.took.as_secs_f64()),
        ("p50_ms", latencies.median()),
        ("p99_ms", latencies.percentile(99)),
        ("filed_after_ms", after.as_secs_f64() * 1e3),
        // Who files late answers fast: answers alone would be the wrong thing to praise.
        ("filed_per_second", count as f64 / (seen.took + after).as_secs_f64()),
    ];
    Ok(measurement(Section::EndToEnd, None, contestant, Some(connections), &values))
}

async fn start(harness: &Harness, contestant: &Contestant) -> Result<Stack, BenchError> {
    let mut builder = Stack::from_template(harness.template());
    if let Some(directory) = &contestant.directory {
        builder = builder.executables(directory);
    }
    let stack = builder.start().await?;
    stack.aws().ssm().put_secure_string(PARAMETER, TOKEN).map_err(std::io::Error::other)?;
    Ok(stack)
}

/// Waits until exactly these emails are in the bucket, and says when the last one was.
async fn wait_until_filed(
    stack: &Stack,
    contestant: &Contestant,
    emails: &[Email],
) -> Result<SystemTime, BenchError> {
    let wrong = |what: String| BenchError::System { contestant: contestant.name.clone(), what };
    let bucket = stack.template().buckets.first().ok_or_else(|| wrong("no bucket".to_owned()))?;
    let (mut filed, mut since) = (0, Instant::now());
    let objects = loop {
        let objects = stack.aws().s3().list(&bucket.name, "").await.map_err(std::io::Error::other)?;
        if objects.len() >= emails.len() {
            break objects;
        }
        if objects.len() > filed {
            (filed, since) = (objects.len(), Instant::now());
        } else if since.elapsed() > PATIENCE {
            return Err(wrong(format!("{filed} of {} emails are filed, and no more come", emails.len())));
        }
        tokio::time::sleep(LOOK).await;
    };
    let mut contents = BTreeMap::new();
    for object in &objects {
        let stored = stack.aws().s3().get(&bucket.name, &object.key).await.map_err(std::io::Error::other)?;
        contents.insert(object.key.clone(), stored.bytes);
    }
    check::stored(emails, &contents).map_err(|error| wrong(error.to_string()))?;
    Ok(objects.iter().map(|object| object.modified_at()).max().unwrap_or(SystemTime::UNIX_EPOCH))
}
