//! Wires the scheduled function: clients, and the runtime that calls it.

use canary::Canary;
use lambda_runtime::{Runtime, service_fn};
use runtime::{BoxError, metrics::Meter};
use std::{process::ExitCode, time::Duration};

/// One attempt at SSM, S3 or CodeDeploy.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(3);
/// All attempts at one operation. A test of new versions keeps more than this for its report.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(9);

#[tokio::main(flavor = "current_thread")] // the function waits for others, not for a processor
async fn main() -> ExitCode {
    runtime::run(serve).await
}

async fn serve() -> Result<(), BoxError> {
    let meter = Meter::from_environment()?;
    let config = runtime::aws::sdk_config(ATTEMPT_TIMEOUT, OPERATION_TIMEOUT)?;
    let canary = Canary::new(&config, meter);
    Runtime::new(service_fn(|event| Box::pin(canary.handle(event)))).run().await
}
