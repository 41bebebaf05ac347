//! `docs/LOGGING.md` lists exactly the log lines, fields and metrics of a run in which everything happens that can be
//! caused from outside.

use super::{cells, quoted, read};
use crate::canary;
use crate::harness::{Ours, PATIENCE, Setup, email, named_token, refusal};
use crate::metrics::line::{ALL_REASONS, Told};
use reqwest::Method;
use sandbox::events::Event;
use sandbox::services::faults::Times;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

/// No request causes these lines: `crates/runtime/tests/process.rs` and `tests/settings.rs` see them.
const FROM_INSIDE: [&str; 2] = ["panicked: this is a bug", "the function stopped"];
/// The fields of every log line.
const ALWAYS: [&str; 3] = ["timestamp", "level", "message"];

/// Function, level and message.
type Kind = (String, String, String);

fn section(heading: &str) -> String {
    super::section(&read("docs/LOGGING.md"), heading).to_owned()
}

/// The rows of a section's tables with so many columns, without headings.
fn rows(section: &str, columns: usize) -> Vec<Vec<String>> {
    let rows = section.lines().filter(|line| line.starts_with('|') && line.contains('`')).map(cells);
    rows.filter(|row| row.len() == columns).collect()
}

fn words(text: &str) -> Vec<String> {
    quoted(text).map(str::to_owned).collect()
}

/// The functions that a row is about.
fn functions(cell: &str) -> &'static [&'static str] {
    match cell {
        "api" => &["api"],
        "worker" => &["worker"],
        "canary" => &["canary"],
        "all" => &["api", "worker", "canary"],
        _ => panic!("no function: {cell}"),
    }
}

/// The documented log lines and their fields.
fn documented_lines() -> BTreeMap<Kind, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for row in rows(&section("Log lines"), 4) {
        for function in functions(&row[0]) {
            let kind = ((*function).to_owned(), row[1].clone(), words(&row[2]).concat());
            all.insert(kind, words(&row[3]).into_iter().collect());
        }
    }
    all
}

