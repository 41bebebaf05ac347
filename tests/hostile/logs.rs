//! Input never becomes a line of the log, or part of one.

use super::{beside, good, inside};
use crate::docs::{quoted, read, section};
use crate::harness::{Ours, QUEUE, Setup, TOKEN, Watch, events};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// No line may contain this.
const MARK: &str = "evil";

/// Lines, colours, ends of strings and directions.
const FORGERIES: [&str; 8] = [
    "evil\n{\"timestamp\":\"2026-01-01T00:00:00Z\",\"level\":\"ERROR\",\"message\":\"accepted\",\"receipt\":\"evil\"}\n",
    "evil\r\nREPORT RequestId: evil",
    "evil\u{1b}[2J\u{1b}[31m\u{1b}]0;evil\u{7}",
    "evil\u{9b}31m\u{85}\u{2028}\u{2029}\u{b}\u{c}",
    "evil\",\"status\":200,\"receipt\":\"evil",
    "evil\u{202e}\u{2066}",
    "evil %s %n {} {0} ${jndi:ldap://evil} $(evil) `evil`",
    "evil\0\u{feff}\\u000a\\",
];

/// The documented messages and fields.
fn documented() -> BTreeSet<String> {
    let page = read("docs/LOGGING.md");
    let rows = section(&page, "Log lines").lines().filter(|line| line.starts_with('|'));
    rows.flat_map(quoted)
        .map(str::to_owned)
        .chain(["timestamp", "level", "message"].map(str::to_owned))
        .collect()
}

/// Each line is one JSON object, of nothing but what is documented.
fn assert_is_documented(line: &str, documented: &BTreeSet<String>) {
    let object: serde_json::Map<String, Value> =
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
    assert!(!line.chars().any(char::is_control), "{line:?}");
    if object.contains_key("_aws") {
        return; // metrics have a form of their own: `metrics::line`
    }
    assert!(object.keys().all(|name| documented.contains(name)), "{line}");
    assert!(documented.contains(object["message"].as_str().unwrap()), "{line}");
}

#[tokio::test]
async fn nothing_that_a_client_sends_is_a_line_of_the_log_or_in_one() {
    let system = Ours::start_with(Setup::usual().unpolled().parameter("LogLevel", "TRACE")).await;
    let watch = Watch::over(&system);
    let (mut refused, mut accepted) = (0, 0);
    for forgery in FORGERIES {
        let posted = bodies(forgery).map(|body| events("POST", "/api/email", &[], &body));
        for event in posted.into_iter().flatten().chain(forged(forgery)) {
            match system.invoke_api(&event).await.status {
                200 => accepted += 1,
                400..500 => refused += 1,
                status => panic!("{status}: {event}"),
            }
        }
    }
    // The worker gets the accepted emails, and messages from a person with a console.
    let queued: Vec<_> = system.queue(QUEUE).peek().into_iter().map(|message| message.body).collect();
    assert_eq!(queued.len(), accepted);
    system.work(&queued).await;
    let poison: Vec<_> = FORGERIES.iter().flat_map(|forgery| bodies(forgery)).collect();
    assert_eq!(system.work(&poison).await.len(), poison.len());

    let told = |message: &str| system.log.with_message(message).len();
    let counts = || (told("accepted"), told("refused"), told("filed"), told(POISON), told("batch done"));
    let expected = (accepted, refused, accepted, poison.len(), 2);
    system.until("every line", async || (counts() == expected).then_some(())).await;
    let documented = documented();
    for line in system.log.lines() {
        assert_is_documented(&line, &documented);
        assert!(!line.contains(MARK), "{line}");
    }
    watch.hold(&system, accepted).await;
}

const POISON: &str = "not an email: given back, for the dead-letter queue";

/// A forgery in every place of a body.
fn bodies(forgery: &str) -> [String; 8] {
    let json = serde_json::to_string(forgery).unwrap();
    let unquoted = &json[1..json.len() - 1];
    [
        forgery.to_owned(),
        json.clone(),
        good().replace(TOKEN, unquoted),
        good().replace(r#""a""#, &json).replace(r#""s""#, &json).replace(r#""c""#, &json),
        good().replace(r#""1693561101""#, &json),
        good() + forgery,
        inside(&format!("{json}:{json}")),
        beside(&format!("{json}:{json}")),
    ]
}

/// A forgery in every place of a request but its body.
fn forged(forgery: &str) -> Vec<Value> {
    let names =
        ["host", "user-agent", "x-amzn-trace-id", "x-forwarded-for", "content-type", "referer", "x-evil"];
    let traced = format!("Root=1-{forgery};Sampled={forgery}");
    let headers = names.map(|name| (name, forgery)).into_iter().chain([("x-amzn-trace-id", traced.as_str())]);
    let mut all: Vec<_> = headers.map(|header| events("POST", "/", &[header], &good())).collect();
    all.extend([
        events("POST", &format!("/{forgery}"), &[], &good()),
        events("POST", &format!("/?{forgery}={forgery}"), &[], &good()),
        events("EVIL.evil", "/", &[], &good()),
        events(forgery, "/", &[], &good()),
    ]);
    all.into_iter().flatten().collect()
}

#[tokio::test]
async fn nothing_that_a_stranger_writes_into_the_queue_is_in_a_line_of_the_log() {
    let system = Ours::start_with(Setup::usual().unpolled().parameter("LogLevel", "TRACE")).await;
    let records = FORGERIES.iter().enumerate().flat_map(|(n, forgery)| {
        [good(), forgery.to_string()].map(|body| {
            json!({
                "messageId": format!("m-{n}"),
                "body": body,
                "attributes": {"AWSTraceHeader": format!("Root={forgery};Parent={forgery}")},
                "messageAttributes": {"receipt": {"dataType": "String", "stringValue": forgery}},
            })
        })
    });
    let records: Vec<Value> = records.collect();
    let answer = system.invoke("WorkerFunction", &json!({"Records": records})).await;
    assert_eq!(answer["batchItemFailures"].as_array().unwrap().len(), records.len());
    system.logged(POISON, records.len()).await;
    system.logged("batch done", 1).await;
    let documented = documented();
    for line in system.log.lines() {
        assert_is_documented(&line, &documented);
        assert!(!line.contains(MARK), "{line}");
    }
}
