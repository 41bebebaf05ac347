//! The canary: it passes if everything works, and names the step that fails.
//!
//! - here: on its schedule, and the traces of its emails;
//! - `failing`: one failure for each step;
//! - `deployment`: the hook of a deployment; `code_deploy`: a CodeDeploy that takes its reports.

mod code_deploy;
mod deployment;
mod failing;

use crate::harness::{Ours, Setup, email};
use crate::metrics::line::Told;
use sandbox::lambda::Function;
use sandbox::services::faults::Faults;
use serde_json::{Value, json};
use std::time::Duration;

const CANARY: &str = "local-canary";
/// The sender of its emails, which ends in the suffix of the stack's names.
const SENDER: &str = "mailroom-canary-8f6d3a10";

/// The steps that the metric of failed runs names. `failing` has a failure of each.
pub(crate) const ALL_STEPS: [&str; 6] = ["settings", "token", "connect", "accept", "store", "compare"];

/// A stack with a canary whose schedule comes once, at the start.
pub(crate) fn setup() -> Setup {
    Setup::usual().time_scale(1.0).parameter("CanaryRate", "rate(1 hour)")
}

/// The system's canary with some of its environment changed. It gives up after some seconds.
fn canary(system: &Ours, changes: &[(&str, &str)], timeout: Duration) -> Function {
    let mut config = system.function("CanaryFunction").config().clone();
    config.timeout = timeout;
    for (name, value) in changes {
        config.environment.insert((*name).to_owned(), (*value).to_owned());
    }
    Function::new(config, system.teller(), Faults::default())
}

async fn invoke(canary: &Function, event: &Value) -> Value {
    let answer = canary.invoke(event.to_string().into()).await.unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_slice(&answer).unwrap()
}

/// As the schedule of the template invokes it.
async fn run(canary: &Function) -> Value {
    invoke(canary, &json!({"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler"}))
        .await
}

/// Each kind of its log lines and metrics.
pub(crate) async fn everything(system: &Ours) {
    let patient = Duration::from_secs(60);
    run(&canary(system, &[], patient)).await;
    run(&canary(system, &[("MAILROOM_URL", "")], patient)).await;
    for changes in [&[][..], &[("S3_BUCKET_NAME", "")]] {
        deployment::deploy(system, changes).await;
    }
    let nobody = [("AWS_ENDPOINT_URL_CODEDEPLOY", "http://127.0.0.1:1")];
    let told = canary(system, &nobody, patient).invoke(deployment::event().to_string().into()).await;
    assert!(told.is_err(), "{told:?}");
}

#[tokio::test]
async fn it_runs_on_its_schedule_and_its_emails_are_counted_apart() {
    // A minute is three seconds.
    let system = Ours::start_with(Setup::usual().parameter("CanaryRate", "rate(1 minute)")).await;
    assert_eq!(system.post(&email("John doe")).await.status, 200);
    let passed = async || {
        let lines = system.log.lines();
        (Told::by(CANARY, &lines).sum("CanaryPassed") >= 2.0).then_some(lines)
    };
    let lines = system.until("two runs", passed).await;
    let (canary, api, worker) =
        (Told::by(CANARY, &lines), Told::by("local-api", &lines), Told::by("local-worker", &lines));
    for name in ["CanaryTokenLatency", "CanaryPostLatency", "CanaryStoreLatency"] {
        assert!(canary.values(name).len() >= 2, "{name}: {canary:?}");
    }
    assert_eq!(
        (api.sum("Accepted"), worker.sum("Filed"), worker.values("AgeWhenFiled").len()),
        (1.0, 1.0, 1)
    );
    assert!(api.sum("CanaryAccepted") >= 2.0 && worker.sum("CanaryFiled") >= 2.0);
    for message in ["accepted", "filed"] {
        let all = system.log.with_message(message);
        let (canarys, others): (Vec<_>, Vec<_>) = all.iter().partition(|line| line["canary"] == true);
        assert!(canarys.len() >= 2 && others.len() == 1, "{message}: {all:?}");
        assert!(others[0].get("canary").is_none(), "{message}: {others:?}");
    }
    let keys = system.keys().await;
    let prefix = format!("{SENDER}_");
    assert_eq!(keys.iter().filter(|key| !key.starts_with(&prefix)).count(), 1, "{keys:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn status_tells_how_its_last_runs_ended() {
    let system = Ours::start_with(setup()).await;
    let function = canary(&system, &[], Duration::from_secs(60));
    let canary = async || {
        let health = system.run(&["status", "--json"]).await.json();
        let parts = health["parts"].as_array().unwrap().clone();
        parts.into_iter().find(|part| part["name"] == "canary").unwrap()
    };
    run(&function).await;
    // The schedule's own run may come before or after it.
    let passed = async || (canary().await["state"] == "well").then_some(());
    system.until("a run that passed", passed).await;
    system.set_tokens("\r\n").await;
    for state in ["watch", "not_well"] {
        run(&function).await;
        let part =
            system.until(state, async || Some(canary().await).filter(|part| part["state"] == state)).await;
        let detail = part["detail"].as_str().unwrap();
        assert!(detail.contains(" at token: the parameter holds no token"), "{part}");
    }
}

#[tokio::test]
async fn it_finds_its_email_under_a_dated_key_too() {
    let system = Ours::start_with(setup().parameter("ObjectKeyLayout", "dated")).await;
    let canary = canary(&system, &[], Duration::from_secs(60));
    assert_eq!(run(&canary).await, json!({"passed": true}));
}

#[tokio::test]
async fn it_posts_to_the_http_api_of_a_stack_without_a_load_balancer() {
    let system = Ours::start_with(setup().parameter("Endpoint", "http-api")).await;
    let patient = Duration::from_secs(60);
    assert_eq!(run(&canary(&system, &[], patient)).await, json!({"passed": true}));
    let (answer, code_deploy) = deployment::deploy(&system, &[]).await;
    assert_eq!((answer, code_deploy.taken()), (json!({"passed": true}), vec!["Succeeded".to_owned()]));
}

#[tokio::test]
async fn two_runs_in_one_second_find_an_email_each() {
    let system = Ours::start_with(setup()).await;
    let canary = canary(&system, &[], Duration::from_secs(60));
    let runs = futures::future::join_all((0..4).map(|_| run(&canary))).await;
    assert_eq!(runs, vec![json!({"passed": true}); 4]);
}

#[tokio::test]
async fn without_a_rate_no_part_of_it_is_there() {
    let system = Ours::start().await;
    let template = system.stack.template();
    assert_eq!((template.schedules.len(), template.functions.len()), (0, 2));
    assert!(!system.stack.outputs().contains_key("CanaryLogGroup"));
}
