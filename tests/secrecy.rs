//! The functions never print a token or a part of an email.

use crate::harness::{ApiResponse, Ours, Setup, System, on_both};
use base64::prelude::*;
use reqwest::Method;
use sandbox::services::faults::Times;
use serde_json::{Value, json};

on_both!(
    nothing_of_an_email_and_no_token_is_ever_logged_even_at_trace: parameter("LogLevel", "TRACE"),
);

/// No line may contain these in any notation. Most letters aren't ASCII, so that every escaping changes them.
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

async fn nothing_of_an_email_and_no_token_is_ever_logged_even_at_trace(system: &System) {
    let [token, wrong_token, _, _, _, content, rest @ ..] = SECRETS;
    let [member, value, wrong_time, broken, poison, field, context, records] = rest;
    system.set_tokens(token).await;
    let good = request(&secret_email(), token).to_string();
    assert_eq!(system.post_body(good.clone()).await.status, 200);
    let in_base64 = system.send(Method::POST, "/", &[("content-type", "application/octet-stream")], good);
    assert_eq!(in_base64.await.status, 200);
    assert_eq!(system.post_body(request(&secret_email(), wrong_token).to_string()).await.status, 403);
    let mut unknown = request(&secret_email(), token);
    unknown[member] = json!(value);
    unknown["data"]["email_timestream"] = json!(wrong_time);
    assert_eq!(system.post_body(unknown.to_string()).await.status, 400);
    let batch = request(&json!([secret_email(), unknown["data"], {member: value}, value]), token);
    let outcomes = post_batch(system, &batch).await;
    assert_eq!((outcomes.status, &outcomes.json()["accepted"]), (200, &json!(1)), "{outcomes:?}");
    assert_eq!(system.post_body(format!(r#"{{"{broken}": {broken}"#)).await.status, 400);
    system.stored_keys(1).await;
    system.work(&[poison.to_owned(), json!({field: 1}).to_string()]).await;
    let mut other = secret_email();
    other["email_content"] = json!(format!("{content} {content}"));
    system.work(&[other.to_string()]).await;

    // Events that no load balancer and no queue makes, but a person at a console may.
    for (function, event) in [
        ("ApiFunction", json!({"httpMethod": "POST", "isBase64Encoded": context, "body": content})),
        ("WorkerFunction", json!({"Records": records})),
    ] {
        assert!(system.function(function).invoke(event.to_string().into()).await.is_err());
    }
    assert_no_secret_once_there_is(system, &["Poison", "NameCollisions", "unreadable"]).await;
}

#[tokio::test]
async fn nothing_of_an_email_is_logged_when_aws_refuses_it() {
    let system = Ours::start_with(Setup::usual().parameter("LogLevel", "TRACE")).await;
    system.set_tokens(SECRETS[0]).await;
    system.fail("PutObject", 403, "AccessDenied", Times::Always);
    system.fail("SendMessage", 400, "InvalidMessageContents", Times::Always);
    system.fail("SendMessageBatch", 400, "InvalidMessageContents", Times::Always);
    system.work(&[secret_email().to_string()]).await;
    assert_eq!(system.post_body(request(&secret_email(), SECRETS[0]).to_string()).await.status, 503);
    assert_eq!(post_batch(&system, &request(&json!([secret_email()]), SECRETS[0])).await.status, 503);
    assert_no_secret_once_there_is(&system, &["FailedWrites", "unavailable", "AccessDenied"]).await;
}

async fn post_batch(system: &System, body: &Value) -> ApiResponse {
    let json = [("content-type", "application/json")];
    system.send(Method::POST, "/api/emails", &json, body.to_string()).await
}

/// An email whose every part would show.
fn secret_email() -> Value {
    let [_, _, subject, sender, time, content, ..] = SECRETS;
    json!({
        "email_subject": subject, "email_sender": format!("{sender}/x"), "email_timestream": time,
        "email_content": content,
    })
}

fn request(data: &Value, token: &str) -> Value {
    json!({"data": data, "token": token})
}

async fn assert_no_secret_once_there_is(system: &System, words: &[&str]) {
    let told = async || {
        let log = system.log.text();
        words.iter().all(|word| log.contains(word)).then_some(())
    };
    system.until(&words.join(", "), told).await;
    for line in system.log.lines() {
        for secret in SECRETS {
            let found = written(secret).into_iter().find(|written| line.contains(written));
            assert_eq!(found, None, "{secret} in {line}");
        }
    }
}

/// The notations of a text: plain, with Rust's and JSON's escapes, as a list of bytes, and in base64 at each offset.
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
