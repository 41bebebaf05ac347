//! The life of function instances.

use crate::{FUNCTION, PATIENCE, next, post, process, project, start, start_scaled};
use sandbox::Stack;
use sandbox::events::{Event, Events};
use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::{Duration, Instant, UNIX_EPOCH};
use tokio::process::Command;

async fn signal(signal: &str, process: &str) -> bool {
    let kill = format!("kill {signal} {process}"); // the shell's own: not every system has a program for it
    Command::new("sh").args(["-c", &kill]).stderr(Stdio::null()).status().await.unwrap().success()
}

pub(crate) async fn gone(process: &str) {
    let started = Instant::now();
    while signal("-0", process).await {
        assert!(started.elapsed() < PATIENCE, "process {process} is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn no_instance_runs_before_the_first_invocation() {
    let events = Events::default();
    let mut happened = events.subscribe();
    let stack = project().events(&events).start().await.unwrap();
    let mut starts = || {
        let events = std::iter::from_fn(|| happened.try_recv().ok());
        events.filter(|event| matches!(event, Event::InstanceStarted { .. })).count()
    };
    // Meanwhile another stack has an instance: one that this stack had started by itself would be there by now.
    assert_eq!(post(&start().await, "a").await.0, 200);
    assert_eq!(starts(), 0);
    assert_eq!(post(&stack, "a").await.0, 200);
    assert_eq!(starts(), 1, "a cold start on demand");
}

#[tokio::test]
async fn one_instance_serves_requests_that_come_one_after_another() {
    let stack = start().await;
    let first = process(&stack, "a").await;
    for _ in 0..5 {
        assert_eq!(process(&stack, "b").await, first);
    }
}

#[tokio::test]
async fn requests_at_the_same_time_have_instances_of_their_own() {
    let stack = start().await;
    let all = tokio::join!(
        process(&stack, "do-nap"),
        process(&stack, "do-nap"),
        process(&stack, "do-nap"),
        process(&stack, "do-nap"),
    );
    assert_eq!(BTreeSet::from([all.0, all.1, all.2, all.3]).len(), 4);
}

#[tokio::test]
async fn a_crash_is_told_at_once_with_what_was_printed_and_the_next_instance_is_a_new_one() {
    let stack = start().await;
    let first = process(&stack, "a").await;
    let error = stack.function(FUNCTION).unwrap().invoke("do-crash".into()).await.unwrap_err().to_string();
    // At the timeout it would be another error.
    assert!(error.contains("crashed") && error.contains('3') && error.contains("about to crash"), "{error}");
    assert_ne!(process(&stack, "a").await, first);
}

#[tokio::test]
async fn an_instance_that_died_while_idle_is_replaced() {
    let stack = start().await;
    // A request that is quicker than the signal finds it dying, and is a crash like any other: so more than one try.
    for _ in 0..20 {
        let first = process(&stack, "a").await;
        assert!(signal("-KILL", &first).await);
        if post(&stack, "a").await.0 == 200 {
            assert_ne!(process(&stack, "a").await, first);
            return;
        }
    }
    panic!("every instance that died was given one more invocation");
}

#[tokio::test]
async fn an_error_of_the_functions_own_leaves_the_instance_alive() {
    let stack = start().await;
    let first = process(&stack, "a").await;
    let error = stack.function(FUNCTION).unwrap().invoke("do-error".into()).await.unwrap_err().to_string();
    assert!(error.contains("on purpose"), "{error}");
    assert_eq!(process(&stack, "a").await, first);
}

#[tokio::test]
async fn an_init_that_fails_is_shown_with_what_the_function_said() {
    let stack = project().parameter("OnInit", "crash").start().await.unwrap();
    let error = stack.function(FUNCTION).unwrap().invoke("a".into()).await.unwrap_err().to_string();
    assert!(error.contains("failed to initialise") && error.contains('7'), "{error}");
    assert!(error.contains("the init went wrong on purpose"), "{error}");
    assert_eq!(post(&stack, "a").await.0, 502);
}

#[tokio::test]
async fn an_init_error_that_the_function_reports_is_shown_at_once() {
    let stack = project().parameter("OnInit", "report").start().await.unwrap();
    let error = stack.function(FUNCTION).unwrap().invoke("a".into()).await.unwrap_err().to_string();
    assert!(error.contains("failed to initialise") && error.contains("reported on purpose"), "{error}");
}

#[tokio::test]
async fn an_init_that_takes_longer_than_ten_seconds_is_given_up() {
    let stack = project().parameter("OnInit", "hang").start().await.unwrap();
    let mut events = stack.events();
    let error = stack.function(FUNCTION).unwrap().invoke("a".into()).await.unwrap_err().to_string();
    assert!(error.contains("10s"), "{error}");
    let process = next(&mut events, |event| match event {
        Event::InstanceStarted { process, .. } => Some(process.to_string()),
        _ => None,
    });
    gone(&process.await).await;
}

#[tokio::test]
async fn the_environment_is_lambdas_and_nothing_of_this_machine() {
    let stack = start().await;
    let (_, environment) = post(&stack, "do-environment").await;
    for line in [
        "AWS_LAMBDA_FUNCTION_NAME=local-odd",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=192",
        "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
        "AWS_LAMBDA_LOG_FORMAT=JSON",
        "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/local-odd",
        "AWS_LAMBDA_LOG_LEVEL=DEBUG",
        "AWS_REGION=eu-central-1",
        "ON_INIT=nothing",
    ] {
        assert!(environment.lines().any(|found| found == line), "{line} in {environment}");
    }
    let stream = "AWS_LAMBDA_LOG_STREAM_NAME=20";
    assert!(
        environment.lines().any(|line| line.starts_with(stream) && line.contains("/[$LATEST]")),
        "{environment}"
    );
    for name in ["PATH=", "HOME=", "CARGO"] {
        assert!(!environment.lines().any(|line| line.starts_with(name)), "{name} in {environment}");
    }
}

#[tokio::test]
async fn what_a_function_prints_is_in_its_log_group() {
    let stack = start().await;
    let mut events = stack.events();
    assert_eq!(post(&stack, "do-nap").await.0, 200);
    let told = |event| matches!(event, Event::Logged { line, .. } if line == "slept well").then_some(());
    next(&mut events, told).await;
    assert_eq!(stack.aws().logs().group("/aws/lambda/local-odd").peek(), ["slept well"]);
}

#[tokio::test]
async fn an_invocation_comes_with_its_deadline_its_trace_and_the_functions_arn() {
    let stack = start().await;
    let (_, headers) = post(&stack, "do-context").await;
    let header = |name: &str| {
        headers
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_else(|| panic!("no {name} in {headers}"))
    };
    let deadline: u64 = header("lambda-runtime-deadline-ms: ").parse().unwrap();
    let now = u64::try_from(UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    assert!(deadline > now && deadline <= now + 2_000, "{deadline} at {now}");
    assert!(header("lambda-runtime-trace-id: ").starts_with("Root=1-"));
    assert_eq!(
        header("lambda-runtime-invoked-function-arn: "),
        "arn:aws:lambda:eu-central-1:000000000000:function:local-odd"
    );
}

#[tokio::test]
async fn an_invocation_that_nobody_waits_for_any_more_goes_on_to_its_end() {
    let stack = start().await;
    process(&stack, "a").await; // so that there is an instance
    let mut events = stack.events();
    let given_up = tokio::time::timeout(
        Duration::from_millis(50),
        stack.function(FUNCTION).unwrap().invoke("do-nap".into()),
    );
    assert!(given_up.await.is_err());
    let told = |event| matches!(event, Event::Logged { line, .. } if line == "slept well").then_some(());
    next(&mut events, told).await;
}

#[tokio::test]
async fn when_the_stack_stops_every_instance_ends() {
    let stack = start().await;
    let idle = process(&stack, "a").await;
    stack.stop().await;
    gone(&idle).await;
}

#[tokio::test]
async fn an_instance_is_asked_to_end_with_sigterm() {
    let stack = project().parameter("OnInit", "trap").start().await.unwrap();
    let mut events = stack.events();
    assert_eq!(post(&stack, "a").await.0, 200);
    stack.stop().await;
    let told = |event| matches!(event, Event::Logged { line, .. } if line == "asked to end").then_some(());
    next(&mut events, told).await;
}

#[tokio::test]
async fn a_stack_that_is_dropped_leaves_no_instance_either() {
    let stack = start().await;
    let idle = process(&stack, "a").await;
    drop(stack);
    gone(&idle).await;
}

#[tokio::test]
async fn many_stacks_at_once_share_nothing() {
    let stacks = (0..8).map(|_| tokio::spawn(start())).collect::<Vec<_>>();
    let mut urls = BTreeSet::new();
    for stack in stacks {
        let stack: Stack = stack.await.unwrap();
        assert_eq!(post(&stack, "a").await.0, 200);
        urls.insert((stack.url().to_owned(), stack.aws().endpoint_url().to_owned()));
    }
    assert_eq!(urls.len(), 8);
}

#[tokio::test]
async fn a_time_scale_leaves_a_functions_own_timeout_alone() {
    let stack = start_scaled(1_000.0).await;
    // 300 ms: over the timeout, were it divided.
    assert_eq!(post(&stack, "do-nap").await.0, 200);
}
