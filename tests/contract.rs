//! Paths and methods: which request gets which answer.

use crate::harness::{Ours, Setup, System, email, events, on_all, request, through_both};
use reqwest::Method;
use sandbox::events::Event;
use sandbox::services::faults::{Fault, Times};
use std::time::Duration;

on_all!(
    both_doors_take_an_email,
    an_accepted_email_is_answered_with_its_message_id_and_a_receipt: unpolled(),
    a_query_string_changes_nothing,
    the_body_is_json_whatever_its_content_type_says,
);

through_both!(
    a_200_never_comes_before_sqs_has_the_message,
    health_needs_no_aws_call,
    another_method_is_told_which_are_allowed_there,
    another_path_is_answered_by_api: unpolled(),
    a_body_that_only_one_endpoint_takes_has_that_endpoints_answer: unpolled(),
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

async fn a_200_never_comes_before_sqs_has_the_message(system: &Ours) {
    let mut events = system.events();
    system.fault("SendMessage", Fault::Delay(Duration::from_millis(500)), Times::Once);
    let answer = system.post(&email("John doe")).await;
    assert_eq!(answer.status, 200);
    let sent =
        std::iter::from_fn(|| events.try_recv().ok()).any(|event| matches!(event, Event::MessageSent { .. }));
    assert!(sent, "answered before the message was in the queue");
}

async fn health_needs_no_aws_call(system: &Ours) {
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
            for event in events(method, path, headers, "") {
                let answer = system.invoke_api(&event).await;
                assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
                assert_eq!(answer.header("content-type"), "application/problem+json");
            }
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
        for event in events("POST", path, &[], &body) {
            let answer = system.invoke_api(&event).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (404, "application/problem+json"),
                "{path}"
            );
            assert!(!format!("{answer:?}").contains("evil"), "nothing of it comes back: {answer:?}");
        }
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

async fn another_method_is_told_which_are_allowed_there(system: &Ours) {
    for (method, path, allow) in [
        (Method::GET, "/", "POST"),
        (Method::PUT, "/api/email", "POST"),
        (Method::OPTIONS, "/health", "GET, HEAD"),
    ] {
        let answer = system.send(method.clone(), path, &[], "").await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
}

async fn another_path_is_answered_by_api(system: &Ours) {
    let body = request(&email("a")).to_string();
    for path in ["/api", "/api/email/", "/API/email", "/api%252Femail", "/.env", "/api/email;x=1"] {
        let answer = system.send(Method::POST, path, &[], body.clone()).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, "application/problem+json"),
            "{path}"
        );
    }
    assert_eq!(system.queued(system.queue_url()).await, 0);
}

/// The contract lists this difference: an HTTP API decodes the path, and drops what follows a decoded `?`.
#[tokio::test]
async fn only_an_http_api_decodes_the_path() {
    for (setup, status) in [(Setup::usual(), 404), (Setup::http_api(), 200)] {
        let system = Ours::start_with(setup.unpolled()).await;
        for path in ["/api%2Femail", "/%61pi/email", "/api/email%3Fx"] {
            let answer = system.send(Method::POST, path, &[], request(&email("a")).to_string()).await;
            assert_eq!(answer.status, status, "{path}: {answer:?}");
        }
    }
}

/// A load balancer takes 1 MiB, an HTTP API an event of 6 MB. Between them `api` answers.
async fn a_body_that_only_one_endpoint_takes_has_that_endpoints_answer(system: &Ours) {
    let is_http_api = !system.stack.template().http_apis.is_empty();
    let json = [("content-type", "application/json")];
    let mut too_long = email("a");
    too_long["email_content"] = "x".repeat(2_000_000).into();
    let rows = [
        (request(&too_long).to_string(), 413, "application/problem+json"),
        (format!("{{{}", " ".repeat(2_000_000)), 400, "application/problem+json"),
        (format!("{}{}", " ".repeat(2_000_000), request(&email("a"))), 200, "application/json"),
        (" ".repeat(6 * 1_048_576), 413, "application/json"),
    ];
    for (body, status, content_type) in rows {
        let answer = system.send(Method::POST, "/api/email", &json, body).await;
        let expected = if is_http_api { (status, content_type) } else { (413, "text/html") };
        assert_eq!((answer.status, answer.header("content-type")), expected, "{:.200}", answer.text);
    }
}
