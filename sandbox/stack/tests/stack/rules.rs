//! Rules that need no function: fixed responses, redirects, and ports of this machine (instance target groups).

use crate::PATIENCE;
use reqwest::{Client, Method, Response, redirect::Policy};
use sandbox::alb::{LoadBalancer, LoadBalancerConfig};
use sandbox::events::Events;
use sandbox::template::{ActionSpec, ListenerSpec, LoadBalancerSpec, RuleSpec, TargetSpec};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A load balancer with these rules, and its URL.
async fn start(rules: &[RuleSpec], idle_timeout: Duration) -> (LoadBalancer, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let load_balancer = LoadBalancerSpec { idle_timeout, ..LoadBalancerSpec::default() };
    let spec = ListenerSpec { port: 80, load_balancer, rules: rules.to_vec() };
    let (functions, events) = (BTreeMap::new(), Events::default());
    (LoadBalancer::start(LoadBalancerConfig { listener, spec, functions, events }).unwrap(), url)
}

fn rule(path: &str, method: &str, action: ActionSpec) -> RuleSpec {
    let listed = |value: &str| if value.is_empty() { Vec::new() } else { vec![value.to_owned()] };
    let (path_patterns, methods) = (listed(path), listed(method));
    RuleSpec { priority: None, path_patterns, source_ips: Vec::new(), methods, action }
}

fn fixed(status: u16, body: &str) -> ActionSpec {
    ActionSpec::FixedResponse { status, content_type: Some("text/plain".to_owned()), body: body.to_owned() }
}

fn to_https() -> ActionSpec {
    ActionSpec::Redirect {
        status: 301,
        protocol: "HTTPS".to_owned(),
        host: "#{host}".to_owned(),
        port: "443".to_owned(),
        path: "/#{path}".to_owned(),
        query: "#{query}".to_owned(),
    }
}

/// The response of a load balancer with these rules.
async fn ask(rules: &[RuleSpec], method: Method, path: &str) -> Response {
    let (_balancer, url) = start(rules, PATIENCE).await;
    let client = Client::builder().redirect(Policy::none()).build().unwrap();
    client.request(method, format!("{url}{path}")).send().await.unwrap()
}

#[tokio::test]
async fn the_first_rule_whose_conditions_all_hold_answers() {
    let rules = [
        rule("/a*", "GET", fixed(200, "reads of a")),
        rule("/a*", "", fixed(202, "the rest of a")),
        rule("", "", fixed(404, "nothing else")),
    ];
    for (method, path, status, body) in [
        (Method::GET, "/ab", 200, "reads of a"),
        (Method::POST, "/ab", 202, "the rest of a"),
        (Method::GET, "/A", 404, "nothing else"),
    ] {
        let response = ask(&rules, method, path).await;
        assert_eq!(response.headers()["content-type"], "text/plain");
        assert_eq!((response.status().as_u16(), response.text().await.unwrap()), (status, body.to_owned()));
    }
}

#[tokio::test]
async fn a_redirect_names_the_place_and_has_no_body() {
    let response = ask(&[rule("", "", to_https())], Method::GET, "/a%20b?c=%26").await;
    assert_eq!(response.status(), 301);
    assert_eq!(response.headers()["location"], "https://localhost:443/a%20b?c=%26");
    assert_eq!(response.headers()["server"], "awselb/2.0");
    assert_eq!(response.text().await.unwrap(), "");
}

/// A load balancer that passes `/reports*` from these clients on to `port`, and answers other requests with 404; the
/// URL of a request for the port.
async fn start_forwarding(range: &str, port: u16, idle_timeout: Duration) -> (LoadBalancer, String) {
    let forward = RuleSpec {
        source_ips: vec![range.to_owned()],
        ..rule("/reports*", "", ActionSpec::Forward(TargetSpec::Port(port)))
    };
    let (balancer, url) = start(&[forward, rule("", "", fixed(404, ""))], idle_timeout).await;
    (balancer, format!("{url}/reports/d/1?x=1"))
}

