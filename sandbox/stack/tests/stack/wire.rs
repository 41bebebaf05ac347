//! Raw bytes to the load balancer and back.

use crate::{FUNCTION, PATIENCE, start};
use futures::future::join_all;
use sandbox::Stack;
use sandbox::alb::{LoadBalancer, LoadBalancerConfig};
use sandbox::events::{Event, Events};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

/// A stack with a second listener, which hangs up on clients that are silent for two seconds.
pub(crate) struct Wire {
    _stack: Stack,
    pub(crate) address: SocketAddr,
    /// The instances that have started.
    pub(crate) started: usize,
    events: Receiver<Event>,
    _balancer: LoadBalancer,
}

impl Wire {
    pub(crate) async fn start() -> Self {
        let stack = start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut spec = stack.template().listeners[0].clone();
        spec.load_balancer.idle_timeout = Duration::from_secs(2);
        let functions = BTreeMap::from([(FUNCTION.to_owned(), stack.function(FUNCTION).unwrap().clone())]);
        let events = Events::default();
        let config = LoadBalancerConfig { listener, spec, functions, events };
        let (events, balancer) = (stack.events(), LoadBalancer::start(config).unwrap());
        Self { _stack: stack, address, started: 0, events, _balancer: balancer }
    }

    /// Sends each row on a connection of its own and compares the statuses up to the connection's end. Only a 200 comes
    /// from the function, and no instance ends.
    pub(crate) async fn assert_statuses(&mut self, rows: &[(String, &[u16])]) -> Vec<Vec<Reply>> {
        let address = self.address;
        let replies = join_all(rows.iter().map(|(request, _)| exchange(address, request.as_bytes()))).await;
        let is_wrong = |expected: &[u16], replies: &[Reply]| {
            statuses(replies) != expected
                || replies.iter().any(|reply| (reply.status == 200) != reply.head.contains("x-process: "))
        };
        let wrong: Vec<_> = rows
            .iter()
            .zip(&replies)
            .filter(|((_, expected), replies)| is_wrong(expected, replies))
            .map(|((request, expected), replies)| {
                format!("{:?}, not {expected:?}: {request:.200}", statuses(replies))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        self.assert_unharmed();
        replies
    }

    /// No instance has ended.
    pub(crate) fn assert_unharmed(&mut self) {
        while let Ok(event) = self.events.try_recv() {
            assert!(!matches!(event, Event::InstanceEnded { .. }), "{event:?}");
            self.started += usize::from(matches!(event, Event::InstanceStarted { .. }));
        }
    }
}

/// Writes `bytes` and reads until the load balancer hangs up, which may be before it has read everything.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<Reply> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut read = Vec::new();
    let closed = timeout(PATIENCE, async {
        let mut some = [0; 16_384];
        // A reset ends a connection too.
        while let Ok(count @ 1..) = stream.read(&mut some).await {
            read.extend_from_slice(&some[..count]);
        }
    });
    closed.await.unwrap_or_else(|_| panic!("still open after {:.200}", String::from_utf8_lossy(bytes)));
    replies(&read)
}

/// One response of several on a connection.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// In lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

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

pub(crate) fn statuses(replies: &[Reply]) -> Vec<u16> {
    replies.iter().map(|reply| reply.status).collect()
}

/// A GET with these header lines beside `host`.
pub(crate) fn get(target: &str, headers: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: a\r\n{headers}\r\n")
}

/// A POST with these header lines beside `host`, and then `rest`.
pub(crate) fn post(headers: &str, rest: &str) -> String {
    format!("POST / HTTP/1.1\r\nhost: a\r\n{headers}\r\n{rest}")
}

#[test]
fn several_responses_are_told_apart() {
    let two = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 404 No\r\n\r\n";
    let replies = replies(two);
    assert_eq!(statuses(&replies), [100, 200, 404]);
    assert_eq!(replies[1].body, "abc");
}
