//! The template's resources in AWS's services.

use super::StackError;
use sandbox_services::s3::Versioning;
use sandbox_services::sqs::{QueueConfig, Redrive};
use sandbox_services::ssm::ParameterType;
use sandbox_services::{Aws, AwsError};
use sandbox_template::{QueueSpec, SsmParameterType, Template, VersioningStatus};

/// Creates the resources. Those of an earlier start get new settings where the template has changed since.
pub(crate) fn deploy(template: &Template, aws: &Aws) -> Result<(), StackError> {
    // A dead-letter queue has to exist before its source queue.
    let (served, serving): (Vec<_>, Vec<_>) =
        template.queues.iter().partition(|queue| queue.redrive.is_some());
    for queue in serving.into_iter().chain(served) {
        let (config, exists) = (queue_config(queue), aws.sqs().queue(&queue.name).is_some());
        aws.deploy(("AWS::SQS::Queue", &queue.name), exists, &config.clone(), || {
            aws.sqs().deploy_queue(config).map(drop).map_err(StackError::Queue)
        })?;
    }
    for group in &template.log_groups {
        aws.logs().group(&group.name);
    }
    for parameter in &template.ssm_parameters {
        let kind = match parameter.kind {
            SsmParameterType::String => ParameterType::String,
            SsmParameterType::StringList => ParameterType::StringList,
        };
        let (name, value) = (parameter.name.as_str(), parameter.value.as_str());
        let exists = aws.ssm().value(name).is_some();
        aws.deploy(("AWS::SSM::Parameter", name), exists, &(kind, value), || {
            aws.ssm().ensure(name, kind, value).map_err(StackError::Parameter)
        })?;
    }
    for bucket in &template.buckets {
        let exists = aws.s3().buckets().iter().any(|(name, _)| *name == bucket.name);
        aws.s3().create_bucket(&bucket.name).map_err(AwsError::from)?;
        let versioning = bucket.versioning.map(|status| match status {
            VersioningStatus::Enabled => Versioning::Enabled,
            VersioningStatus::Suspended => Versioning::Suspended,
        });
        if let Some(versioning) = versioning {
            aws.deploy(("AWS::S3::Bucket", &bucket.name), exists, &versioning, || {
                aws.s3().set_versioning(&bucket.name, versioning).map_err(AwsError::from)
            })?;
        }
    }
    Ok(())
}

fn queue_config(spec: &QueueSpec) -> QueueConfig {
    QueueConfig {
        visibility_timeout: spec.visibility_timeout,
        retention: spec.retention,
        receive_wait: spec.receive_wait,
        delay: spec.delay,
        maximum_message_size: spec.maximum_message_size,
        redrive: spec.redrive.as_ref().map(|redrive| Redrive {
            dead_letter_queue: redrive.dead_letter_queue.clone(),
            max_receive_count: redrive.max_receive_count,
        }),
        ..QueueConfig::new(&spec.name)
    }
}
