//! Wires the SQS function: settings, clients, and the runtime that calls it.

use email::ObjectLayout;
use lambda_runtime::{Runtime, service_fn};
use runtime::settings::{optional, required};
use runtime::{BoxError, metrics::Meter};
use std::{process::ExitCode, time::Duration};
use worker::{BatchStore, EmailStore, Store, Worker};

/// One attempt at S3.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);
/// All attempts at one operation together. A record takes up to three operations, and the function has 30 s.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(12);

#[tokio::main(flavor = "current_thread")] // the function waits for S3, not for a processor
async fn main() -> ExitCode {
    runtime::run(serve).await
}

async fn serve() -> Result<(), BoxError> {
    let bucket = required("S3_BUCKET_NAME", "the name of the bucket that emails are stored in")?;
    let layout = optional("OBJECT_KEY_LAYOUT")?;
    let meter = Meter::from_environment()?;
    let config = runtime::aws::sdk_config(ATTEMPT_TIMEOUT, OPERATION_TIMEOUT)?;
    let s3 = worker::bucket_client(&config);
    let store = match layout {
        ObjectLayout::PerEmail(layout) => Store::PerEmail(EmailStore::new(s3, bucket, layout)),
        ObjectLayout::Batch => {
            let canary = EmailStore::new(s3.clone(), bucket.clone(), ObjectLayout::CANARY);
            Store::Batch { batches: BatchStore::new(s3, bucket), canary }
        }
    };
    let worker = Worker::new(store, meter);
    Runtime::new(service_fn(|event| Box::pin(worker.handle(event)))).run().await
}
