//! Bytes to the load balancer and back, as they are.

use crate::harness::{Ours, Setup};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long anything here may take before the test gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A system whose load balancer hangs up on who is silent for two seconds: that ends what is read here.
pub(crate) fn impatient() -> Setup {
    let attribute = "- {Key: routing.http.desync_mitigation_mode,";
    let shorter = format!("- {{Key: idle_timeout.timeout_seconds, Value: \"2\"}}\n        {attribute}");
    Setup::usual().unpolled().change(attribute, &shorter)
}

/// A connection to the load balancer.
pub(crate) async fn connect(system: &Ours) -> TcpStream {
    TcpStream::connect(system.stack.url().strip_prefix("http://").unwrap()).await.unwrap()
}

/// Writes `bytes`, and reads until the load balancer hangs up. It may do so before it has read everything.
pub(crate) async fn exchange(system: &Ours, bytes: &[u8]) -> Vec<Reply> {
    let mut stream = connect(system).await;
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, async {
        let mut some = [0; 16_384];
        // A connection that is reset has no more to say either.
        while let Ok(count @ 1..) = stream.read(&mut some).await {
            answer.extend_from_slice(&some[..count]);
        }
    });
    read.await.unwrap_or_else(|_| panic!("still open after {:.200}", String::from_utf8_lossy(bytes)));
    replies(&answer)
}

/// One answer of several on a connection.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Cuts what came on one connection into answers. Each has a length, or no body.
fn replies(mut bytes: &[u8]) -> Vec<Reply> {
    let mut replies = Vec::new();
    while let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no status: {head}"));
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let body = &bytes[end + 4..];
        let (body, rest) = body.split_at(length.unwrap_or(0).min(body.len()));
        replies.push(Reply { status, head, body: String::from_utf8_lossy(body).into_owned() });
        bytes = rest;
    }
    replies
}

/// The statuses of answers.
pub(crate) fn statuses(replies: &[Reply]) -> Vec<u16> {
    replies.iter().map(|reply| reply.status).collect()
}

/// A POST with more headers, each with its line break, in front of its body.
pub(crate) fn post(path: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n{headers}\r\n{body}")
}

#[test]
fn several_answers_are_told_apart() {
    let two = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 404 No\r\n\r\n";
    let replies = replies(two);
    assert_eq!(statuses(&replies), [100, 200, 404]);
    assert_eq!(replies[1].body, "abc");
}
