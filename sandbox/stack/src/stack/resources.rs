//! The template's resources in AWS's services.

use super::StackError;
use sandbox_services::s3::Versioning;
use sandbox_services::sqs::{QueueConfig, Redrive};
use sandbox_services::ssm::ParameterType;
use sandbox_services::{Aws, AwsError};
use sandbox_template::{QueueSpec, SsmParameterType, Template, VersioningStatus};

/// Creates the resources, or changes those of an earlier start to what the template says now.
pub(crate) fn deploy(template: &Template, aws: &Aws) -> Result<(), StackError> {
    // A dead-letter queue has to exist before its source queue.
    let (served, serving): (Vec<_>, Vec<_>) =
        template.queues.iter().partition(|queue| queue.redrive.is_some());
    for queue in serving.into_iter().chain(served) {
        aws.sqs().deploy_queue(queue_config(queue)).map_err(StackError::Queue)?;
    }
    for group in &template.log_groups {
        aws.logs().group(&group.name);
    }
    for parameter in &template.ssm_parameters {
        let kind = match parameter.kind {
            SsmParameterType::String => ParameterType::String,
            SsmParameterType::StringList => ParameterType::StringList,
        };
        aws.ssm().ensure(&parameter.name, kind, &parameter.value).map_err(StackError::Parameter)?;
    }
    for bucket in &template.buckets {
        aws.s3().create_bucket(&bucket.name).map_err(AwsError::from)?;
        let versioning = bucket.versioning.map(|status| match status {
            VersioningStatus::Enabled => Versioning::Enabled,
            VersioningStatus::Suspended => Versioning::Suspended,
        });
        if let Some(versioning) = versioning {
            aws.s3().set_versioning(&bucket.name, versioning).map_err(AwsError::from)?;
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
