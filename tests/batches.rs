//! `POST /api/emails`: several emails in a request, each with an outcome of its own.

use crate::harness::{ApiResponse, Ours, System, TOKEN, email, on_all, request, through_both};
use reqwest::Method;
use sandbox::services::faults::{Fault, Times};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

on_all!(
    every_email_is_queued_under_its_own_receipt: unpolled(),
    a_faulty_email_fails_none_of_its_neighbours: unpolled(),
    emails_beyond_a_call_of_sqs_go_in_several: unpolled(),
);

through_both!(
    a_batch_may_have_500_emails: unpolled(),
    what_is_wrong_around_the_emails_refuses_all_of_them: unpolled(),
    without_the_token_no_email_is_looked_at: unpolled(),
    a_call_that_fails_fails_its_emails_alone: unpolled(),
    with_no_email_accepted_and_one_to_send_again_the_answer_is_a_503: unpolled(),
    what_sqs_has_at_the_deadline_is_accepted_and_the_rest_is_not: unpolled(),
);

/// Several calls of SQS, of which not all are full.
const MANY: usize = 95;

async fn post(system: &System, data: &Value) -> ApiResponse {
    let json = [("content-type", "application/json")];
    system.send(Method::POST, "/api/emails", &json, request(data).to_string()).await
}

fn emails(count: usize) -> Value {
    (0..count).map(|n| email(&format!("sender {n}"))).collect()
}

fn statuses(answer: &ApiResponse) -> Vec<u64> {
    let outcomes = answer.json()["emails"].as_array().unwrap().clone();
    outcomes.iter().map(|outcome| outcome["status"].as_u64().unwrap()).collect()
}

async fn a_batch_may_have_500_emails(system: &Ours) {
    let answer = post(system, &emails(500)).await;
    assert_eq!((answer.status, &answer.json()["accepted"]), (200, &json!(500)), "{answer:?}");
    assert!(system.queued(system.queue_url()).await >= 500);
}

