//! Wires the SQS function: settings, clients, and the runtime that calls it.

use lambda_runtime::{Runtime, service_fn};
use runtime::metrics::Meter;
use std::{process::ExitCode, time::Duration};
use worker::{Cabinet, Settings, Worker};

/// One attempt at S3.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// All attempts at one operation together: a record takes up to three, and 30 s are all there is.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(12);

#[tokio::main(flavor = "current_thread")] // filing waits for S3, not for a processor
async fn main() -> ExitCode {
    runtime::run(serve).await
}

async fn serve() -> anyhow::Result<()> {
    let settings = Settings::from_environment()?;
    let meter = Meter::from_environment()?;
    let config = runtime::aws::sdk_config(ATTEMPT_TIMEOUT, OPERATION_TIMEOUT)?;
    let s3 = aws_sdk_s3::config::Builder::from(&config)
        .force_path_style(runtime::aws::Endpoints.has("S3"))
        .build();
    let cabinet = Cabinet::new(aws_sdk_s3::Client::from_conf(s3), settings.bucket, settings.layout);
    let worker = Worker::new(cabinet, meter);
    Runtime::new(service_fn(|event| Box::pin(worker.handle(event))))
        .run()
        .await
        .map_err(anyhow::Error::from_boxed)
}
