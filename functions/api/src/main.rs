//! Wires the HTTP function: settings, clients, and the runtime that calls it.

use api::{Api, Authenticator, EmailQueue, TokenSource};
use lambda_http::lambda_runtime::{Runtime, service_fn};
use runtime::aws::FewerHeaders;
use runtime::{BoxError, metrics::Meter, settings::required};
use std::{process::ExitCode, time::Duration};

/// One attempt at SSM or SQS.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// All attempts together: two failed operations, one at each service, still leave time to answer within 10 s.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

#[tokio::main(flavor = "current_thread")] // one request at a time: more threads would only cost start-up
async fn main() -> ExitCode {
    runtime::run(serve).await
}

async fn serve() -> Result<(), BoxError> {
    let queue_url = required("SQS_QUEUE_URL", "the URL of the queue that accepted emails go to")?;
    let parameter = required("SSM_TOKEN_PARAMETER", "the name of the SecureString that holds the tokens")?;
    let meter = Meter::from_environment()?;
    let config = runtime::aws::sdk_config(ATTEMPT_TIMEOUT, OPERATION_TIMEOUT)?;
    let source =
        TokenSource::new(aws_sdk_ssm::config::Builder::from(&config).interceptor(FewerHeaders), parameter);
    let authenticator = Authenticator::start(source, &meter.init()).await;
    let sqs = aws_sdk_sqs::config::Builder::from(&config).interceptor(FewerHeaders).build();
    let queue = EmailQueue::new(aws_sdk_sqs::Client::from_conf(sqs), queue_url);
    let api = Api::new(authenticator, queue, meter);
    Runtime::new(service_fn(|event| api.handle(event))).run().await
}
