//! What the functions say, and what they never say.

use crate::harness::{QUEUE, System, email};
use base64::prelude::*;
use local::aws::faults::{Fault, Times};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn every_line_is_one_json_object_with_a_time_and_a_level() {
    let system = System::start().await;
    system.post(&email("John doe")).await;
    system.post_body("no JSON").await;
    system.work(&["poison".to_owned()]).await;
    system.stored_keys(1).await;
    let lines =
        system.until("some lines", async || Some(system.log.lines()).filter(|lines| lines.len() >= 8)).await;
    for line in lines {
        let json: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        if json.get("_aws").is_some() {
            continue; // metrics have a form of their own: `metrics::line`
        }
        let timestamp = json["timestamp"].as_str().unwrap_or_else(|| panic!("no timestamp: {line}"));
        assert!(timestamp.len() >= 20 && &timestamp[10..11] == "T" && timestamp.ends_with('Z'), "{line}");
        assert!(
            ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&json["level"].as_str().unwrap()),
            "{line}"
        );
    }
}

#[tokio::test]
async fn one_receipt_leads_from_the_answer_to_the_object() {
    // Fast, since the message is held in the queue for a while to be looked at.
    let system = System::start_with(200.0, |builder| builder).await;
    system.fault("PutObject", Fault::Error { status: 403, code: "AccessDenied".to_owned() }, Times::Always);
    let answer = system.post(&email("John doe")).await;
    let (receipt, message_id) = (answer.receipt(), &answer.json()["message_id"]);
    let line = |message: &str| {
        system.log.with_message(message).into_iter().find(|line| line["receipt"] == receipt.as_str())
    };
    let accepted = system.until("the line of api", async || line("accepted")).await;
    let trace_id = accepted["trace_id"].as_str().unwrap();
    assert!(trace_id.starts_with("1-"), "{accepted}");
    assert_eq!((&accepted["message_id"], &accepted["status"]), (message_id, &json!(200)));

    let queue = system.stack.aws().sqs().queue(QUEUE).unwrap();
    let message = queue.peek().pop().expect("it is not filed yet");
    assert_eq!(message.message_id, *message_id);
    assert_eq!(message.attributes["receipt"].string_value.as_deref(), Some(receipt.as_str()));
    let trace_header = message.trace_header.expect("the sender's trace goes with the message");
    assert!(trace_header.contains(&format!("Root={trace_id}")), "{trace_header}");

    let given_back = system.until("its line", async || line("not filed: given back")).await;
    system.stack.aws().faults().clear();
    let filed = system.until("the line of worker", async || line("filed")).await;
    for line in [&given_back, &filed] {
        assert_eq!((&line["message_id"], &line["trace_id"]), (message_id, &json!(trace_id)), "{line}");
    }
    assert_eq!(filed["outcome"], "new");
    let key = &system.keys().await[0];
    let object = system.s3().await.head_object().bucket(system.bucket()).key(key).send().await.unwrap();
    assert_eq!(object.metadata().unwrap()["receipt"], receipt);
}

#[tokio::test]
async fn an_email_that_the_queue_has_in_spite_of_a_503_can_be_found_by_its_receipt() {
    let system = System::start().await;
    system.fault("SendMessage", Fault::LostAnswer, Times::Always);
    assert_eq!(system.post(&email("John doe")).await.status, 503);
    system.stack.aws().faults().clear();
    let filed = system.until("the line of worker", async || system.log.with_message("filed").pop()).await;
    let refused = system.until("the line of api", async || system.log.with_message("refused").pop()).await;
    assert_eq!(filed["receipt"], refused["receipt"]);
    assert!(refused["receipt"].is_string(), "{refused}");
}

#[tokio::test]
async fn a_refusal_says_why_in_one_word() {
    let system = System::start().await;
    system.post_token("wrong").await;
    system.post_body("{").await;
    system.post(&json!({})).await;
    let lines = system
        .until("three lines", async || Some(system.log.with_message("refused")).filter(|l| l.len() == 3))
        .await;
    let reasons: Vec<_> = lines.iter().map(|line| (line["status"].clone(), line["reason"].clone())).collect();
    assert_eq!(
        reasons,
        [(json!(403), json!("token")), (json!(400), json!("unreadable")), (json!(400), json!("invalid"))]
    );
}

/// The log must not have any of these, however they are written. Hardly a letter is ASCII, so that each way of escaping
/// changes all of them.
const SECRETS: [&str; 14] = [
    "τόκενορθό",
    "τόκενλάθος",
    "θέμα",
    "αποστολεύς",
    "7294610385",
    "περιεχόμενο",
    "άγνωστομέλος",
    "άγνωστητιμή",
    "λάθοςχρόνος",
    "σπασμένο",
    "δηλητήριο",
    "άγνωστοπεδίο",
    "συμφραζόμενα",
    "εγγραφές",
];