const LOOPBACK: &str = "127.0.0.0/8";

/// A server that reads one request and answers with these bytes. Its task returns the request.
async fn server(answer: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let read = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !whole(&request) {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "the request ended early");
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    });
    (port, read)
}

/// True once a request has its head and, with a `content-length`, its body.
fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.is_none_or(|length| body.len() == length.parse::<usize>().unwrap())
}

#[tokio::test]
async fn where_nothing_listens_there_is_no_healthy_target() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let (_balancer, url) = start_forwarding(LOOPBACK, free, PATIENCE).await;
    let response = reqwest::get(url).await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.text().await.unwrap().contains("503 Service Temporarily Unavailable"));
}

#[tokio::test]
async fn what_listens_gets_the_request_as_it_is_and_its_answer_goes_back() {
    let (port, read) = server("HTTP/1.1 418 Short\r\nx-own: yes\r\ncontent-length: 3\r\n\r\ntea").await;
    let (_balancer, url) = start_forwarding(LOOPBACK, port, PATIENCE).await;
    let response = reqwest::get(url).await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["x-own"].to_str().unwrap()), (418, "yes"));
    assert_eq!(response.text().await.unwrap(), "tea");
    let request = read.await.unwrap();
    assert!(request.starts_with("GET /reports/d/1?x=1 HTTP/1.1\r\n"), "{request}");
    assert!(
        request.contains("x-forwarded-for: 127.0.0.1\r\n") && request.contains("x-amzn-trace-id: "),
        "{request}"
    );
}

#[tokio::test]
async fn a_body_and_repeated_headers_reach_their_destination_unchanged() {
    let answer = "HTTP/1.1 302 Found\r\nlocation: /reports/login\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n\
                  content-length: 2\r\n\r\nhi";
    let (port, read) = server(answer).await;
    let (_balancer, url) = start_forwarding(LOOPBACK, port, PATIENCE).await;
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = url.replace("/d/1?x=1", "/d/a%2Fb?from=now%2D6h&x");
    let response =
        client.put(url).header("x-own", "1").header("cookie", "c=3").body("a=%26").send().await.unwrap();

    assert_eq!(
        (response.status().as_u16(), &response.headers()["location"]),
        (302, &"/reports/login".parse().unwrap())
    );
    assert_eq!(response.headers().get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
    let request = read.await.unwrap();
    assert!(request.starts_with("PUT /reports/d/a%2Fb?from=now%2D6h&x HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("x-own: 1\r\n") && request.contains("cookie: c=3\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\na=%26"), "{request}");
}

#[tokio::test]
async fn a_client_outside_the_allowed_range_does_not_reach_the_port() {
    let (port, read) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let (_balancer, url) = start_forwarding("10.0.0.0/8", port, PATIENCE).await;
    assert_eq!(reqwest::get(url).await.unwrap().status(), 404);
    assert!(!read.is_finished(), "it got the request");
    read.abort();
}

#[tokio::test]
async fn what_listens_but_speaks_no_http_is_a_502() {
    let (port, _read) = server("220 smtp.example ready\r\n").await;
    let (_balancer, url) = start_forwarding(LOOPBACK, port, PATIENCE).await;
    assert_eq!(reqwest::get(url).await.unwrap().status(), 502);
}

#[tokio::test]
async fn what_listens_and_says_nothing_is_a_504() {
    // The system accepts the connection, but no program reads from it.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let (_balancer, url) = start_forwarding(LOOPBACK, port, Duration::from_millis(100)).await;
    let response = reqwest::Client::new().get(url).timeout(PATIENCE).send().await.unwrap();
    assert_eq!(response.status(), 504);
    assert!(response.text().await.unwrap().contains("<h1>504 Gateway Timeout</h1>"));
}
