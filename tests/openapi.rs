//! Real answers are as `docs/openapi.yaml` says.

use crate::harness::{ApiResponse, System, TOKEN, email, on_all, request, root};
use reqwest::Method;
use serde_json::{Value, json};

on_all!(
    every_kind_of_answer_is_as_the_contract_says: unpolled(),
    what_the_contract_calls_a_submission_is_what_is_accepted,
);

/// The contract, as JSON.
fn contract() -> Value {
    let text = std::fs::read_to_string(root().join("docs/openapi.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

fn resolve<'a>(contract: &'a Value, mut value: &'a Value) -> &'a Value {
    while let Some(reference) = value.get("$ref").and_then(Value::as_str) {
        value = contract.pointer(&reference[1..]).unwrap_or_else(|| panic!("{reference} points nowhere"));
    }
    value
}

/// The faults that `schema` finds in `instance`.
fn faults(contract: &Value, schema: &Value, instance: &Value) -> Vec<String> {
    let whole = json!({"allOf": [schema], "components": contract["components"]});
    let validator = jsonschema::validator_for(&whole).unwrap();
    validator.iter_errors(instance).map(|error| error.to_string()).collect()
}

/// Holds one answer against the contract: status, content type, headers and body.
fn hold(contract: &Value, method: &Method, path: &str, answer: &ApiResponse) {
    let what = format!("{method} {path} {}", answer.status);
    let operation = &contract["paths"][path][method.as_str().to_ascii_lowercase()];
    assert!(operation.is_object(), "{what}: no such operation in the contract");
    let response = &operation["responses"][answer.status.to_string()];
    hold_response(contract, response, &what, answer);
}

/// Holds one answer against one documented response: content type, headers and body.
fn hold_response(contract: &Value, response: &Value, what: &str, answer: &ApiResponse) {
    let response = resolve(contract, response);
    assert!(response.is_object(), "{what}: no such answer in the contract");
    for (name, header) in response["headers"].as_object().into_iter().flatten() {
        let header = resolve(contract, header);
        let value = answer.header(&name.to_ascii_lowercase());
        assert!(!value.is_empty() || header["required"] != true, "{what}: no {name}");
        let value = value.parse::<u64>().map_or_else(|_| json!(value), |number| json!(number));
        assert_eq!(faults(contract, &header["schema"], &value), [""; 0], "{what}: {name}");
    }
    if answer.text.is_empty() {
        assert!(response["content"].is_null(), "{what}: the contract promises a body");
        return;
    }
    let content = &response["content"][answer.header("content-type")];
    assert!(content.is_object(), "{what}: {} is not in the contract", answer.header("content-type"));
    assert_eq!(faults(contract, &content["schema"], &answer.json()), [""; 0], "{what}");
}

async fn every_kind_of_answer_is_as_the_contract_says(system: &System) {
    let contract = contract();
    let good = request(&email("John doe")).to_string();
    let too_large = request(&json!({
        "email_subject": "", "email_sender": "a", "email_timestream": "1", "email_content": "\u{ffff}".repeat(200_000),
    }));
    let mut faulty = request(&json!({"email_sender": " ", "x": 1}));
    faulty["y"] = json!(2);
    let json_body = [("content-type", "application/json")];
    for path in ["/", "/api/email"] {
        for (body, status) in [
            (good.clone(), 200),
            (faulty.to_string(), 400),
            ("{".to_owned(), 400),
            (json!({"data": email("a"), "token": "wrong"}).to_string(), 403),
            (too_large.to_string(), 413),
        ] {
            let answer = system.send(Method::POST, path, &json_body, body).await;
            assert_eq!(answer.status, status, "{answer:?}");
            hold(&contract, &Method::POST, path, &answer);
        }
    }
    let mut several = request(&json!([email("a"), {"email_sender": " "}, email("b"), 7]));
    for (data, status) in [(several["data"].clone(), 200), (json!([]), 400), (email("a"), 400)] {
        several["data"] = data;
        let answer = system.send(Method::POST, "/api/emails", &json_body, several.to_string()).await;
        assert_eq!(answer.status, status, "{answer:?}");
        hold(&contract, &Method::POST, "/api/emails", &answer);
    }
    for path in ["/", "/api/email", "/api/emails"] {
        let gzip = [("content-type", "application/json"), ("content-encoding", "gzip")];
        let answer = system.send(Method::POST, path, &gzip, good.clone()).await;
        assert_eq!(answer.status, 415, "{answer:?}");
        hold(&contract, &Method::POST, path, &answer);
    }
    for method in [Method::GET, Method::HEAD] {
        let answer = system.send(method.clone(), "/health", &[], "").await;
        hold(&contract, &method, "/health", &answer);
    }
    // An SQS that fails, as both can show it.
    system.sqs.delete_queue().queue_url(system.queue_url()).send().await.unwrap();
    let unavailable = system.send(Method::POST, "/", &json_body, good).await;
    assert_eq!(unavailable.status, 503);
    hold(&contract, &Method::POST, "/", &unavailable);
    let batch = request(&json!([email("a"), {"email_sender": " "}])).to_string();
    let unavailable = system.send(Method::POST, "/api/emails", &json_body, batch).await;
    assert_eq!((unavailable.status, &unavailable.json()["emails"][0]["status"]), (503, &json!(503)));
    hold(&contract, &Method::POST, "/api/emails", &unavailable);
}

async fn what_the_contract_calls_a_submission_is_what_is_accepted(system: &System) {
    let contract = contract();
    let schema = &contract["components"]["schemas"]["Submission"];
    let with = |name: &str, value: Value| {
        let mut data = email("John doe");
        data[name] = value;
        request(&data)
    };
    let mut unknown = request(&email("a"));
    unknown["more"] = json!(1);
    for body in [
        request(&email("John doe")),
        with("email_subject", json!("")),
        with("email_content", json!("")),
        with("email_timestream", json!("0")),
        with("email_timestream", json!("+1")),
        with("email_timestream", json!("1234567890123")),
        with("email_timestream", json!(1)),
        with("email_sender", json!(" ")),
        with("email_sender", json!("")),
        with("email_bcc", json!("x")),
        json!({"data": {}, "token": TOKEN}),
        json!({"token": TOKEN}),
        unknown,
    ] {
        let accepted = system.post_body(body.to_string()).await.status == 200;
        let valid = faults(&contract, schema, &body).is_empty();
        assert_eq!(valid, accepted, "{body}");
    }
}
