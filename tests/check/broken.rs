//! Front doors that answer wrongly, in one thing at a time: the probe that guards it fails, and says what it is.

use super::door::{Answered, Asked, Door, Wrong, at, listen};
use super::{detail, probes};
use crate::harness::Ours;
use serde_json::Value;

/// What is wrong, how many seconds are waited for what has to come, the probes that fail, and what the first of them
/// says.
type Row = (Wrong, &'static str, &'static [&'static str], &'static str);

const REFUSALS: &[Row] = &[
    (
        Wrong::Answer(|asked, answer| status(asked, answer, "GET /health", 503)),
        "1",
        &["there"],
        "503 instead of 200",
    ),
    (
        Wrong::Answer(|asked, answer| status(asked, answer, "HEAD /health", 404)),
        LONG,
        CONTRACT,
        "HEAD /health: 404",
    ),
    (
        Wrong::Answer(|asked, answer| status(asked, answer, "GET /no-such-path", 200)),
        LONG,
        CONTRACT,
        "200 instead of 404",
    ),
    (
        Wrong::Answer(|_, answer| drop(answer.headers.remove("allow"))),
        LONG,
        CONTRACT,
        r#"Allow is \"\" instead of \"POST\""#,
    ),
    (
        Wrong::Answer(|_, answer| turn(answer, 403, 200)),
        LONG,
        CONTRACT,
        "with a wrong token: 200 instead of 403",
    ),
    (
        Wrong::Answer(|_, answer| turn(answer, 403, 401)),
        LONG,
        CONTRACT,
        "without a token: 401 instead of 403",
    ),
    (Wrong::Answer(tells_of_the_fields), LONG, CONTRACT, "the answer depends on what else is wrong"),
    (
        Wrong::Answer(names_one_fault),
        LONG,
        CONTRACT,
        r#"its errors point to [\"/data/email_subject\"] instead of"#,
    ),
    (Wrong::Answer(labels_problems_as_json), LONG, CONTRACT, r#"its content type is \"application/json\""#),
    (
        Wrong::Answer(says_nothing_of_a_problem),
        LONG,
        CONTRACT,
        "it is no problem with title, status and detail",
    ),
    (Wrong::Answer(|_, answer| turn(answer, 413, 502)), LONG, CONTRACT, "with over 1 MB: 502 instead of 413"),
];

const EMAILS: &[Row] = &[
    (Wrong::Answer(|_, answer| rename(answer, "receipt")), LONG, CONTRACT, "200 without a receipt"),
    (Wrong::Answer(|_, answer| rename(answer, "message_id")), LONG, CONTRACT, "200 without message_id"),
    (Wrong::Answer(|_, answer| set_receipt(answer, 4)), LONG, CONTRACT, "is no UUID of version 7"),
    (
        Wrong::Answer(|_, answer| set_receipt(answer, 7)),
        LONG,
        &["delivery", "collision"],
        "it has the receipt",
    ),
    (Wrong::Request(adds_to_the_content), "4", &["delivery"], "it is not the email that was sent"),
    (Wrong::Answer(refuses_the_second), LONG, &["duplicate"], "409 instead of 200"),
    (Wrong::Drops(1), "1", &["delivery"], "is not filed: not in 1 s"),
    // What comes before what never comes has to come in time.
    (Wrong::Drops(3), "4", &["collision"], "is not filed: not in 4 s"),
];

/// Long enough for a busy machine.
const LONG: &str = "60";
const CONTRACT: &[&str] = &["contract"];

#[tokio::test]
async fn a_refusal_that_is_not_the_contracts_is_found() {
    each_fails_its_probe(REFUSALS).await;
}

#[tokio::test]
async fn an_email_that_is_not_answered_or_not_filed_as_it_should_be_is_found() {
    each_fails_its_probe(EMAILS).await;
}

async fn each_fails_its_probe(rows: &[Row]) {
    let (listener, url) = listen().await;
    let system = Ours::start_with(at(&url)).await;
    let door = Door::open(listener, system.stack.url());
    let said = system.run(&["check"]).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    for (wrong, within, failing, says) in rows {
        door.is(*wrong);
        let said = system.run(&["check", "--json", "--within", within]).await;
        assert_eq!((said.code, probes(&said, "failed")), (Some(3), owned(failing)), "{says}: {said:#?}");
        assert!(detail(&said, failing[0]).contains(says), "{says}: {said:#?}");
    }
}

#[tokio::test]
async fn an_object_that_another_email_overwrites_is_found() {
    let (listener, url) = listen().await;
    let system = Ours::start_with(at(&url)).await;
    let door = Door::open(listener, system.stack.url());
    door.is(Wrong::Holds(3));
    let overwrite = async {
        door.held().await;
        let [first] = &system.keys().await[..] else { panic!("not one object") };
        system.put_object(first, &system.object(first).await.text).await;
        door.go();
    };
    let (said, ()) = tokio::join!(system.run(&["check", "--json"]), overwrite);
    assert_eq!(probes(&said, "failed"), ["collision", "duplicate"], "{said:#?}");
    assert!(detail(&said, "duplicate").contains("no longer the object of receipt"), "{said:#?}");
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Another status for one request alone.
fn status(asked: &Asked, answer: &mut Answered, request: &str, status: u16) {
    if format!("{} {}", asked.method, asked.path) == request {
        answer.status = status;
    }
}

/// Another status for every answer of one.
fn turn(answer: &mut Answered, from: u16, to: u16) {
    if answer.status == from {
        answer.status = to;
    }
}

fn tells_of_the_fields(asked: &Asked, answer: &mut Answered) {
    if answer.status == 403 && asked.body.contains("email_priority") {
        answer.body = answer.body.replace("wrong or missing", "wrong, and email_priority unknown");
    }
}

fn names_one_fault(_: &Asked, answer: &mut Answered) {
    let Ok(mut problem) = serde_json::from_str::<Value>(&answer.body) else { return };
    if let Some(errors) = problem["errors"].as_array_mut() {
        errors.truncate(1);
        answer.body = problem.to_string();
    }
}

fn labels_problems_as_json(_: &Asked, answer: &mut Answered) {
    if let Some(kind) = answer.headers.get_mut("content-type") {
        *kind = kind.replace("problem+json", "json");
    }
}

fn says_nothing_of_a_problem(_: &Asked, answer: &mut Answered) {
    if answer.status == 404 {
        answer.body = "{}".to_owned();
    }
}

fn rename(answer: &mut Answered, member: &str) {
    answer.body = answer.body.replace(member, "id");
}

fn set_receipt(answer: &mut Answered, version: u8) {
    let Ok(mut accepted) = serde_json::from_str::<Value>(&answer.body) else { return };
    if answer.status == 200 && accepted.get("receipt").is_some() {
        accepted["receipt"] = format!("0198c0de-0000-{version}000-8000-000000000001").into();
        answer.body = accepted.to_string();
    }
}

fn refuses_the_second(asked: &Asked, answer: &mut Answered) {
    if asked.email == 2 {
        answer.status = 409;
    }
}

/// The other email keeps its content, and its name with that; so what is wrong there is the first one's alone.
fn adds_to_the_content(asked: &mut Asked) {
    if asked.email > 0 {
        asked.body = asked.body.replace("nobody needs it", "nobody needs it, does one");
    }
}
