//! The doors: which request gets which answer.

use crate::harness::{Ours, System, email, on_both, request};
use reqwest::Method;
use sandbox::events::Event;
use sandbox::services::faults::{Fault, Times};
use std::time::Duration;

on_both!(
    both_doors_take_an_email,
    an_accepted_email_is_answered_with_its_message_id_and_a_receipt: unpolled(),
    another_method_is_told_which_are_allowed,
    any_other_path_is_not_found: unpolled(),
    a_query_string_changes_nothing,
    the_body_is_json_whatever_its_content_type_says,
    a_hostile_host_header_or_path_ends_no_process,
);

async fn both_doors_take_an_email(system: &System) {
    for (path, sender) in [("/", "through the first"), ("/api/email", "through the second")] {
        let answer = system.send(Method::POST, path, &[], request(&email(sender)).to_string()).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(system.stored(&format!("{sender}_1693561101.json")).await, email(sender));
    }
}

async fn an_accepted_email_is_answered_with_its_message_id_and_a_receipt(system: &System) {
    let answer = system.post(&email("John doe")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let [message] = &system.receive(system.queue_url()).await[..] else { panic!("not one message") };
    assert_eq!(answer.json()["message_id"], message.message_id().unwrap());
    let receipt: uuid::Uuid = answer.receipt().parse().unwrap();
    assert_eq!(receipt.get_version_num(), 7);
    assert_eq!(answer.json().as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_200_never_comes_before_sqs_has_the_message() {
    let system = Ours::start().await;
    let mut events = system.events();
    system.fault("SendMessage", Fault::Delay(Duration::from_millis(500)), Times::Once);
    let answer = system.post(&email("John doe")).await;
    assert_eq!(answer.status, 200);
    let sent =
        std::iter::from_fn(|| events.try_recv().ok()).any(|event| matches!(event, Event::MessageSent { .. }));
    assert!(sent, "answered before the message was in the queue");
}

#[tokio::test]
async fn health_needs_no_aws_call() {
    let system = Ours::start().await;
    let refused = Fault::Error { status: 500, code: "InternalServerError".to_owned() };
    system.fault("GetParameter", refused, Times::Always);
    for user_agent in ["curl/8.5.0", "ELB-HealthChecker/2.0"] {
        for method in [Method::GET, Method::HEAD] {
            let asked = system.calls("GetParameter");
            let answer = system.send(method.clone(), "/health", &[("user-agent", user_agent)], "").await;
            assert_eq!(answer.status, 200, "{method} {user_agent}");
            assert_eq!(answer.text.is_empty(), method == Method::HEAD);
            // The first request may be a cold start, whose init asks for the token whatever comes.
            assert!(asked == 0 || system.calls("GetParameter") == asked, "health asked SSM");
        }
    }
    assert_eq!(system.calls("SendMessage"), 0);
}

async fn another_method_is_told_which_are_allowed(system: &System) {
    for (method, path, allow) in [
        (Method::GET, "/", "POST"),
        (Method::GET, "/api/email", "POST"),
        (Method::PUT, "/api/email", "POST"),
        (Method::DELETE, "/", "POST"),
        (Method::OPTIONS, "/api/email", "POST"),
        (Method::POST, "/health", "GET, HEAD"),
    ] {
        let answer = system.send(method.clone(), path, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

async fn any_other_path_is_not_found(system: &System) {
    for path in
        ["/api", "/api/email/", "/API/EMAIL", "/api%2Femail", "/%61pi/email", "/x?/api/email", "/health/"]
    {
        let answer = system.send(Method::POST, path, &[], request(&email("a")).to_string()).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, "application/problem+json"),
            "{path}"
        );
    }
    assert_eq!(system.queued(system.queue_url()).await, 0);
}

async fn a_query_string_changes_nothing(system: &System) {
    let answer =
        system.send(Method::POST, "/api/email?a=%00&a&=&%", &[], request(&email("a")).to_string()).await;
    assert_eq!(answer.status, 200);
}

async fn the_body_is_json_whatever_its_content_type_says(system: &System) {
    let curl = "application/x-www-form-urlencoded";
    for kind in
        [curl, "application/json; charset=utf-8", "text/plain", "application/octet-stream", "nonsense"]
    {
        let data = email(&format!("sent as {}", kind.replace('/', " ")));
        let answer =
            system.send(Method::POST, "/", &[("content-type", kind)], request(&data).to_string()).await;
        assert_eq!(answer.status, 200, "{kind}: {answer:?}");
    }
    let answer = system.send(Method::POST, "/", &[], request(&email("without a label")).to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(system.stored_keys(6).await.len(), 6);
}

async fn a_hostile_host_header_or_path_ends_no_process(system: &System) {
    for host in ["a:99999", "[", "a b", "", "%00", "http://x"] {
        let headers = [("host", host), ("content-type", "application/json")];
        let answer = system.send(Method::POST, "/", &headers, request(&email("a")).to_string()).await;
        // hyper itself refuses what is no HTTP; what reaches the function is answered by it.
        assert!([200, 400].contains(&answer.status), "{host:?}: {answer:?}");
        assert_ne!(answer.status, 502, "{host:?}");
    }
    let long = format!("/{}", "x".repeat(9_000));
    assert_eq!(system.send(Method::POST, &long, &[], "").await.status, 404);
}