#[tokio::test]
async fn nothing_of_an_email_and_no_token_is_ever_logged_even_at_trace() {
    let [token, wrong_token, subject, sender, time, content, rest @ ..] = SECRETS;
    let [member, value, wrong_time, broken, poison, field, context, records] = rest;
    let system = System::start_with(20.0, |builder| builder.parameter("LogLevel", "TRACE")).await;
    system.set_tokens(token);
    let data = json!({
        "email_subject": subject, "email_sender": format!("{sender}/x"), "email_timestream": time,
        "email_content": content,
    });
    let request = |data: &Value, token: &str| json!({"data": data, "token": token});
    let good = request(&data, token).to_string();
    assert_eq!(system.post_body(good.clone()).await.status, 200);
    let in_base64 =
        system.send(Method::POST, "/", &[("content-type", "application/octet-stream")], good.clone());
    assert_eq!(in_base64.await.status, 200);
    assert_eq!(system.post_body(request(&data, wrong_token).to_string()).await.status, 403);
    let mut unknown = request(&data, token);
    unknown[member] = json!(value);
    unknown["data"]["email_timestream"] = json!(wrong_time);
    assert_eq!(system.post_body(unknown.to_string()).await.status, 400);
    assert_eq!(system.post_body(format!(r#"{{"{broken}": {broken}"#)).await.status, 400);
    system.stored_keys(1).await;
    system.work(&[poison.to_owned(), json!({field: 1}).to_string()]).await;
    let mut other = data.clone();
    other["email_content"] = json!(format!("{content} {content}"));
    system.work(&[other.to_string()]).await;
    system.fault("PutObject", Fault::Error { status: 403, code: "AccessDenied".to_owned() }, Times::Always);
    let invalid = Fault::Error { status: 400, code: "InvalidMessageContents".to_owned() };
    system.fault("SendMessage", invalid, Times::Always);
    system.work(&[data.to_string()]).await;
    assert_eq!(system.post_body(good).await.status, 503);

    // Events that no load balancer and no queue makes, but a person at a console may.
    for (function, event) in [
        ("ApiFunction", json!({"httpMethod": "POST", "requestContext": context, "body": content})),
        ("WorkerFunction", json!({"Records": records})),
    ] {
        assert!(system.function(function).invoke(event.to_string().into()).await.is_err());
    }
    system
        .until("the last lines", async || {
            let log = system.log.text();
            ["FailedWrites", "unavailable", "NameCollisions"]
                .iter()
                .all(|word| log.contains(word))
                .then_some(())
        })
        .await;
    for line in system.log.lines() {
        for secret in SECRETS {
            let found = written(secret).into_iter().find(|written| line.contains(written));
            assert_eq!(found, None, "{secret} in {line}");
        }
    }
}

/// A text as it may stand in a line: as it is, as Rust's and JSON's escapes have it, as a list of its bytes, and in
/// base64, whatever stands before and after it.
fn written(text: &str) -> Vec<String> {
    let units = text.encode_utf16().map(|unit| format!("{unit:04x}"));
    let json = |unit: String| [format!("\\u{unit}"), format!("\\u{}", unit.to_uppercase())];
    let (lower, upper): (String, String) = units.map(json).map(|[lower, upper]| (lower, upper)).unzip();
    let mut all = vec![text.to_owned(), text.escape_unicode().to_string(), lower, upper];
    // Within a JSON text each backslash stands twice.
    all.extend(all.clone().into_iter().map(|escaped| escaped.replace('\\', r"\\")));
    let bytes: Vec<_> = text.bytes().map(|byte| byte.to_string()).collect();
    all.push(bytes.join(", "));
    for before in 0..3 {
        let bytes = [vec![0; before], text.as_bytes().to_vec()].concat();
        // Characters that are made of a neighbour's bits too are left out.
        let (first, last) = ((before * 8).div_ceil(6), bytes.len() * 8 / 6);
        for encoded in [BASE64_STANDARD_NO_PAD.encode(&bytes), BASE64_URL_SAFE_NO_PAD.encode(&bytes)] {
            all.push(encoded[first..last].to_owned());
        }
    }
    all
}

#[test]
fn a_secret_is_found_however_it_is_written() {
    let secret = SECRETS[0];
    for before in ["", "a", "ab", "abc"] {
        let around = format!("{before}{secret}abc");
        let ascii =
            around.chars().flat_map(|c| if c.is_ascii() { vec![c] } else { c.escape_unicode().collect() });
        let ascii: String = ascii.collect();
        let json_ascii = ascii.replace("\\u{", "\\u0").replace('}', "");
        for line in [
            around.clone(),
            format!("{:?}", around.as_bytes()),
            json!({"rust": ascii}).to_string(),
            json!({"json": json_ascii}).to_string(),
            ascii,
            json_ascii,
            BASE64_STANDARD.encode(&around),
            BASE64_URL_SAFE.encode(&around),
        ] {
            assert!(written(secret).iter().any(|written| line.contains(written)), "{line}");
        }
    }
}
