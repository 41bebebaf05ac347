//! Proxies with one defect each: the probe that guards against it fails, and says what is wrong.

use super::proxy::{Defect, ProxiedRequest, ProxiedResponse, Proxy, at, listen};
use super::{detail, probes};
use crate::harness::Ours;
use serde_json::Value;

/// The defect, `--within`, the probes that fail, and what the first of them says.
type Row = (Defect, &'static str, &'static [&'static str], &'static str);

const REFUSALS: &[Row] = &[
    (
        Defect::Response(|asked, answer| status(asked, answer, "GET /health", 503)),
        "1",
        &["there"],
        "503 instead of 200",
    ),
    (
        Defect::Response(|asked, answer| status(asked, answer, "HEAD /health", 404)),
        LONG,
        CONTRACT,
        "HEAD /health: 404",
    ),
    (
        Defect::Response(|asked, answer| status(asked, answer, "GET /no-such-path", 200)),
        LONG,
        CONTRACT,
        "200 instead of 404",
    ),
    (
        Defect::Response(|_, answer| drop(answer.headers.remove("allow"))),
        LONG,
        CONTRACT,
        r#"Allow is \"\" instead of \"POST\""#,
    ),
    (
        Defect::Response(|_, answer| turn(answer, 403, 200)),
        LONG,
        CONTRACT,
        "with a wrong token: 200 instead of 403",
    ),
    (
        Defect::Response(|_, answer| turn(answer, 403, 401)),
        LONG,
        CONTRACT,
        "without a token: 401 instead of 403",
    ),
    (Defect::Response(tells_of_the_fields), LONG, CONTRACT, "the answer depends on what else is wrong"),
    (
        Defect::Response(names_one_fault),
        LONG,
        CONTRACT,
        r#"the errors point to [\"/data/email_subject\"] instead of"#,
    ),
    (
        Defect::Response(labels_problems_as_json),
        LONG,
        CONTRACT,
        r#"the content type is \"application/json\""#,
    ),
    (
        Defect::Response(says_nothing_of_a_problem),
        LONG,
        CONTRACT,
        "the body is not a problem with title, status and detail",
    ),
    (
        Defect::Response(|_, answer| turn(answer, 413, 502)),
        LONG,
        CONTRACT,
        "with over 1 MB: 502 instead of 413",
    ),
    (
        Defect::Response(|_, answer| turn(answer, 415, 400)),
        LONG,
        CONTRACT,
        "with a compressed body: 400 instead of 415",
    ),
];

const EMAILS: &[Row] = &[
    (Defect::Response(|_, answer| rename(answer, "receipt")), LONG, CONTRACT, "200 without a receipt"),
    (Defect::Response(|_, answer| rename(answer, "message_id")), LONG, CONTRACT, "200 without message_id"),
    (Defect::Response(|_, answer| set_receipt(answer, 4)), LONG, CONTRACT, "is not a UUID of version 7"),
    (
        Defect::Response(|_, answer| set_receipt(answer, 7)),
        LONG,
        &["delivery", "collision"],
        "the receipt is",
    ),
    (Defect::Request(adds_to_the_content), "4", &["delivery"], "the body is not exactly the email"),
    (Defect::Response(refuses_the_second), LONG, &["duplicate"], "409 instead of 200"),
    (Defect::Drops(1), "1", &["delivery"], "is not stored: not in 1 s"),
    // The emails before the lost one have to be stored in time.
    (Defect::Drops(3), "4", &["collision"], "is not stored: not in 4 s"),
];

/// Long enough for a busy machine.
const LONG: &str = "60";
const CONTRACT: &[&str] = &["contract"];

#[tokio::test]
async fn a_refusal_that_breaks_the_contract_is_found() {
    each_fails_its_probe(REFUSALS).await;
}

#[tokio::test]
async fn a_wrong_answer_to_an_email_and_a_wrong_object_are_found() {
    each_fails_its_probe(EMAILS).await;
}

async fn each_fails_its_probe(rows: &[Row]) {
    let (listener, url) = listen().await;
    let system = Ours::start_with(at(&url)).await;
    let proxy = Proxy::open(listener, system.stack.url());
    let said = system.run(&["check"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    for (defect, within, failing, says) in rows {
        proxy.has(*defect);
        let said = system.run(&["check", "--json", "--within", within]).await;
        assert_eq!((said.code, probes(&said, "failed")), (Some(3), owned(failing)), "{says}: {said:#?}");
        assert!(detail(&said, failing[0]).contains(says), "{says}: {said:#?}");
    }
}

#[tokio::test]
async fn an_object_that_another_email_overwrites_is_found() {
    let (listener, url) = listen().await;
    let system = Ours::start_with(at(&url)).await;
    let proxy = Proxy::open(listener, system.stack.url());
    proxy.has(Defect::Holds(3));
    let overwrite = async {
        proxy.held().await;
        let [first] = &system.keys().await[..] else { panic!("not one object") };
        system.put_object(first, &system.object(first).await.text).await;
        proxy.go();
    };
    let (said, ()) = tokio::join!(system.run(&["check", "--json"]), overwrite);
    assert_eq!(probes(&said, "failed"), ["collision", "duplicate"], "{said:#?}");
    assert!(detail(&said, "duplicate").contains("no longer the object of receipt"), "{said:#?}");
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Changes the status of one request.
fn status(asked: &ProxiedRequest, answer: &mut ProxiedResponse, request: &str, status: u16) {
    if format!("{} {}", asked.method, asked.path) == request {
        answer.status = status;
    }
}

/// Changes one status to another in every answer.
fn turn(answer: &mut ProxiedResponse, from: u16, to: u16) {
    if answer.status == from {
        answer.status = to;
    }
}

fn tells_of_the_fields(asked: &ProxiedRequest, answer: &mut ProxiedResponse) {
    if answer.status == 403 && asked.body.contains("email_priority") {
        answer.body = answer.body.replace("wrong or missing", "wrong, and email_priority unknown");
    }
}

fn names_one_fault(_: &ProxiedRequest, answer: &mut ProxiedResponse) {
    let Ok(mut problem) = serde_json::from_str::<Value>(&answer.body) else { return };
    if let Some(errors) = problem["errors"].as_array_mut() {
        errors.truncate(1);
        answer.body = problem.to_string();
    }
}

fn labels_problems_as_json(_: &ProxiedRequest, answer: &mut ProxiedResponse) {
    if let Some(kind) = answer.headers.get_mut("content-type") {
        *kind = kind.replace("problem+json", "json");
    }
}

fn says_nothing_of_a_problem(_: &ProxiedRequest, answer: &mut ProxiedResponse) {
    if answer.status == 404 {
        answer.body = "{}".to_owned();
    }
}

fn rename(answer: &mut ProxiedResponse, member: &str) {
    answer.body = answer.body.replace(member, "id");
}

fn set_receipt(answer: &mut ProxiedResponse, version: u8) {
    let Ok(mut accepted) = serde_json::from_str::<Value>(&answer.body) else { return };
    if answer.status == 200 && accepted.get("receipt").is_some() {
        accepted["receipt"] = format!("0198c0de-0000-{version}000-8000-000000000001").into();
        answer.body = accepted.to_string();
    }
}

fn refuses_the_second(asked: &ProxiedRequest, answer: &mut ProxiedResponse) {
    if asked.email == 2 {
        answer.status = 409;
    }
}

/// The other email keeps its content and with it its key, so that only the first object is wrong.
fn adds_to_the_content(asked: &mut ProxiedRequest) {
    if asked.email > 0 {
        asked.body = asked.body.replace("nobody needs it", "nobody needs it, does one");
    }
}
