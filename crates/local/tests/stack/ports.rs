//! Rules that forward to a port of this machine: what an instance target group is here.

use local::alb::{LoadBalancer, LoadBalancerConfig};
use local::events::Events;
use local::template::{ActionSpec, ListenerSpec, LoadBalancerSpec, RuleSpec};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Longer than any server here needs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A load balancer whose rule for `/grafana*` leads to `port`.
async fn start(port: u16, idle_timeout: Duration) -> (LoadBalancer, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/grafana/d/1?x=1", listener.local_addr().unwrap());
    let rule = RuleSpec {
        priority: Some(1),
        path_patterns: vec!["/grafana*".to_owned()],
        source_ips: vec!["127.0.0.1/32".to_owned()],
        methods: Vec::new(),
        action: ActionSpec::Port { port },
    };
    let spec = ListenerSpec {
        logical_id: "Listener".to_owned(),
        port: 80,
        load_balancer: LoadBalancerSpec::default(),
        rules: vec![rule],
    };
    let (functions, events) = (BTreeMap::new(), Events::default());
    let config = LoadBalancerConfig { listener, spec, functions, idle_timeout, events };
    (LoadBalancer::start(config).unwrap(), url)
}

/// A server that reads one request and answers with these bytes; it returns what it read.
async fn server(answer: &'static str) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let read = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4_096];
        let length = stream.read(&mut request).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request[..length].to_vec()).unwrap()
    });
    (port, read)
}

#[tokio::test]
async fn where_nothing_listens_there_is_no_healthy_target() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let (_balancer, url) = start(free, PATIENCE).await;
    let response = reqwest::get(url).await.unwrap();
    assert_eq!(response.status(), 503);
    assert!(response.text().await.unwrap().contains("503 Service Temporarily Unavailable"));
}

#[tokio::test]
async fn what_listens_gets_the_request_as_it_is_and_its_answer_goes_back() {
    let (port, read) = server("HTTP/1.1 418 Short\r\nx-own: yes\r\ncontent-length: 3\r\n\r\ntea").await;
    let (_balancer, url) = start(port, PATIENCE).await;
    let response = reqwest::get(url).await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["x-own"].to_str().unwrap()), (418, "yes"));
    assert_eq!(response.text().await.unwrap(), "tea");
    let request = read.await.unwrap();
    assert!(request.starts_with("GET /grafana/d/1?x=1 HTTP/1.1\r\n"), "{request}");
    assert!(
        request.contains("x-forwarded-for: 127.0.0.1\r\n") && request.contains("x-amzn-trace-id: "),
        "{request}"
    );
}

#[tokio::test]
async fn what_listens_but_speaks_no_http_is_a_502() {
    let (port, _read) = server("220 smtp.example ready\r\n").await;
    let (_balancer, url) = start(port, PATIENCE).await;
    assert_eq!(reqwest::get(url).await.unwrap().status(), 502);
}

#[tokio::test]
async fn what_listens_and_says_nothing_is_a_504() {
    // The system takes the connection, and nobody reads from it.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let (_balancer, url) = start(port, Duration::from_millis(100)).await;
    let response = reqwest::Client::new().get(url).timeout(PATIENCE).send().await.unwrap();
    assert_eq!(response.status(), 504);
    assert!(response.text().await.unwrap().contains("<h1>504 Gateway Timeout</h1>"));
}
