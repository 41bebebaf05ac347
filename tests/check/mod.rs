//! `mailroom check`: it passes if everything works, and each probe fails if its part does not.
//!
//! - `broken`: a system that works, behind a proxy with one defect;
//! - `proxy`: that proxy;
//! - `recorded`: recordings and their comparison;
//! - here: systems that work, and systems with a part that does not.

mod broken;
pub(crate) mod proxy;
mod recorded;

use crate::harness::{Ours, Said, Setup, System, TOKEN, on_all};
use crate::tls;
use nix::{sys::signal, unistd::Pid};
use reqwest::Method;
use sandbox::services::faults::{Fault, Times};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};

on_all!(
    a_system_that_works_passes_and_its_emails_stay_under_names_of_their_own,
    objects_named_by_date_are_found_too: parameter("ObjectKeyLayout", "dated"),
    emails_in_batches_are_found_too: parameter("ObjectKeyLayout", "batch"),
    a_token_of_the_environment_goes_before_the_stacks_and_with_neither_there_is_an_error,
);

/// Runs it with a short wait, for an email that never comes. The first request pays for the cold start.
async fn run_impatiently(system: &System) -> Said {
    assert_eq!(system.send(Method::GET, "/health", &[], "").await.status, 200);
    system.run(&["check", "--json", "--within", "1"]).await
}

fn probes(said: &Said, state: &str) -> Vec<String> {
    let found = said.json()["probes"].as_array().unwrap().clone();
    let found = found.into_iter().filter(|probe| probe["state"] == state);
    found.map(|probe| probe["probe"].as_str().unwrap().to_owned()).collect()
}

fn detail(said: &Said, probe: &str) -> String {
    let report = said.json();
    let probes = report["probes"].as_array().unwrap();
    let found = probes.iter().find(|found| found["probe"] == probe);
    found.map_or_else(|| panic!("no probe {probe}: {said:#?}"), |found| found["detail"].to_string())
}

