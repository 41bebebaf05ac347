//! `/grafana*`: by the rule of `template.yaml` on to Grafana's port, and never to `api`.

use crate::harness::{Ours, Setup};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// The template's system with Grafana on this port: on 3000 there may be one on the machine that runs the test.
async fn start(port: u16) -> Ours {
    Ours::start_with(Setup::usual().change("Port: 3000", &format!("Port: {port}"))).await
}

#[tokio::test]
async fn without_a_grafana_its_paths_are_a_503_and_all_others_are_apis() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let system = start(free).await;
    for path in ["/grafana", "/grafana/d/1?x=1", "/grafana/api/health"] {
        let answer = system.send(Method::GET, path, &[], "").await;
        assert_eq!((answer.status, answer.header("server")), (503, "awselb/2.0"), "{path}");
        assert!(answer.text.contains("<h1>503 Service Temporarily Unavailable</h1>"), "{}", answer.text);
    }
    for path in ["/Grafana", "/d/grafana"] {
        let answer = system.send(Method::GET, path, &[], "").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, "application/problem+json"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_grafana_gets_the_request_as_it_came_and_its_answer_goes_back_as_it_is() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let system = start(listener.local_addr().unwrap().port()).await;
    let grafana = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"a=%26") {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "the request ended early");
        }
        let answer = "HTTP/1.1 302 Found\r\nlocation: /grafana/login\r\nset-cookie: a=1\r\nset-cookie: b=2\r\ncontent-length: 2\r\n\r\nhi";
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    });
    let headers = [("x-own", "1"), ("cookie", "c=3")];
    let answer = system.send(Method::PUT, "/grafana/d/a%2Fb?from=now%2D6h&x", &headers, "a=%26").await;

    assert_eq!((answer.status, answer.text.as_str()), (302, "hi"));
    assert_eq!(answer.header("location"), "/grafana/login");
    assert_eq!(answer.headers.get_all("set-cookie").iter().collect::<Vec<_>>(), ["a=1", "b=2"]);
    let request = grafana.await.unwrap();
    assert!(request.starts_with("PUT /grafana/d/a%2Fb?from=now%2D6h&x HTTP/1.1\r\n"), "{request}");
    for line in ["x-own: 1", "cookie: c=3", "x-forwarded-for: 127.0.0.1", "x-amzn-trace-id: Root=1-"] {
        assert!(request.contains(&format!("\r\n{line}")), "{line} in {request}");
    }
}

#[tokio::test]
async fn whoever_is_not_in_the_allowed_range_does_not_reach_grafana() {
    let system = Ours::start_with(Setup::usual().parameter("GrafanaAllowedCidr", "10.0.0.0/8")).await;
    let answer = system.send(Method::GET, "/grafana", &[], "").await;
    assert_eq!((answer.status, answer.header("content-type")), (404, "application/problem+json"));
}
