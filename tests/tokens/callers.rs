//! Named tokens: which caller an email is from.

use crate::harness::{System, TOKEN, email, named_token, on_both};
use serde_json::{Value, json};

on_both!(
    the_logs_and_the_object_name_the_caller_of_a_named_token_and_of_no_other,
    of_two_callers_with_the_same_email_the_object_names_the_first,
    an_attribute_that_is_no_callers_name_neither_stops_an_email_nor_reaches_its_object,
);

async fn post(system: &System, sender: &str, token: &str) -> String {
    system.post_body(json!({"data": email(sender), "token": token}).to_string()).await.receipt()
}

/// The caller in the line with this message and receipt.
async fn logged_caller(system: &System, message: &str, receipt: &str) -> Value {
    let line = async || {
        let lines = system.log.with_message(message);
        lines.into_iter().find(|line| line["receipt"] == receipt)
    };
    system.until("a line with the receipt", line).await["caller"].clone()
}

async fn the_logs_and_the_object_name_the_caller_of_a_named_token_and_of_no_other(system: &System) {
    let (billing, shop) = (named_token("billing"), named_token("web-shop-2"));
    let almost = named_token("Billing");
    system.set_tokens(&format!("{TOKEN}\n{billing}\r\n{shop}\n{almost}")).await;
    for (sender, token, caller) in [
        ("a", TOKEN, None),
        ("b", &billing, Some("billing")),
        ("c", &shop, Some("web-shop-2")),
        ("d", &almost, None),
    ] {
        let receipt = post(system, sender, token).await;
        for message in ["accepted", "filed"] {
            assert_eq!(logged_caller(system, message, &receipt).await, json!(caller), "{sender}");
        }
        let object = system.stored_object(&format!("{sender}_1693561101.json")).await;
        assert_eq!(object.metadata.get("caller").map(String::as_str), caller, "{sender}");
    }

    let bad = system.post_body(json!({"data": {}, "token": shop}).to_string()).await;
    let wrong = system.post_token(&named_token("other")).await;
    let part = system.post_token(&billing["mailroom_billing_".len()..]).await;
    assert_eq!((bad.status, wrong.status, part.status), (400, 403, 403));
    let refused = system.logged("refused", 3).await;
    let callers: Vec<_> = refused.iter().map(|line| &line["caller"]).collect();
    assert_eq!(callers, [&json!("web-shop-2"), &Value::Null, &Value::Null], "no name that a client claims");
}

async fn of_two_callers_with_the_same_email_the_object_names_the_first(system: &System) {
    let (billing, shop) = (named_token("billing"), named_token("shop"));
    system.set_tokens(&format!("{billing}\n{shop}")).await;
    let first = post(system, "a", &billing).await;
    assert_eq!(logged_caller(system, "filed", &first).await, "billing");
    let second = post(system, "a", &shop).await;
    assert_eq!(logged_caller(system, "filed", &second).await, "shop", "of the duplicate");
    let object = system.stored_object("a_1693561101.json").await;
    assert_eq!((&object.metadata["caller"], &object.metadata["receipt"]), (&"billing".to_owned(), &first));
}

async fn an_attribute_that_is_no_callers_name_neither_stops_an_email_nor_reaches_its_object(system: &System) {
    let hostile = ["", "Billing", "a\r\nx-amz-acl: public-read", "\u{1b}[2J", "é", &"a".repeat(10_000)];
    let record = |(n, value): (usize, &&str)| {
        json!({
            "messageId": format!("m-{n}"), "body": email(&format!("sender {n}")).to_string(), "attributes": {},
            "messageAttributes": {"caller": {"stringValue": value, "dataType": "String"}},
        })
    };
    let mut records: Vec<_> = hostile.iter().enumerate().map(record).collect();
    let mut binary = record((hostile.len(), &""));
    binary["messageAttributes"]["caller"] = json!({"binaryValue": "YmlsbGluZw==", "dataType": "Binary"});
    records.push(binary);
    let answer = system.invoke("WorkerFunction", &json!({"Records": records})).await;
    assert_eq!(answer, json!({"batchItemFailures": []}));
    for key in system.stored_keys(records.len()).await {
        assert_eq!(system.object(&key).await.metadata.get("caller"), None, "{key}");
    }
    for line in system.logged("filed", records.len()).await {
        assert_eq!(line["caller"], Value::Null, "{line}");
    }
}