/// Fewer than a batch may have: moto takes seconds for 500 on a busy machine, and the function answers before.
async fn every_email_is_queued_under_its_own_receipt(system: &System) {
    let answer = post(system, &emails(MANY)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let body = answer.json();
    assert_eq!((&body["accepted"], &body["refused"]), (&json!(MANY), &json!(0)));
    // The SDK sends a call again if it gets no answer in time.
    assert!(system.queued(system.queue_url()).await >= MANY);
    let outcomes = body["emails"].as_array().unwrap();
    let of = |name: &str| outcomes.iter().map(|one| one[name].as_str().unwrap()).collect::<BTreeSet<_>>();
    assert_eq!((of("receipt").len(), of("message_id").len()), (MANY, MANY));

    // The messages that come first, whichever they are.
    for message in system.receive(system.queue_url()).await {
        let data: Value = serde_json::from_str(message.body().unwrap()).unwrap();
        let n: usize = data["email_sender"].as_str().unwrap()["sender ".len()..].parse().unwrap();
        assert_eq!(data, email(&format!("sender {n}")));
        assert_eq!(outcomes[n]["message_id"], message.message_id().unwrap(), "in the order of the request");
    }
    let accepted = system.logged("accepted", MANY).await;
    let logged: BTreeSet<_> = accepted.iter().map(|line| line["receipt"].as_str().unwrap()).collect();
    assert_eq!(logged, of("receipt"), "a line for each");
}

async fn a_faulty_email_fails_none_of_its_neighbours(system: &System) {
    let mut unknown = email("c");
    unknown["email_bcc"] = json!("x");
    let data =
        json!([email("a"), {"email_sender": " "}, email("b"), unknown, null, [email("d")], email("e")]);
    let answer = post(system, &data).await;
    assert_eq!((answer.status, statuses(&answer)), (200, vec![200, 400, 200, 400, 400, 400, 200]));
    assert_eq!(system.queued(system.queue_url()).await, 3);
    let body = answer.json();
    let pointers = |n: usize| {
        let errors = body["emails"][n]["errors"].as_array().unwrap();
        errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let fields = ["email_subject", "email_sender", "email_timestream", "email_content"];
    assert_eq!(pointers(1), fields.map(|field| format!("/data/1/{field}")));
    assert_eq!([pointers(3), pointers(4), pointers(5)].concat(), ["/data/3/email_bcc", "/data/4", "/data/5"]);
    assert_eq!((&body["accepted"], &body["refused"]), (&json!(3), &json!(4)));
}

async fn emails_beyond_a_call_of_sqs_go_in_several(system: &System) {
    // Each is a third of what SQS takes in a call, so two go together.
    let large = |sender: &str| {
        let mut data = email(sender);
        data["email_content"] = json!("x".repeat(300_000));
        data
    };
    let mut too_large = email("too large");
    // Six bytes each in the queue, and three in the request.
    too_large["email_content"] = json!("\u{ffff}".repeat(180_000));
    for data in [json!([large("a"), large("b"), email("c")]), json!([email("d"), too_large, email("e")])] {
        let answer = post(system, &data).await;
        let expected =
            if data[1]["email_sender"] == "too large" { vec![200, 413, 200] } else { vec![200; 3] };
        assert_eq!((answer.status, statuses(&answer)), (200, expected));
    }
    assert_eq!(system.queued(system.queue_url()).await, 5);
}

async fn what_is_wrong_around_the_emails_refuses_all_of_them(system: &Ours) {
    let mut extra = request(&emails(2));
    extra["extra"] = json!(1);
    for (body, pointer) in [
        (request(&json!([])), "/data"),
        (request(&emails(501)), "/data"),
        (request(&email("a")), "/data"),
        (json!({"token": TOKEN}), "/data"),
        (extra, "/extra"),
    ] {
        let answer = system.send(Method::POST, "/api/emails", &[], body.to_string()).await;
        assert_eq!((answer.status, answer.pointers()), (400, vec![pointer.to_owned()]), "{answer:?}");
    }
    assert_eq!(post_text(system, "[]").await.status, 400);
    assert_eq!(system.calls("SendMessageBatch"), 0);
    let wrong_method = system.send(Method::PUT, "/api/emails", &[], "").await;
    assert_eq!((wrong_method.status, wrong_method.header("allow")), (405, "POST"));
}

async fn post_text(system: &System, body: &str) -> ApiResponse {
    system.send(Method::POST, "/api/emails", &[], body.to_owned()).await
}

async fn without_the_token_no_email_is_looked_at(system: &Ours) {
    for body in [
        json!({"data": [email("a")], "token": "wrong"}),
        json!({"data": [{"email_sender": " "}], "token": "wrong"}),
        json!({"data": 7}),
        json!({"data": [email("a")], "token": [TOKEN]}),
    ] {
        let answer = post_text(system, &body.to_string()).await;
        assert_eq!(answer.status, 403, "{body}");
        assert!(answer.json().get("emails").is_none() && answer.json().get("errors").is_none());
    }
    assert_eq!(system.calls("SendMessageBatch"), 0);
}

async fn a_call_that_fails_fails_its_emails_alone(system: &Ours) {
    // Three attempts of the SDK's are one of the three calls.
    system.fail("SendMessageBatch", 503, "ServiceUnavailable", Times::N(3));
    let answer = post(system, &emails(30)).await;
    let accepted = statuses(&answer).iter().filter(|status| **status == 200).count();
    let queued = system.queued(system.queue_url()).await;
    assert_eq!((answer.status, accepted), (200, queued), "{answer:?}");
    assert!(statuses(&answer).iter().all(|status| [200, 503].contains(status)), "{answer:?}");
    assert!(!answer.text.contains("ServiceUnavailable"), "nothing of AWS");
}

async fn with_no_email_accepted_and_one_to_send_again_the_answer_is_a_503(system: &Ours) {
    system.fail("SendMessageBatch", 503, "ServiceUnavailable", Times::Always);
    let data = json!([email("a"), {"email_sender": " "}, email("b")]);
    let answer = post(system, &data).await;
    assert_eq!((answer.status, statuses(&answer)), (503, vec![503, 400, 503]));
    assert_eq!(
        (answer.header("retry-after"), answer.header("content-type")),
        ("5", "application/problem+json")
    );
    let refused = system.log.with_message("refused");
    assert_eq!(refused.iter().filter(|line| line["status"] == 503 && line["receipt"].is_string()).count(), 2);
}

async fn what_sqs_has_at_the_deadline_is_accepted_and_the_rest_is_not(system: &Ours) {
    system.fault("SendMessageBatch", Fault::Delay(Duration::from_secs(30)), Times::N(3));
    let answer = post(system, &emails(100)).await;
    let accepted = statuses(&answer).iter().filter(|status| **status == 200).count();
    assert_eq!(answer.status, 200, "before the function's end: {answer:?}");
    assert!(accepted >= 70, "{accepted} accepted");
    assert!(system.queued(system.queue_url()).await >= accepted);
}
