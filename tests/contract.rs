//! The doors: which request gets which answer.

use crate::harness::{System, email, request};
use local::aws::faults::{Fault, Times};
use local::events::Event;
use reqwest::Method;
use std::time::Duration;

#[tokio::test]
async fn both_doors_take_an_email() {
    let system = System::start().await;
    for (path, sender) in [("/", "through the first"), ("/api/email", "through the second")] {
        let answer = system.send(Method::POST, path, &[], request(&email(sender)).to_string()).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(system.stored(&format!("{sender}_1693561101.json")).await, email(sender));
    }
}

#[tokio::test]
async fn an_accepted_email_is_answered_with_its_message_id_and_a_receipt() {
    let system = System::start().await;
    let mut events = system.events();
    let answer = system.post(&email("John doe")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let sent = loop {
        if let Event::MessageSent { message_id, .. } = events.recv().await.unwrap() {
            break message_id;
        }
    };
    assert_eq!(answer.json()["message_id"], sent);
    let receipt: uuid::Uuid = answer.receipt().parse().unwrap();
    assert_eq!(receipt.get_version_num(), 7);
    assert_eq!(answer.json().as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_200_never_comes_before_sqs_has_the_message() {
    let system = System::start().await;
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
    let system = System::start().await;
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

#[tokio::test]
async fn another_method_is_told_which_are_allowed() {
    let system = System::start().await;
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

#[tokio::test]
async fn any_other_path_is_not_found() {
    let system = System::start().await;
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
    assert_eq!(system.calls("SendMessage"), 0);
}

#[tokio::test]
async fn a_query_string_changes_nothing() {
    let system = System::start().await;
    let answer =
        system.send(Method::POST, "/api/email?a=%00&a&=&%", &[], request(&email("a")).to_string()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn the_body_is_json_whatever_its_content_type_says() {
    let system = System::start().await;
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

#[tokio::test]
async fn a_hostile_host_header_or_path_ends_no_process() {
    let system = System::start().await;
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
