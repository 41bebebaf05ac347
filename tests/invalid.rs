//! What is refused, and in which words.

use crate::harness::{System, TOKEN, email, on_both, request};
use serde_json::{Value, json};

on_both!(
    every_field_is_required: unpolled(),
    every_field_is_a_string,
    sender_and_timestream_must_not_be_blank,
    subject_and_content_may_be_empty,
    a_timestream_is_one_to_twelve_digits_up_to_the_year_9999,
    a_field_nobody_knows_is_refused_by_name,
    a_member_given_twice_is_refused_by_name,
    every_fault_is_named_at_once,
    what_is_no_json_object_is_a_400_that_says_so,
    a_lone_surrogate_is_refused,
    a_flood_of_unknown_fields_is_answered_and_not_a_502,
);

/// A good request with `change` made to its data.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut data = email("John doe");
    change(&mut data);
    request(&data).to_string()
}

async fn every_field_is_required(system: &System) {
    for name in ["email_subject", "email_sender", "email_timestream", "email_content"] {
        let body = changed(|data| drop(data.as_object_mut().unwrap().remove(name)));
        let answer = system.post_body(body).await;
        assert_eq!((answer.status, answer.pointers()), (400, vec![format!("/data/{name}")]), "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert_eq!(system.queued(system.queue_url()).await, 0);
}

async fn every_field_is_a_string(system: &System) {
    for name in ["email_subject", "email_sender", "email_timestream", "email_content"] {
        for value in [json!(null), json!(1693561101), json!(true), json!(["a"]), json!({"a": "b"})] {
            let answer = system.post_body(changed(|data| data[name] = value.clone())).await;
            assert_eq!(
                (answer.status, answer.pointers()),
                (400, vec![format!("/data/{name}")]),
                "{name} {value}"
            );
        }
    }
}

async fn sender_and_timestream_must_not_be_blank(system: &System) {
    for blank in ["", " ", "\t\r\n", "\u{a0}\u{2003}", "\u{3000}", "\u{85}\u{2028}"] {
        for name in ["email_sender", "email_timestream"] {
            let answer = system.post_body(changed(|data| data[name] = json!(blank))).await;
            assert_eq!((answer.status, answer.pointers()), (400, vec![format!("/data/{name}")]), "{blank:?}");
        }
    }
}

async fn subject_and_content_may_be_empty(system: &System) {
    let mut data = email("John doe");
    data["email_subject"] = json!("");
    data["email_content"] = json!("");
    assert_eq!(system.post(&data).await.status, 200);
    assert_eq!(system.stored("John doe_1693561101.json").await, data);
}

async fn a_timestream_is_one_to_twelve_digits_up_to_the_year_9999(system: &System) {
    for wrong in [
        "+1",
        "-1",
        "1.5",
        "1e3",
        " 1",
        "1 ",
        "0x1",
        "1_000",
        "١٢٣",
        "0000000000001",
        "253402300800",
        "999999999999",
        "2023-09-01",
        "1693561101000",
    ] {
        let answer = system.post_body(changed(|data| data["email_timestream"] = json!(wrong))).await;
        assert_eq!(
            (answer.status, answer.pointers()),
            (400, vec!["/data/email_timestream".to_owned()]),
            "{wrong}"
        );
    }
    for right in ["0", "000000000001", "253402300799"] {
        let answer = system.post_body(changed(|data| data["email_timestream"] = json!(right))).await;
        assert_eq!(answer.status, 200, "{right}: {answer:?}");
        let stored = system.stored(&format!("John doe_{right}.json")).await;
        assert_eq!(stored["email_timestream"], right, "kept as written");
    }
}

async fn a_field_nobody_knows_is_refused_by_name(system: &System) {
    let answer = system.post_body(changed(|data| data["email_bcc"] = json!("x"))).await;
    assert_eq!((answer.status, answer.pointers()), (400, vec!["/data/email_bcc".to_owned()]));
    let mut body = request(&email("a"));
    body["a/b~c"] = json!(1);
    let answer = system.post_body(body.to_string()).await;
    assert_eq!((answer.status, answer.pointers()), (400, vec!["/a~1b~0c".to_owned()]));
}

async fn a_member_given_twice_is_refused_by_name(system: &System) {
    let data = email("a").to_string();
    let twice = data.replacen('{', r#"{"email_subject": "Hello","#, 1);
    for (body, pointer) in [
        (format!(r#"{{"data": {twice}, "token": "{TOKEN}"}}"#), "/data/email_subject"),
        (format!(r#"{{"data": {data}, "data": {data}, "token": "{TOKEN}"}}"#), "/data"),
        (format!(r#"{{"data": {data}, "token": "{TOKEN}", "token": "{TOKEN}"}}"#), "/token"),
    ] {
        let answer = system.post_body(body).await;
        assert_eq!((answer.status, answer.pointers()), (400, vec![pointer.to_owned()]), "{answer:?}");
    }
}

async fn every_fault_is_named_at_once(system: &System) {
    let body = json!({
        "token": TOKEN,
        "extra": 1,
        "data": {"email_subject": 1, "email_sender": " ", "email_timestream": "+1", "email_cc": ""},
    });
    let answer = system.post_body(body.to_string()).await;
    assert_eq!((answer.status, answer.header("content-type")), (400, "application/problem+json"));
    let json = answer.json();
    assert_eq!(json["status"], 400);
    let mut pointers = answer.pointers();
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/data/email_cc",
            "/data/email_content",
            "/data/email_sender",
            "/data/email_subject",
            "/data/email_timestream",
            "/extra"
        ]
    );
    for error in json["errors"].as_array().unwrap() {
        assert!(!error["detail"].as_str().unwrap().is_empty());
    }
}

async fn what_is_no_json_object_is_a_400_that_says_so(system: &System) {
    let deep = format!("{}1", r#"{"a":"#.repeat(100_000));
    for body in
        ["", "{", "[]", "null", "email_sender=a", "\u{feff}{}", r#"{"token": "\ud800"}"#, "{}{}", &deep]
    {
        let answer = system.post_body(body.to_owned()).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (400, "application/problem+json"),
            "{body:.60}"
        );
        assert!(answer.json()["detail"].as_str().unwrap().contains("JSON"), "{answer:?}");
    }
    assert_eq!(system.post_body(b"{\"token\": \"\xff\"}".to_vec()).await.status, 400);
}

async fn a_lone_surrogate_is_refused(system: &System) {
    for escape in [r"\ud800", r"\udfff", r"\ud800\ud800", r"\ud83dx"] {
        let body = request(&email("SENDER")).to_string().replace("SENDER", escape);
        assert_eq!(system.post_body(body).await.status, 400, "{escape}");
    }
}

async fn a_flood_of_unknown_fields_is_answered_and_not_a_502(system: &System) {
    let members: String = (0..60_000).map(|n| format!(r#""unknown{n}":1,"#)).collect();
    let body = format!(r#"{{{members}"data": {}, "token": "{TOKEN}"}}"#, email("a"));
    let answer = system.post_body(body).await;
    assert_eq!(answer.status, 400, "{:.200}", answer.text);
    assert!(answer.json()["detail"].as_str().unwrap().contains("60000"), "{:.200}", answer.text);
}
