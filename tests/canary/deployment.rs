//! The hook of a deployment: it tests the versions, and CodeDeploy gets a report in any case.

use super::code_deploy::{CodeDeploy, DEPLOYMENT, EXECUTION};
use super::{CANARY, SENDER, canary, invoke, setup};
use crate::harness::Ours;
use crate::metrics::line::Told;
use sandbox::services::faults::Times;
use serde_json::{Value, json};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(60);
/// The ARN of a version that isn't there.
const NOWHERE: &str = "arn:aws:lambda:eu-central-1:000000000000:function:local-nothing:7";

/// As CodeDeploy invokes it.
pub(crate) fn event() -> Value {
    json!({"DeploymentId": DEPLOYMENT, "LifecycleEventHookExecutionId": EXECUTION})
}

pub(crate) async fn deploy(system: &Ours, changes: &[(&str, &str)]) -> (Value, CodeDeploy) {
    let code_deploy = CodeDeploy::start().await;
    let mut changes = changes.to_vec();
    changes.push(("AWS_ENDPOINT_URL_CODEDEPLOY", &code_deploy.url));
    let answer = invoke(&canary(system, &changes, TIMEOUT), &event()).await;
    (answer, code_deploy)
}

#[tokio::test]
async fn versions_that_work_get_their_traffic() {
    let system = Ours::start_with(setup()).await;
    let (answer, code_deploy) = deploy(&system, &[]).await;
    assert_eq!(answer, json!({"passed": true}));
    assert_eq!(code_deploy.taken(), ["Succeeded"]);
    let line = &system.logged("new versions passed", 1).await[0];
    assert_eq!(line["deployment"], DEPLOYMENT);
    // One through `worker` alone, and one through `api`.
    let keys = system.keys().await;
    assert!(keys.len() >= 2 && keys.iter().all(|key| key.starts_with(&format!("{SENDER}_"))), "{keys:?}");
    let told = Told::by(CANARY, &system.log.lines());
    let line = told.lines.iter().find(|metrics| metrics["request_id"] == line["request_id"]).unwrap();
    assert!(line.get("CanaryPassed").is_none(), "a deployment doesn't show that the public address works");
}

#[tokio::test]
async fn api_reads_the_events_of_each_endpoint_of_the_stack() {
    let system = Ours::start_with(setup()).await;
    for (endpoint, emails) in [("http-api", 2), ("both", 3), ("alb", 2)] {
        let before = system.keys().await.len();
        let (answer, _) = deploy(&system, &[("ENDPOINT", endpoint)]).await;
        assert_eq!(answer, json!({"passed": true}), "{endpoint}");
        // The schedule's one run may end meanwhile.
        let stored = system.keys().await.len() - before;
        assert!(stored == emails || stored == emails + 1, "{endpoint}: {stored}");
    }
}

#[tokio::test]
async fn a_version_that_does_not_work_gets_no_traffic() {
    let system = Ours::start_with(setup()).await;
    for (changes, step, says) in [
        (("API_VERSION_ARN", NOWHERE), "api", "Lambda Invoke: refused: ResourceNotFoundException"),
        (("WORKER_VERSION_ARN", NOWHERE), "worker", "Lambda Invoke: refused: ResourceNotFoundException"),
        (("SSM_TOKEN_PARAMETER", "/local/nothing"), "token", "the parameter doesn't exist"),
        (("S3_BUCKET_NAME", ""), "settings", "S3_BUCKET_NAME is not set"),
        (("ENDPOINT", "smtp"), "settings", "ENDPOINT is wrong: it must be `alb`, `http-api` or `both`"),
    ] {
        let (answer, code_deploy) = deploy(&system, &[changes]).await;
        assert_eq!(
            (&answer["passed"], &answer["step"]),
            (&false.into(), &step.into()),
            "{changes:?}: {answer}"
        );
        assert!(answer["reason"].as_str().unwrap().contains(says), "{says}: {answer}");
        assert_eq!(code_deploy.taken(), ["Failed"], "{changes:?}");
    }
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    let (answer, code_deploy) = deploy(&system, &[]).await;
    assert_eq!((&answer["step"], &answer["reason"]), (&"worker".into(), &"it gave the message back".into()));
    assert_eq!(code_deploy.taken(), ["Failed"]);
}

#[tokio::test]
async fn a_version_that_crashes_or_answers_something_else_gets_no_traffic() {
    let system = Ours::start_with(setup()).await;
    // Each function refuses the other's events in its own way.
    let api = system.function("ApiFunction").config().arn.clone();
    let worker = system.function("WorkerFunction").config().arn.clone();
    let (answer, code_deploy) = deploy(&system, &[("API_VERSION_ARN", &worker)]).await;
    assert_eq!((&answer["passed"], &answer["step"]), (&false.into(), &"api".into()), "{answer}");
    assert_eq!(code_deploy.taken(), ["Failed"]);
    let (answer, code_deploy) = deploy(&system, &[("WORKER_VERSION_ARN", &api)]).await;
    assert_eq!((&answer["passed"], &answer["step"]), (&false.into(), &"worker".into()), "{answer}");
    assert_eq!(code_deploy.taken(), ["Failed"]);
}

#[tokio::test]
async fn an_email_that_does_not_come_in_time_leaves_time_for_the_report() {
    let system = Ours::start_with(setup()).await;
    let code_deploy = CodeDeploy::start().await;
    code_deploy.delay(Duration::from_secs(2));
    let changes = [("S3_BUCKET_NAME", "another"), ("AWS_ENDPOINT_URL_CODEDEPLOY", &*code_deploy.url)];
    // Three seconds more than the report may take.
    let answer = invoke(&canary(&system, &changes, Duration::from_secs(15)), &event()).await;
    assert_eq!((&answer["passed"], &answer["step"]), (&false.into(), &"store".into()), "{answer}");
    assert_eq!(code_deploy.taken(), ["Failed"]);
}

#[tokio::test]
async fn a_report_that_code_deploy_has_already_is_no_error() {
    let system = Ours::start_with(setup()).await;
    let (_, code_deploy) = deploy(&system, &[("API_VERSION_ARN", NOWHERE)]).await;
    let changes = [("AWS_ENDPOINT_URL_CODEDEPLOY", &*code_deploy.url)];
    assert_eq!(invoke(&canary(&system, &changes, TIMEOUT), &event()).await, json!({"passed": true}));
    assert_eq!(code_deploy.taken(), ["Failed"], "the first one counts");
}

#[tokio::test]
async fn a_report_that_code_deploy_does_not_take_is_an_error_of_the_function() {
    let system = Ours::start_with(setup()).await;
    let code_deploy = CodeDeploy::start().await;
    code_deploy.refuse_all();
    let changes = [("AWS_ENDPOINT_URL_CODEDEPLOY", &*code_deploy.url)];
    let error = canary(&system, &changes, TIMEOUT).invoke(event().to_string().into()).await.unwrap_err();
    assert!(error.to_string().contains("DeploymentDoesNotExistException"), "{error}");
    assert_eq!(code_deploy.taken(), [""; 0]);
    let line = &system.logged("deployment not told", 1).await[0];
    assert_eq!(line["level"], "ERROR");
}
