//! The HTTP function: behind the load balancer, in front of the queue.
//!
//! From the outside in:
//! - `alb`: the load balancer's events and answers;
//! - `api`: one request, from the door to the answer, always before the deadline;
//! - `route`: which door a method and a path lead to;
//! - `submission`: what a request's body holds;
//! - `tokens`: who may send: the tokens, how long they are believed, and where they come from;
//! - `outbox`: hands an email to the queue;
//! - `refusal`: every answer but the good ones, in one place.

mod alb;
mod api;
mod outbox;
mod refusal;
mod route;
mod settings;
mod submission;
mod tokens;

use api::Api;
use lambda_http::lambda_runtime::{Runtime, service_fn};
use outbox::Outbox;
use runtime::metrics::Meter;
use settings::Settings;
use std::{process::ExitCode, time::Duration};
use tokens::{TokenSource, TokenStore};

/// One attempt at SSM or SQS.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// All attempts together: asking both services in vain still leaves time to answer within 10 s.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

#[tokio::main(flavor = "current_thread")] // one request at a time: more threads would only cost start-up
async fn main() -> ExitCode {
    runtime::run(serve).await
}

async fn serve() -> anyhow::Result<()> {
    let settings = Settings::from_environment()?;
    let meter = Meter::from_environment()?;
    let config = runtime::aws::sdk_config(ATTEMPT_TIMEOUT, OPERATION_TIMEOUT)?;
    let source = TokenSource::new((&config).into(), settings.token_parameter);
    let tokens = TokenStore::open(source, &meter.init()).await;
    let outbox = Outbox::new(aws_sdk_sqs::Client::new(&config), settings.queue_url);
    let api = Api::new(tokens, outbox, meter);
    // Boxed, since the runtime moves its future around: 4% of an invocation's instructions went into copying it.
    Runtime::new(service_fn(|event| Box::pin(api.handle(event))))
        .run()
        .await
        .map_err(anyhow::Error::from_boxed)
}