async fn a_system_that_works_passes_and_its_emails_stay_under_names_of_their_own(system: &System) {
    let said = system.run(&["check"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    let (head, lines) = said.stdout.split_once("\n\n").expect("the system's name, and the probes below");
    assert!(head.contains(&format!(", stack {}", system.stack_name())), "{said:#?}");
    let lines: Vec<_> = lines.lines().collect();
    for (line, probe) in lines.iter().zip(["there", "contract", "delivery", "collision", "duplicate"]) {
        assert!(line.starts_with("ok") && line.contains(probe), "{said:#?}");
    }
    assert!(lines[5].starts_with("skipped") && lines[5].contains("redirect"), "{said:#?}");
    assert!(lines.last().unwrap().contains("works: 5 probes passed, 1 skipped"), "{said:#?}");
    // A file has no colours, and nobody sees the token.
    assert!(!said.stdout.contains('\u{1b}') && !format!("{said:?}").contains(TOKEN), "{said:#?}");

    let keys = system.keys().await;
    assert_eq!(keys.len(), 2, "what is refused and what is sent again leaves nothing: {keys:?}");
    assert!(keys.iter().all(|key| key.starts_with("smoke-")), "{keys:?}");
}

async fn objects_named_by_date_are_found_too(system: &System) {
    let said = system.run(&["check", "--json"]).await;
    assert_eq!(
        probes(&said, "passed"),
        ["there", "contract", "delivery", "collision", "duplicate"],
        "{said:#?}"
    );
    assert!(system.keys().await.iter().all(|key| key.starts_with("emails/")));
    let Value::Bool(passed) = said.json()["passed"] else { panic!("{said:#?}") };
    assert_eq!((passed, said.code), (true, Some(0)));
}

async fn emails_in_batches_are_found_too(system: &System) {
    let said = system.run(&["check", "--json"]).await;
    assert_eq!(
        probes(&said, "passed"),
        ["there", "contract", "delivery", "collision", "duplicate"],
        "{said:#?}"
    );
    assert!(system.keys().await.iter().all(|key| key.starts_with("batches/")));
    let emails = system.in_batches().await;
    assert!(emails.iter().all(|(_, line)| line["email_sender"].as_str().unwrap().starts_with("smoke-")));
}

async fn a_token_of_the_environment_goes_before_the_stacks_and_with_neither_there_is_an_error(
    system: &System,
) {
    let mut check = system.tool(&["check", "--json"]).await;
    let said: Said = check.env("MAILROOM_TOKEN", "an-old-one").output().await.unwrap().into();
    assert_eq!((said.code, probes(&said, "failed")), (Some(3), vec!["contract".to_owned()]), "{said:#?}");
    let detail = detail(&said, "contract");
    assert!(detail.contains("with a good email: 403 instead of 200"), "{said:#?}");
    assert!(detail.contains("Unset MAILROOM_TOKEN"), "{said:#?}");
    assert_eq!(probes(&said, "skipped"), ["delivery", "collision", "duplicate", "redirect"]);
    assert!(!format!("{said:?}").contains("an-old-one"), "{said:#?}");

    system.set_tokens(" \r\n").await;
    let said = system.run(&["check"]).await;
    assert_eq!((said.code, said.stdout.lines().count()), (Some(1), 2), "the system's name alone: {said:#?}");
    assert!(said.stderr.contains("holds no token") && said.stderr.contains("token rotate"), "{said:#?}");
}

#[tokio::test]
async fn an_email_that_is_never_stored_fails_the_delivery_with_its_receipt() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let said = run_impatiently(&system).await;
    assert_eq!((said.code, probes(&said, "failed")), (Some(3), vec!["delivery".to_owned()]), "{said:#?}");
    let accepted = system.log.with_message("accepted");
    let receipt = accepted[0]["receipt"].as_str().unwrap();
    let detail = detail(&said, "delivery");
    assert!(detail.contains(&format!("receipt {receipt} is not stored: not in 1 s")), "{said:#?}");
    assert!(detail.contains("is not there"), "{said:#?}");
}

#[tokio::test]
async fn a_bucket_that_refuses_objects_fails_the_delivery() {
    let system = Ours::start().await;
    system.fault("PutObject", Fault::Error { status: 403, code: "AccessDenied".to_owned() }, Times::Always);
    let said = run_impatiently(&system).await;
    assert_eq!((said.code, probes(&said, "failed")), (Some(3), vec!["delivery".to_owned()]), "{said:#?}");
}

#[tokio::test]
async fn a_refused_look_at_an_object_is_repeated() {
    let system = Ours::start().await;
    let denied = || Fault::Error { status: 403, code: "AccessDenied".to_owned() };
    system.fault("GetObject", denied(), Times::N(4));
    let said = system.run(&["check", "--json"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert!(system.calls("GetObject") > 4);

    system.fault("GetObject", denied(), Times::Always);
    let said = run_impatiently(&system).await;
    assert_eq!((said.code, probes(&said, "failed")), (Some(3), vec!["delivery".to_owned()]), "{said:#?}");
    assert!(detail(&said, "delivery").contains("AccessDenied"), "{said:#?}");
}

#[tokio::test]
async fn an_https_endpoint_works_if_its_certificate_is_trusted() {
    let (listener, url) = proxy::listen().await;
    let url = url.replace("http://127.0.0.1", "https://localhost");
    let system = Ours::start_with(proxy::at(&url)).await;
    let tls = tls::Tls::on(listener, system.stack.url().trim_start_matches("http://"));

    let mut check = system.tool(&["check", "--json"]).await;
    let said: Said = check.env("AWS_CA_BUNDLE", &tls.authority).output().await.unwrap().into();
    // Where HTTP's own port is, the answer would have to be a redirect: nobody is there.
    assert_eq!(probes(&said, "failed"), ["redirect"], "{said:#?}");
    assert_eq!(probes(&said, "passed"), ["there", "contract", "delivery", "collision", "duplicate"]);
    let mut status = system.tool(&["status", "--json"]).await;
    let said: Said = status.env("AWS_CA_BUNDLE", &tls.authority).output().await.unwrap().into();
    let parts = said.json()["parts"].as_array().unwrap().clone();
    assert!(parts.iter().any(|part| part["name"] == "front door" && part["status"] == 200), "{said:#?}");

    let said = system.run(&["check", "--json", "--within", "1"]).await;
    assert_eq!(probes(&said, "failed"), ["there"], "{said:#?}");
}

#[tokio::test]
async fn an_endpoint_that_never_answers_is_given_up_in_time() {
    let (listener, url) = proxy::listen().await; // whoever connects waits for somebody to accept
    let system = Ours::start_with(proxy::at(&url)).await;
    let said = system.run(&["check", "--json", "--within", "1"]).await;
    assert_eq!((said.code, probes(&said, "failed")), (Some(3), vec!["there".to_owned()]), "{said:#?}");
    assert!(detail(&said, "there").contains("not in 1 s: GET"), "{said:#?}");
    drop(listener);
}

#[tokio::test]
async fn an_interrupted_check_says_so_by_its_exit_code() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let mut check = system.tool(&["check"]).await.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(check.stdout.take().unwrap()).lines();
    while !lines.next_line().await.unwrap().expect("it waits for the delivery").contains("contract") {}
    let process = i32::try_from(check.id().unwrap()).unwrap();
    signal::kill(Pid::from_raw(process), signal::SIGINT).unwrap();
    assert_eq!(check.wait().await.unwrap().code(), Some(130));
}
