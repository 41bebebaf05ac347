//! Clients that are slow, half gone or hardly speak HTTP.

use crate::{FUNCTION, PATIENCE, post, start, start_changed};
use sandbox::Stack;
use sandbox::alb::{LoadBalancer, LoadBalancerConfig};
use sandbox::events::{Event, Events};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

/// A second listener of the stack, that waits less long for silent clients.
async fn impatient(stack: &Stack) -> (LoadBalancer, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let balancer = LoadBalancer::start(LoadBalancerConfig {
        listener,
        spec: stack.template().listeners[0].clone(),
        functions: BTreeMap::from([(FUNCTION.to_owned(), stack.function(FUNCTION).unwrap().clone())]),
        idle_timeout: Duration::from_millis(300),
        events: Events::default(),
    });
    (balancer.unwrap(), address)
}

/// Writes some bytes, and reads until the load balancer closes the connection.
async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await.expect("it is closed").unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn a_client_that_goes_silent_within_its_body_is_told_408() {
    let stack = start().await;
    let (_balancer, address) = impatient(&stack).await;
    let answer = exchange(address, "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhalf").await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn a_client_that_goes_silent_before_its_request_is_hung_up_on() {
    let stack = start().await;
    let (_balancer, address) = impatient(&stack).await;
    for beginning in ["", "POST / HT", "POST / HTTP/1.1\r\nhost: a\r\nx-slow: "] {
        let answer = exchange(address, beginning).await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert!(
        exchange(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.starts_with("HTTP/1.1 200"),
        "others are served"
    );
}

#[tokio::test]
async fn a_client_that_leaves_half_way_harms_nobody() {
    let stack = start().await;
    let mut events = stack.events();
    let address = stack.url().strip_prefix("http://").unwrap();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\nsome").await.unwrap();
    }
    assert_eq!(post(&stack, "hello").await.0, 200);
    let started = std::iter::from_fn(|| events.try_recv().ok())
        .filter(|event| matches!(event, Event::InstanceStarted { .. }))
        .count();
    assert_eq!(started, 1, "half a request is none");
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let stack = start().await;
    let (_balancer, address) = impatient(&stack).await;
    let one = "GET /first HTTP/1.1\r\nhost: a\r\n\r\n";
    let other = "POST /second HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let answers = exchange(address, &format!("{one}{other}{one}")).await;
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 3, "{answers}");
    assert!(
        answers.contains("/second") && answers.contains("YWJj"),
        "the chunks arrive as one body: {answers}"
    );
}

#[tokio::test]
async fn a_client_that_says_close_is_hung_up_on_after_its_answer() {
    let stack = start().await;
    let address = stack.url().strip_prefix("http://").unwrap().parse().unwrap();
    let answer = exchange(address, "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "long before the idle timeout of 60 s: {answer}");
}

/// A stack whose load balancer has this attribute.
async fn with_attribute(key: &str, value: &str) -> Stack {
    let listener = "  Listener:\n    Type: AWS::ElasticLoadBalancingV2::Listener\n    Properties:\n      LoadBalancerArn: arn:aws:elasticloadbalancing:eu-central-1:000000000000:loadbalancer/app/elsewhere/1\n";
    let front = format!(
        "  Front:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n    Properties:\n      LoadBalancerAttributes: [{{Key: {key}, Value: {value}}}]\n"
    );
    let mine = listener.split_once("arn:").unwrap().0.to_owned() + "!Ref Front\n";
    start_changed(1.0, listener, &(front + &mine), &Events::default()).await
}

#[tokio::test]
async fn a_silent_client_is_hung_up_on_when_the_templates_idle_timeout_ends() {
    let stack = with_attribute("idle_timeout.timeout_seconds", "1").await;
    let address = stack.url().strip_prefix("http://").unwrap().parse().unwrap();
    let answer = exchange(address, "GET / HTTP/1.1\r\nhost: a\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "long before the default of 60 s: {answer}");
}

#[tokio::test]
async fn a_header_with_an_underscore_is_dropped_if_the_template_says_so() {
    for (dropped, arrives) in [("true", false), ("false", true)] {
        let stack = with_attribute("routing.http.drop_invalid_header_fields.enabled", dropped).await;
        let request = reqwest::Client::new().get(stack.url()).header("x_odd", "1").header("x-even", "2");
        let event = request.send().await.unwrap().text().await.unwrap();
        assert!(event.contains(r#""x-even":"2""#), "{event}");
        assert_eq!(event.contains("x_odd"), arrives, "{event}");
    }
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_its_body_is_told_to_continue() {
    let stack = start().await;
    let mut stream = TcpStream::connect(stack.url().strip_prefix("http://").unwrap()).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 25];
    timeout(PATIENCE, stream.read_exact(&mut told)).await.expect("it is told").unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("YWJj"), "{answer}");
    assert!(!answer.contains("100-continue"), "the header is the load balancer's: {answer}");
}

#[tokio::test]
async fn what_the_load_balancer_does_not_take_never_reaches_the_function() {
    let stack = start().await;
    let (_balancer, address) = impatient(&stack).await;
    let mut events = stack.events();
    let request = |line: &str, headers: &str| format!("{line} HTTP/1.1\r\nhost: a\r\n{headers}\r\n");
    let long = format!("GET /{}", "x".repeat(16_384));
    let large = format!("x: {}\r\n", "y".repeat(16_384));
    let many = format!("x: {}\r\n", "y".repeat(16_000)).repeat(5);
    let forwarded = format!("x-forwarded-for: {}\r\n", ["10.0.0.1"; 31].join(", "));
    let websocket = "connection: upgrade\r\nupgrade: websocket\r\n";
    for (request, status) in [
        (request(&long, ""), "414"),
        (request("GET /", &large), "400"),
        (request("GET /", &many), "400"),
        (request("GET /", &forwarded), "463"),
        (request("TRACE /", ""), "405"),
        (request("GET /", websocket), "400"),
    ] {
        let answer = exchange(address, &request).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
        assert!(answer.contains(&format!("<h1>{status}")), "{answer}");
    }
    let started = std::iter::from_fn(|| events.try_recv().ok())
        .any(|event| matches!(event, Event::InstanceStarted { .. }));
    assert!(!started, "the function was asked");
    let answer = exchange(address, &request("GET /", &"x: y\r\n".repeat(500))).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "many small headers are fine: {answer}");
}

#[tokio::test]
async fn what_is_no_http_1_is_a_400_and_what_is_odd_but_right_is_served() {
    let stack = start().await;
    let (_balancer, address) = impatient(&stack).await;
    for (request, status) in [
        ("GET / HTTP/1.1\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "400"),
        ("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n", "400"),
        ("G\u{0}T / HTTP/1.1\r\nhost: a\r\n\r\n", "400"),
        ("GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", "400"),
        ("hello\r\n\r\n", "400"),
        ("GET / HTTP/1.0\r\n\r\n", "200"),
        ("GET http://elsewhere/path HTTP/1.1\r\nhost: a\r\n\r\n", "200"),
        ("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", "200"),
        ("BREW /pot HTTP/1.1\r\nhost: a\r\n\r\n", "200"),
    ] {
        let answer = exchange(address, request).await;
        assert_eq!(answer.split(' ').nth(1), Some(status), "{request:?}: {answer}");
    }
}
