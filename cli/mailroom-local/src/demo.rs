//! `mailroom demo`: one email through everything.

use crate::{template, up};
use anyhow::{Context, Result, bail};
use sandbox::Stack;
use sandbox::events::Event;
use sandbox::lambda::BuildOutput;
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};
use terminal::options::Demo;
use terminal::style::{BAD, BOLD, GOOD};
use terminal::text::printable;
use terminal::{Interrupt, Outcome, print};
use tokio::sync::broadcast::Receiver;

/// A load balancer's event beside the template. Its path and body are posted.
const SAMPLE: &str = "events/alb-post-email.json";
/// The longest time from a POST to the object: cold starts and a batching window.
const OBJECT_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) async fn run(options: Demo) -> Result<Outcome> {
    let done = Interrupt::listen()?.run(demo(options)).await;
    done.map_or(Ok(Outcome::Interrupted), |done| done.map(|()| Outcome::Success))
}

async fn demo(options: Demo) -> Result<()> {
    let template = template::find(options.template.clone())?;
    let (path, body) = sample(&template)?;
    let token = serde_json::from_str::<Value>(&body)?["token"]
        .as_str()
        .context("the sample has no token")?
        .to_owned();

    print("Building the functions (minutes the first time, then seconds).\n")?;
    let started = Instant::now();
    let stack = up::with_parameters(Stack::from_template(&template), &options.parameters)
        .stack_name(up::STACK_NAME)
        .build_output(BuildOutput::Shown)
        .start()
        .await?;
    up::set_token(&stack, &token)?;
    let events = stack.events();
    print(&format!("Everything started in {:.1} s.\n\n", started.elapsed().as_secs_f64()))?;

    let posted = Instant::now();
    let url = format!("{}{path}", stack.url());
    print(&format!("{BOLD}POST {url}{BOLD:#}\n{}\n\n", indented(&body)))?;
    let response =
        reqwest::Client::new().post(&url).body(body).send().await.context("the endpoint did not answer")?;
    let (status, answer) = (response.status(), response.text().await?);
    let style = if status.is_success() { GOOD } else { BAD };
    let took = posted.elapsed().as_millis();
    print(&format!("{style}{status}{style:#} after {took} ms\n{}\n\n", indented(&answer)))?;
    if !status.is_success() {
        bail!("the sample {SAMPLE} was not accepted");
    }

    let (bucket, key) = tokio::time::timeout(OBJECT_TIMEOUT, object(events))
        .await
        .with_context(|| format!("no object within {OBJECT_TIMEOUT:?}: `mailroom up` shows each step"))??;
    let object = stack.aws().s3().get(&bucket, &key).await?;
    print(&format!(
        "{GOOD}s3://{bucket}/{}{GOOD:#} after {} ms\n{}\n",
        printable(&key),
        posted.elapsed().as_millis(),
        indented(&String::from_utf8(object.bytes.to_vec())?)
    ))
}

/// The path and the body of the sample.
fn sample(template: &Path) -> Result<(String, String)> {
    let file = template.with_file_name(SAMPLE);
    let text = std::fs::read_to_string(&file)
        .with_context(|| format!("can't read the sample {}", file.display()))?;
    let event: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    let part = |name: &str| {
        event[name].as_str().map(str::to_owned).with_context(|| format!("{} has no {name}", file.display()))
    };
    Ok((part("path")?, part("body")?))
}

/// The bucket and the key of the first object that is written.
async fn object(mut events: Receiver<Event>) -> Result<(String, String)> {
    loop {
        match events.recv().await.context("the stack ended")? {
            Event::ObjectCreated { bucket, key, .. } => return Ok((bucket, key)),
            Event::InstanceEnded { function, why, .. } => bail!("{function} ended: {why}"),
            _ => {}
        }
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
