//! Emails that the contract refuses, by field. Text that isn't JSON is in `hostile::json`.

use crate::harness::{Ours, System, TOKEN, email, on_all, request, through_both};
use serde_json::{Value, json};

on_all!(subject_and_content_may_be_empty, a_timestream_is_kept_as_it_was_written);

through_both!(
    a_fault_in_a_field_is_named_by_its_pointer: unpolled(),
    every_fault_is_named_at_once: unpolled(),
    many_unknown_fields_are_counted: unpolled(),
);

const FIELDS: [&str; 4] = ["email_subject", "email_sender", "email_timestream", "email_content"];
const NO_TIMESTREAMS: &str =
    "+1 -1 1.5 1e3 0x1 1_000 ١٢٣ 0000000000001 253402300800 999999999999 2023-09-01 1693561101000";

/// A good request with one field of its data replaced.
fn with(name: &str, value: Value) -> Value {
    let mut data = email("John doe");
    data[name] = value;
    request(&data)
}

async fn a_fault_in_a_field_is_named_by_its_pointer(system: &Ours) {
    let mut rows = Vec::new();
    for name in FIELDS {
        let mut body = request(&email("John doe"));
        body["data"].as_object_mut().unwrap().remove(name);
        rows.push((body, format!("/data/{name}")));
        for value in [json!(null), json!(1693561101), json!(true), json!(["a"]), json!({"a": "b"})] {
            rows.push((with(name, value), format!("/data/{name}")));
        }
    }
    for blank in ["", " ", "\t\r\n", "\u{a0}\u{2003}", "\u{3000}", "\u{85}\u{2028}"] {
        for name in ["email_sender", "email_timestream"] {
            rows.push((with(name, json!(blank)), format!("/data/{name}")));
        }
    }
    for wrong in NO_TIMESTREAMS.split(' ').chain([" 1", "1 "]) {
        rows.push((with("email_timestream", json!(wrong)), "/data/email_timestream".to_owned()));
    }
    rows.push((with("email_bcc", json!("x")), "/data/email_bcc".to_owned()));
    let mut unknown = request(&email("a"));
    unknown["a/b~c"] = json!(1);
    rows.push((unknown, "/a~1b~0c".to_owned()));

    for (body, pointer) in rows {
        let answer = system.post_body(body.to_string()).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, "application/problem+json"),
            "{body}"
        );
        assert_eq!(answer.pointers(), [pointer], "{body}");
    }
    assert_eq!(system.queued(system.queue_url()).await, 0);
}

async fn every_fault_is_named_at_once(system: &Ours) {
    let data = json!({"email_subject": 1, "email_sender": " ", "email_timestream": "+1", "email_cc": ""});
    let answer = system.post_body(json!({"token": TOKEN, "extra": 1, "data": data}).to_string()).await;
    assert_eq!((answer.status, answer.json()["status"].clone()), (400, json!(400)));
    let mut pointers = answer.pointers();
    pointers.sort();
    let fields =
        ["cc", "content", "sender", "subject", "timestream"].map(|name| format!("/data/email_{name}"));
    assert_eq!(pointers, [&fields[..], &["/extra".to_owned()]].concat());
    for error in answer.json()["errors"].as_array().unwrap() {
        assert!(!error["detail"].as_str().unwrap().is_empty());
    }
}

async fn subject_and_content_may_be_empty(system: &System) {
    let mut data = email("John doe");
    data["email_subject"] = json!("");
    data["email_content"] = json!("");
    assert_eq!(system.post(&data).await.status, 200);
    assert_eq!(system.stored("John doe_1693561101.json").await, data);
}

async fn a_timestream_is_kept_as_it_was_written(system: &System) {
    for right in ["0", "000000000001", "253402300799"] {
        let answer = system.post_body(with("email_timestream", json!(right)).to_string()).await;
        assert_eq!(answer.status, 200, "{right}: {answer:?}");
        let stored = system.stored(&format!("John doe_{right}.json")).await;
        assert_eq!(stored["email_timestream"], right);
    }
}

async fn many_unknown_fields_are_counted(system: &Ours) {
    let members: String = (0..60_000).map(|n| format!(r#""unknown{n}":1,"#)).collect();
    let answer =
        system.post_body(format!(r#"{{{members}"data": {}, "token": "{TOKEN}"}}"#, email("a"))).await;
    assert_eq!(answer.status, 400, "{:.200}", answer.text);
    assert!(answer.json()["detail"].as_str().unwrap().contains("60000"), "{:.200}", answer.text);
}
