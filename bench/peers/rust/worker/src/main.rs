//! Files queued emails in S3.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_s3::primitives::ByteStream;
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde::{Deserialize, Serialize};
use std::env;

#[derive(Deserialize, Serialize)]
struct Email {
    email_subject: String,
    email_sender: String,
    email_timestream: String,
    email_content: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let s3 = aws_sdk_s3::Client::new(&config);
    let bucket = env::var("S3_BUCKET_NAME")?;
    run(service_fn(|event| handle(&s3, &bucket, event))).await
}

async fn handle(
    s3: &aws_sdk_s3::Client,
    bucket: &str,
    event: LambdaEvent<SqsEvent>,
) -> Result<SqsBatchResponse, Error> {
    let mut response = SqsBatchResponse::default();
    for message in event.payload.records {
        if let Err(error) = file(s3, bucket, &message).await {
            tracing::error!(%error, "not filed");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = message.message_id.ok_or("a message without an id")?;
            response.batch_item_failures.push(failure);
        }
    }
    Ok(response)
}

async fn file(s3: &aws_sdk_s3::Client, bucket: &str, message: &SqsMessage) -> Result<(), Error> {
    let email: Email = serde_json::from_str(message.body.as_deref().unwrap_or_default())?;
    s3.put_object()
        .bucket(bucket)
        .key(format!("{}_{}.json", email.email_sender, email.email_timestream))
        .content_type("application/json")
        .if_none_match("*")
        .body(ByteStream::from(serde_json::to_vec(&email)?))
        .send()
        .await?;
    tracing::info!(message_id = message.message_id, "filed");
    Ok(())
}
