//! The load balancer and its Lambda targets.

use crate::lambda::gone;
use crate::{post, start, start_changed};
use sandbox::events::{Event, Events};

#[tokio::test]
async fn a_function_gets_the_request_as_an_event() {
    let stack = start().await;
    let url = format!("{}/a%20b?x=%26", stack.url());
    let response = reqwest::Client::new().put(url).header("x-mine", "1").body("hello").send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "text/plain");
    let event: String = response.text().await.unwrap();
    for part in [
        r#""httpMethod":"PUT""#,
        r#""path":"/a%20b""#,
        r#""queryStringParameters":{"x":"%26"}"#,
        r#""x-mine":"1""#,
        r#""x-forwarded-for":"127.0.0.1""#,
        r#""x-amzn-trace-id":"Root=1-"#,
        r#""isBase64Encoded":true"#,
        r#""targetGroupArn":"arn:aws:elasticloadbalancing:"#,
    ] {
        assert!(event.contains(part), "{part} in {event}");
    }
}

#[tokio::test]
async fn whatever_goes_wrong_in_a_function_is_a_502() {
    let stack = start().await;
    for body in ["do-malformed", "do-large", "do-error", "do-crash"] {
        let (status, page) = post(&stack, body).await;
        assert_eq!(status, 502, "{body}: {page}");
        assert!(page.contains("<h1>502 Bad Gateway</h1>"), "{page}");
    }
    assert_eq!(post(&stack, "hello").await.0, 200, "and the next request is answered");
}

#[tokio::test]
async fn a_function_that_hangs_is_killed_at_its_timeout_and_the_client_gets_a_502() {
    let stack = start().await;
    let mut events = stack.events();
    let started = std::time::Instant::now();
    assert_eq!(post(&stack, "do-hang").await.0, 502);
    assert!(started.elapsed().as_secs_f64() >= 2.0, "{:?}", started.elapsed());
    let (process, why) = crate::next(&mut events, |event| match event {
        Event::InstanceEnded { process, why, .. } => Some((process.to_string(), why)),
        _ => None,
    })
    .await;
    assert!(why.contains("timeout"), "{why}");
    gone(&process).await;
    assert_eq!(post(&stack, "hello").await.0, 200);
}

#[tokio::test]
async fn a_body_of_one_megabyte_reaches_the_function_and_one_byte_more_does_not() {
    let stack = start().await;
    let mut events = stack.events();
    let asking = |length: usize| "do-length".to_owned() + &"x".repeat(length - "do-length".len());
    let (status, page) = post(&stack, &asking(1_048_577)).await;
    assert_eq!(status, 413);
    assert!(page.contains("<h1>413 Request Entity Too Large</h1>"), "{page}");
    let started = std::iter::from_fn(|| events.try_recv().ok())
        .any(|event| matches!(event, Event::InstanceStarted { .. }));
    assert!(!started, "the function was asked");
    let (status, length) = post(&stack, &asking(1_048_576)).await;
    assert!(status == 200 && length.parse::<usize>().unwrap() > 1_048_576, "{status} {length}");
}

#[tokio::test]
async fn with_multi_value_headers_the_function_gets_and_gives_every_value() {
    let to = "TargetType: lambda\n      TargetGroupAttributes:\n        - {Key: lambda.multi_value_headers.enabled, Value: true}";
    let stack = start_changed(1.0, "TargetType: lambda", to, &Events::default()).await;
    let request = reqwest::Client::new().get(format!("{}/?q=1&q=2", stack.url()));
    let response = request.header("x-many", "1").header("x-many", "2").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers().get("x-process"), None, "the function's `headers` are not read");
    let event = response.text().await.unwrap();
    for part in [r#""x-many":["1","2"]"#, r#""multiValueQueryStringParameters":{"q":["1","2"]}"#] {
        assert!(event.contains(part), "{part} in {event}");
    }
}

#[tokio::test]
async fn a_head_request_is_answered_without_a_body() {
    let stack = start().await;
    let response = reqwest::Client::new().head(stack.url()).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_target_group_with_health_checks_asks_its_function_and_one_without_does_not() {
    for (path, expected) in [("/well", true), ("/do-error", false)] {
        let checks =
            format!("TargetType: lambda\n      HealthCheckEnabled: true\n      HealthCheckPath: {path}");
        let events = Events::default();
        let mut happened = events.subscribe();
        let _stack = start_changed(1.0, "TargetType: lambda", &checks, &events).await;
        let healthy = crate::next(&mut happened, |event| match event {
            Event::HealthChecked { healthy, .. } => Some(healthy),
            _ => None,
        });
        assert_eq!(healthy.await, expected, "{path}");
    }
    let stack = start().await;
    let mut happened = stack.events();
    assert_eq!(post(&stack, "hello").await.0, 200);
    while let Ok(event) = happened.try_recv() {
        assert!(!matches!(event, Event::HealthChecked { .. }));
    }
}
