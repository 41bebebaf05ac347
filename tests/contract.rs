//! Paths and methods: which request gets which answer.

use crate::harness::{Ours, Setup, System, alb_event, email, on_both, request};
use reqwest::Method;
use sandbox::events::Event;
use sandbox::services::faults::{Fault, Times};
use std::time::Duration;

on_both!(
    both_doors_take_an_email,
    an_accepted_email_is_answered_with_its_message_id_and_a_receipt: unpolled(),
    a_query_string_changes_nothing,
    the_body_is_json_whatever_its_content_type_says,
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
    system.fail("GetParameter", 500, "InternalServerError", Times::Always);
    for user_agent in ["curl/8.5.0", "ELB-HealthChecker/2.0"] {
        for method in [Method::GET, Method::HEAD] {
            let asked = system.calls("GetParameter");
            let answer = system.send(method.clone(), "/health", &[("user-agent", user_agent)], "").await;
            assert_eq!(answer.status, 200, "{method} {user_agent}");
            assert_eq!(answer.text.is_empty(), method == Method::HEAD);
            // The first request may be a cold start, whose init reads the token.
            assert!(asked == 0 || system.calls("GetParameter") == asked, "health asked SSM");
        }
    }
    assert_eq!(system.calls("SendMessage"), 0);
}

#[tokio::test]
async fn another_method_is_told_which_are_allowed() {
    let system = Ours::start().await;
    let health = [("POST", "/health", "GET, HEAD"), ("OPTIONS", "/health", "GET, HEAD")];
    let methods =
        "GET HEAD PUT PATCH DELETE OPTIONS QUERY PROPFIND post Post POSTS XPOST PO-ST A!#$%&'*+-.^_`|~9";
    let posts = methods.split(' ').flat_map(|method| ["/", "/api/email"].map(|path| (method, path, "POST")));
    for (method, path, allow) in health.into_iter().chain(posts) {
        for headers in [&[][..], &[("x-http-method-override", "POST"), ("x-method-override", "POST")]] {
            let answer = system.invoke_api(&alb_event(method, path, headers, "")).await;
            assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
        }
    }
}

/// Nothing is decoded, normalized or cut off to find a path.
const OTHER_PATHS: &str = "* // /// /. /.. /./ /../ /api /api/ /api/email/ //api/email /api//email /./api/email \
    /api/./email /api/email/. /api/email/.. /x/../api/email /grafana/../api/email /../api/email /../../etc/passwd \
    /%2e%2e/api/email /..%2fapi/email /%2fapi/email /api%2femail /api%2Femail /api%252femail /api%5cemail /api\\email \
    /%61pi/email /api/emai%6c /%2561pi/email /api/email%00 /api/email%00.json /api/email%20 /api/email%0a \
    /api/email%0d%0aevil:1 /api/email;x=1 /api;/email /api/email.json /api/email, /api/email~ /API/EMAIL /Api/Email \
    /api/em\u{c4}il /api/em\u{430}il /\u{ff0f}api/email /%c0%afapi/email /%c1%9c /%u002fapi/email /% /%% /%zz /* \
    /{proxy+} /${jndi:ldap://evil} /%3Cscript%3Eevil /'\"-- /health/ /health/../api/email /x?/api/email \
    /2015-03-31/functions/api/invocations /latest/meta-data/ /.env /.git/config";

#[tokio::test]
async fn any_other_path_is_not_found() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let (body, long) = (request(&email("a")).to_string(), format!("/{}", "x".repeat(9_000)));
    for path in OTHER_PATHS.split_whitespace().chain([long.as_str()]) {
        let answer = system.invoke_api(&alb_event("POST", path, &[], &body)).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, "application/problem+json"),
            "{path}"
        );
        assert!(!format!("{answer:?}").contains("evil"), "nothing of it comes back: {answer:?}");
    }
    assert_eq!(system.queued(system.queue_url()).await, 0);
}

async fn a_query_string_changes_nothing(system: &System) {
    for query in ["", "token=x&token=y", "%00", "/../..", "a=%zz&=&&", "\u{202e}", "a=%00&a&=&%"] {
        let (path, body) = (format!("/api/email?{query}"), request(&email("a")).to_string());
        assert_eq!(system.send(Method::POST, &path, &[], body).await.status, 200, "{query}");
    }
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
