//! The template's queues and buckets, in moto.

use super::ACCOUNT_ID;
use crate::harness::aws::REGION;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, VersioningConfiguration,
};
use aws_sdk_sqs::types::QueueAttributeName;
use sandbox::template::{QueueSpec, Template};
use serde_json::json;
use std::collections::HashMap;

/// Makes the template's queues and buckets, as CloudFormation does.
pub(crate) async fn make(template: &Template, sqs: &aws_sdk_sqs::Client, s3: &aws_sdk_s3::Client) {
    // A dead-letter queue has to exist before its source queue.
    let (served, serving): (Vec<_>, Vec<_>) =
        template.queues.iter().partition(|queue| queue.redrive.is_some());
    for queue in serving.into_iter().chain(served) {
        sqs.create_queue()
            .queue_name(&queue.name)
            .set_attributes(Some(attributes(queue)))
            .send()
            .await
            .expect("moto makes it");
    }
    for bucket in &template.buckets {
        let here =
            CreateBucketConfiguration::builder().location_constraint(BucketLocationConstraint::EuCentral1);
        s3.create_bucket()
            .bucket(&bucket.name)
            .create_bucket_configuration(here.build())
            .send()
            .await
            .expect("moto makes it");
        let versions = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = s3.put_bucket_versioning().bucket(&bucket.name).versioning_configuration(versions);
        put.send().await.expect("moto makes it");
    }
}

fn attributes(queue: &QueueSpec) -> HashMap<QueueAttributeName, String> {
    let mut attributes = HashMap::from([
        (QueueAttributeName::VisibilityTimeout, queue.visibility_timeout.as_secs().to_string()),
        (QueueAttributeName::MessageRetentionPeriod, queue.retention.as_secs().to_string()),
        (QueueAttributeName::MaximumMessageSize, queue.maximum_message_size.to_string()),
        (QueueAttributeName::ReceiveMessageWaitTimeSeconds, queue.receive_wait.as_secs().to_string()),
    ]);
    if let Some(redrive) = &queue.redrive {
        let policy = json!({
            "deadLetterTargetArn": format!("arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{}", redrive.dead_letter_queue),
            "maxReceiveCount": redrive.max_receive_count,
        });
        attributes.insert(QueueAttributeName::RedrivePolicy, policy.to_string());
    }
    attributes
}
