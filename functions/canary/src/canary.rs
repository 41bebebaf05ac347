//! One event: the schedule's, or that of a deployment.

use crate::run::{Failure, Run};
use crate::{new_versions, public_path};
use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_codedeploy::operation::put_lifecycle_event_hook_execution_status::PutLifecycleEventHookExecutionStatusError;
use aws_sdk_codedeploy::types::LifecycleEventStatus;
use lambda_runtime::{Diagnostic, LambdaEvent};
use runtime::aws::{AwsError, has_custom_endpoint};
use runtime::metrics::{CANARY_FAILED, CANARY_PASSED, Meter};
use runtime::{Deadline, telemetry::milliseconds};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::Instant;

/// The time between the end of a run and the function's timeout.
const MARGIN: Duration = Duration::from_secs(1);
/// The same for a test of new versions, whose report still has to reach CodeDeploy.
const MARGIN_FOR_REPORT: Duration = Duration::from_secs(12);
/// The longest that a version may take: more than the timeouts of `api` and `worker`.
const INVOKE_TIMEOUT: Duration = Duration::from_secs(35);

pub struct Canary {
    ssm: aws_sdk_ssm::Client,
    s3: aws_sdk_s3::Client,
    lambda: aws_sdk_lambda::Client,
    codedeploy: aws_sdk_codedeploy::Client,
    meter: Meter,
}

/// The event. EventBridge Scheduler's has neither of these members, CodeDeploy's has both ("AppSpec 'hooks' section for an
/// AWS Lambda deployment", AWS CodeDeploy user guide).
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    deployment_id: Option<String>,
    lifecycle_event_hook_execution_id: Option<String>,
}

/// The response. It is for a person who invokes the function: its callers read none.
#[derive(Serialize)]
pub struct Outcome {
    passed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Canary {
    pub fn new(config: &SdkConfig, meter: Meter) -> Self {
        let s3 = aws_sdk_s3::config::Builder::from(config).force_path_style(has_custom_endpoint("S3"));
        // Invoke waits for the whole invocation, and a second attempt would be a second email.
        let timeouts = TimeoutConfig::builder().operation_timeout(INVOKE_TIMEOUT);
        let timeouts = timeouts.operation_attempt_timeout(INVOKE_TIMEOUT).build();
        let lambda = aws_sdk_lambda::config::Builder::from(config).timeout_config(timeouts);
        Self {
            ssm: aws_sdk_ssm::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            lambda: aws_sdk_lambda::Client::from_conf(lambda.build()),
            codedeploy: aws_sdk_codedeploy::Client::new(config),
            meter,
        }
    }

    /// A failed test isn't an error of the function, or Lambda would invoke it twice more, and each run would count.
    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<Outcome, Diagnostic> {
        let LambdaEvent { payload, context } = event;
        match (payload.deployment_id, payload.lifecycle_event_hook_execution_id) {
            (Some(deployment), Some(execution)) => {
                let deadline = Deadline::before(context.deadline(), MARGIN_FOR_REPORT);
                self.test_deployment(deadline, &context.request_id, &deployment, &execution).await
            }
            _ => Ok(self.test_public_path(context.deadline(), &context.request_id).await),
        }
    }

    async fn test_public_path(&self, timeout: std::time::SystemTime, request_id: &str) -> Outcome {
        let (started, metrics) = (Instant::now(), self.meter.invocation(request_id));
        let run = Run::new(Deadline::before(timeout, MARGIN), Some(&metrics));
        let result = run.end(public_path::test(&run, &self.ssm, &self.s3)).await;
        let duration_ms = milliseconds(started.elapsed());
        match &result {
            Ok(()) => {
                metrics.count(CANARY_PASSED);
                tracing::info!(request_id, duration_ms, "canary passed");
            }
            Err(Failure { step, reason }) => {
                metrics.count_by(CANARY_FAILED, step.name());
                tracing::error!(request_id, step = step.name(), reason, duration_ms, "canary failed");
            }
        }
        result.into()
    }

    /// Tests the new versions, and tells CodeDeploy in any case: without a report it waits for an hour.
    async fn test_deployment(
        &self,
        deadline: Deadline,
        request_id: &str,
        deployment: &str,
        execution: &str,
    ) -> Result<Outcome, Diagnostic> {
        let started = Instant::now();
        let _metrics = self.meter.invocation(request_id);
        let run = Run::new(deadline, None);
        let result = run.end(new_versions::test(&run, &self.ssm, &self.s3, &self.lambda)).await;
        let duration_ms = milliseconds(started.elapsed());
        let status = match &result {
            Ok(()) => {
                tracing::info!(request_id, deployment, duration_ms, "new versions passed");
                LifecycleEventStatus::Succeeded
            }
            Err(Failure { step, reason }) => {
                let step = step.name();
                tracing::error!(request_id, deployment, step, reason, duration_ms, "new versions failed");
                LifecycleEventStatus::Failed
            }
        };
        self.report(deployment, execution, status).await.map_err(|error| {
            let error = format!("CodeDeploy PutLifecycleEventHookExecutionStatus: {error}");
            tracing::error!(request_id, deployment, error, "deployment not told");
            Diagnostic { error_type: "NotReported".to_owned(), error_message: error }
        })?;
        Ok(result.into())
    }

    async fn report(
        &self,
        deployment: &str,
        execution: &str,
        status: LifecycleEventStatus,
    ) -> Result<(), AwsError> {
        let report = self.codedeploy.put_lifecycle_event_hook_execution_status().deployment_id(deployment);
        let report = report.lifecycle_event_hook_execution_id(execution).status(status);
        match report.send().await {
            Ok(_) => Ok(()),
            // CodeDeploy has the report of an attempt whose answer was lost.
            Err(error) if error.as_service_error().is_some_and(is_completed) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

fn is_completed(error: &PutLifecycleEventHookExecutionStatusError) -> bool {
    error.is_lifecycle_event_already_completed_exception()
}

impl From<Result<(), Failure>> for Outcome {
    fn from(result: Result<(), Failure>) -> Self {
        let failure = result.err();
        let (step, reason) = failure.map(|Failure { step, reason }| (step.name(), reason)).unzip();
        Self { passed: step.is_none(), step, reason }
    }
}
