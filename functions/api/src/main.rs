//! Wires the HTTP function: settings, clients, and the runtime that calls it.

use api::{Api, Outbox, Settings, TokenSource, TokenStore};
use lambda_http::lambda_runtime::{Runtime, service_fn};
use runtime::metrics::Meter;
use std::{process::ExitCode, time::Duration};

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
