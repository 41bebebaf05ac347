//! Emails through the load balancer of a whole stack in the sandbox, until they are stored.

use super::{Group, clients::Clients};
use crate::candidates::Candidate;
use crate::check;
use crate::emails::{Email, TOKEN};
use crate::harness::Harness;
use crate::report::Measurement;
use crate::sections::Section;
use anyhow::{Context, Result, ensure};
use sandbox::Stack;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// The token's parameter in the template.
const PARAMETER: &str = "/local/auth_token";
/// Unmeasured emails per connection.
const WARM_UP: usize = 4;
/// The interval between two looks at the bucket.
const POLL: Duration = Duration::from_millis(200);
/// Emails are missing if no object arrives for this time.
const TIME_LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn measure(harness: &mut Harness) -> Result<Group> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut measurements = Vec::new();
    for connections in harness.plan.connections.clone() {
        for candidate in harness.candidates.clone() {
            if candidate.directory.is_some() {
                let name = &candidate.name;
                eprintln!("... end to end, {name}: {connections} connections");
                let measurement = runtime.block_on(measure_one(harness, &candidate, connections));
                measurements
                    .push(measurement.with_context(|| format!("the system with the functions of {name}"))?);
            }
        }
    }
    let title = format!(
        "End to end: {} emails through the load balancer of the sandbox, until the last object is stored. Clients, sandbox \
         and functions share the machine.",
        harness.plan.emails
    );
    Ok(Group { title, measurements })
}

async fn measure_one(
    harness: &mut Harness,
    candidate: &Candidate,
    connections: usize,
) -> Result<Measurement> {
    let data = harness.plan.data.as_ref().map(|data| data.join(format!("{}-{connections}", candidate.name)));
    let stack = start(candidate, data.as_deref()).await?;
    let clients = Clients::new(stack.url(), connections);
    let mut emails = harness.emails.take(connections * WARM_UP);
    clients.send(&emails).await?;
    wait_until_stored(&stack, &emails).await?;

    let count = harness.plan.emails;
    let measured = harness.emails.take(count);
    let sent = clients.send(&measured).await?;
    emails.extend(measured);
    let last_stored = wait_until_stored(&stack, &emails).await?;
    stack.stop().await;

    // The last object may be stored before the last response arrives.
    let after = last_stored.duration_since(sent.last_response).unwrap_or_default();
    let values = [
        ("answers_per_second", count as f64 / sent.took.as_secs_f64()),
        ("p50_ms", sent.latencies.percentile("answer_ms", 50)),
        ("p99_ms", sent.latencies.percentile("answer_ms", 99)),
        ("filed_after_ms", after.as_secs_f64() * 1e3),
        // Responses alone would favour systems that postpone the work.
        ("filed_per_second", count as f64 / (sent.took + after).as_secs_f64()),
    ];
    Ok(Measurement::new(Section::EndToEnd, None, candidate, Some(connections), values.into()))
}

async fn start(candidate: &Candidate, data: Option<&Path>) -> Result<Stack> {
    let mut builder = Stack::from_template(Harness::template());
    if let Some(directory) = &candidate.directory {
        builder = builder.executables(directory);
    }
    if let Some(data) = data {
        // A new directory: the objects of another run would be counted with those of this one.
        std::fs::create_dir(data).with_context(|| format!("--data: can't create {}", data.display()))?;
        builder = builder.data(data);
    }
    let stack = builder.start().await?;
    stack.aws().ssm().put_secure_string(PARAMETER, TOKEN)?;
    Ok(stack)
}

/// Waits until the bucket holds exactly these emails, and returns when the last was stored.
async fn wait_until_stored(stack: &Stack, emails: &[Email]) -> Result<SystemTime> {
    let (s3, bucket) = (stack.aws().s3(), stack.template().buckets.first().context("no bucket")?);
    let (mut stored, mut since) = (0, Instant::now());
    let objects = loop {
        let objects = s3.list(&bucket.name, "").await?;
        if objects.len() >= emails.len() {
            break objects;
        }
        if objects.len() > stored {
            (stored, since) = (objects.len(), Instant::now());
        }
        let count = emails.len();
        ensure!(since.elapsed() < TIME_LIMIT, "{stored} of {count} emails are stored, and no more arrive");
        tokio::time::sleep(POLL).await;
    };
    let mut contents = BTreeMap::new();
    for object in &objects {
        contents.insert(object.key.clone(), s3.get(&bucket.name, &object.key).await?.bytes);
    }
    check::stored(emails, &contents)?;
    Ok(objects.iter().map(|object| object.modified_at()).max().unwrap_or(SystemTime::UNIX_EPOCH))
}