/// The function and text of each line that the functions print while everything happens.
async fn print_everything() -> Vec<(String, Value)> {
    let mut printed = Vec::new();
    // The first three go wrong in the init, which the health check brings about.
    let down = refusal(500, "InternalServerError");
    for ssm_says in [Some(down), Some(refusal(400, "AccessDeniedException")), None] {
        let system = Ours::start().await;
        let events = system.events();
        match ssm_says {
            Some(fault) => system.fault("GetParameter", fault, Times::Always),
            None => system.set_tokens("\r\n").await,
        }
        system.send(Method::GET, "/health", &[], "").await;
        printed.extend(lines_up_to(&[r#""ColdStarts":"#], events).await);
    }

    let system = Ours::start().await;
    let (events, token) = (system.events(), named_token("billing"));
    system.set_tokens(&token).await;
    assert_eq!(system.post_token(&token).await.status, 200);
    system.stored_keys(1).await;
    system.post_token("wrong").await;
    assert_eq!(system.post_body(json!({"token": token}).to_string()).await.status, 400);
    system.fault("SendMessage", refusal(400, "QueueDoesNotExist"), Times::Always);
    system.post_token(&token).await;
    let faults = system.stack.aws().faults();
    faults.set_matching("PutObject", "refused_", refusal(403, "AccessDenied"), Times::Always);
    let mut other = email("John doe");
    other["email_content"] = json!("Something else");
    for body in [email("John doe"), other, email("refused"), json!("poison")] {
        system.invoke("WorkerFunction", &json!({"Records": [record(&body)]})).await;
    }
    let last = [r#""AgeWhenFiled":"#, r#""Reason":"unavailable""#, r#""Poison":"#];
    printed.extend(lines_up_to(&last, events).await);

    let system = Ours::start_with(Setup::usual().parameter("ObjectKeyLayout", "batch")).await;
    let events = system.events();
    system.invoke("WorkerFunction", &json!({"Records": [record(&email("John doe"))]})).await;
    printed.extend(lines_up_to(&[r#""Filed":"#], events).await);

    let system = Ours::start_with(canary::setup()).await;
    let events = system.events();
    canary::everything(&system).await;
    let last = [r#""CanaryPassed":"#, r#""CanaryFailed":"#, r#""CanaryFiled":"#, "deployment not told"];
    printed.extend(lines_up_to(&last, events).await);
    printed
}

/// The lines until each text of `last` was in one: processes print side by side, each in its order.
async fn lines_up_to(last: &[&str], mut events: Receiver<Event>) -> Vec<(String, Value)> {
    let mut printed = Vec::new();
    let mut missing: BTreeSet<_> = last.iter().collect();
    while !missing.is_empty() {
        let event = timeout(PATIENCE, events.recv()).await.unwrap_or_else(|_| panic!("no {missing:?}"));
        if let Event::Logged { function, line } = event.expect("every event") {
            missing.retain(|text| !line.contains(**text));
            let line = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            printed.push((function.trim_start_matches("local-").to_owned(), line));
        }
    }
    printed
}

/// A record of the queue's, with everything that one of `api`'s has.
fn record(body: &Value) -> Value {
    json!({
        "messageId": "m-1", "body": body.to_string(),
        "attributes": {"ApproximateReceiveCount": "1", "AWSTraceHeader": "Root=1-a;Sampled=1"},
        "messageAttributes": {
            "receipt": {"stringValue": "0198c0de-0000-7000-8000-000000000001", "dataType": "String"},
            "caller": {"stringValue": "billing", "dataType": "String"},
        },
    })
}

#[tokio::test]
async fn every_line_and_field_that_is_printed_is_documented_and_the_other_way_round() {
    let documented = documented_lines();
    let mut printed: BTreeMap<Kind, BTreeSet<String>> = BTreeMap::new();
    for (function, line) in print_everything().await {
        if line.get("_aws").is_some() {
            continue;
        }
        let text = |name: &str| line[name].as_str().unwrap_or_else(|| panic!("no {name}: {line}")).to_owned();
        let (time, level) = (text("timestamp"), text("level"));
        assert!(time.len() >= 20 && &time[10..11] == "T" && time.ends_with('Z'), "{line}");
        assert!(["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&&*level), "{line}");
        let fields = line.as_object().unwrap().keys().filter(|name| !ALWAYS.contains(&name.as_str()));
        printed.entry((function, level, text("message"))).or_default().extend(fields.cloned());
    }
    let from_outside: BTreeMap<_, _> =
        documented.into_iter().filter(|(kind, _)| !FROM_INSIDE.contains(&kind.2.as_str())).collect();
    assert_eq!(printed, from_outside);
}

/// The query of docs/OPERATIONS.md, as far as it filters and counts, on lines that `api` printed.
#[tokio::test]
async fn the_documented_query_counts_by_caller() {
    let page = read("docs/OPERATIONS.md");
    let (_, query) = page.split_once("--query-string '").expect("a query");
    let query = query.split('\'').next().unwrap_or_default();
    let [filter, stats, sort] = query.split(" | ").collect::<Vec<_>>()[..] else { panic!("{query}") };
    let messages: Vec<&str> = filter.split('"').skip(1).step_by(2).collect();
    let (_, by) = stats.split_once("stats count(*) as requests by ").expect("what it counts");
    let by: Vec<_> = by.split(", ").collect();
    assert_eq!(sort, "sort requests desc");

    let system = Ours::start().await;
    let (billing, shop) = (named_token("billing"), named_token("shop"));
    system.set_tokens(&format!("old\n{billing}\n{shop}")).await;
    for token in [&billing, &billing, &shop, "old", "wrong"] {
        system.post_token(token).await;
    }
    system.post_body(json!({"token": shop}).to_string()).await;
    system.logged("accepted", 4).await;
    system.logged("refused", 2).await;
    let mut counts = BTreeMap::<Vec<String>, usize>::new();
    for line in messages.iter().flat_map(|message| system.log.with_message(message)) {
        let group = by.iter().map(|field| line[field].as_str().unwrap_or_default().to_owned());
        *counts.entry(group.collect()).or_default() += 1;
    }
    let expected = [
        (["", "accepted"], 1),
        (["", "refused"], 1),
        (["billing", "accepted"], 2),
        (["shop", "accepted"], 1),
        (["shop", "refused"], 1),
    ];
    assert_eq!(counts, expected.map(|(group, count)| (group.map(str::to_owned).to_vec(), count)).into());
}

#[test]
fn every_field_of_a_log_line_is_explained() {
    let used: BTreeSet<_> = documented_lines().into_values().flatten().collect();
    let explained: BTreeSet<_> =
        rows(&section("Log lines"), 3).iter().flat_map(|row| words(&row[0])).collect();
    assert_eq!(used, explained);
}

#[tokio::test]
async fn the_documented_metrics_are_exactly_those_that_are_told() {
    let mut documented = BTreeSet::new();
    for row in rows(&section("Metrics"), 5) {
        for function in functions(&row[0]) {
            let name = words(&row[1]).concat();
            documented.insert(((*function).to_owned(), name, row[2].clone(), words(&row[3])));
        }
    }
    let log: Vec<_> = print_everything().await.into_iter().map(|(_, line)| line.to_string()).collect();
    let mut told = BTreeSet::new();
    for function in functions("all") {
        for sample in Told::by(&format!("local-{function}"), &log).samples() {
            told.insert(((*function).to_owned(), sample.name, sample.unit, sample.dimensions));
        }
    }
    assert_eq!(told, documented);
}

#[test]
fn the_documented_steps_are_those_of_the_tests() {
    let metrics = section("Metrics");
    let (_, steps) = metrics.split_once("`Step` is one of").unwrap();
    assert_eq!(words(steps.split('.').next().unwrap()), canary::ALL_STEPS);
}

#[test]
fn the_documented_reasons_are_those_of_the_tests() {
    let metrics = section("Metrics");
    let (_, reasons) = metrics.split_once("`Reason` is one of").unwrap();
    assert_eq!(words(reasons.split('.').next().unwrap()), ALL_REASONS);
}
