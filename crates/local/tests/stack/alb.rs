//! What the load balancer makes of what a function answers.

use crate::{FUNCTION, post, start};
use local::events::Event;

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
    let why = crate::next(&mut events, |event| match event {
        Event::InstanceEnded { why, .. } => Some(why),
        _ => None,
    });
    assert!(why.await.contains("timeout"));
    assert_eq!(post(&stack, "hello").await.0, 200);
}

#[tokio::test]
async fn a_body_over_one_megabyte_never_reaches_the_function() {
    let stack = start().await;
    assert_eq!(post(&stack, &"x".repeat(1_048_577)).await.0, 413);
    assert_eq!(post(&stack, &"x".repeat(400_000)).await.0, 200);
    assert_eq!(stack.function(FUNCTION).unwrap().config().name, "local-odd");
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
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/other-project");
    let template = std::fs::read_to_string(directory.join("template.yaml")).unwrap();
    let template = template.replace("CodeUri: .", &format!("CodeUri: {}", directory.display()));
    for (path, expected) in [("/well", true), ("/do-error", false)] {
        let checks =
            format!("TargetType: lambda\n      HealthCheckEnabled: true\n      HealthCheckPath: {path}");
        let changed = std::env::temp_dir().join(format!(
            "health{}-{}.yaml",
            path.replace('/', "-"),
            std::process::id()
        ));
        std::fs::write(&changed, template.replace("TargetType: lambda", &checks)).unwrap();
        let events = local::events::Events::default();
        let mut happened = events.subscribe();
        let stack = local::Stack::from_template(&changed).events(&events).start().await.unwrap();
        let healthy = crate::next(&mut happened, |event| match event {
            Event::HealthChecked { healthy, .. } => Some(healthy),
            _ => None,
        });
        assert_eq!(healthy.await, expected, "{path}");
        drop(stack);
        std::fs::remove_file(changed).unwrap();
    }
    let stack = start().await;
    let mut happened = stack.events();
    assert_eq!(post(&stack, "hello").await.0, 200);
    while let Ok(event) = happened.try_recv() {
        assert!(!matches!(event, Event::HealthChecked { .. }));
    }
}
