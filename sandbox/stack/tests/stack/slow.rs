//! Clients that are slow, stop, leave, or never read.

use crate::wire::{Wire, exchange, get, post, statuses};
use crate::{PATIENCE, start, start_changed};
use futures::future::join_all;
use nix::sys::resource::{Resource::RLIMIT_NOFILE, getrlimit, setrlimit};
use sandbox::Stack;
use sandbox::events::Events;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The number of silent connections.
const SILENT: usize = 500;
/// Open files for that many connections, both ends included, beside other tests.
const FILES: u64 = 4_096;

const CLOSE: &str = "connection: close\r\n";

/// The address of the template's own listener, whose idle timeout is 60 s.
fn address(stack: &Stack) -> SocketAddr {
    stack.url().strip_prefix("http://").unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_request_that_comes_byte_by_byte_is_served() {
    let stack = start().await;
    let mut stream = TcpStream::connect(address(&stack)).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let chunks = post("transfer-encoding: chunked\r\n", "1\r\na\r\n1\r\nb\r\n1\r\nc\r\n0\r\n\r\n");
    for request in [post("content-length: 3\r\n", "abc"), chunks, get("/", CLOSE)] {
        for byte in request.bytes() {
            stream.write_u8(byte).await.unwrap();
            tokio::task::yield_now().await;
        }
    }
    let mut read = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut read)).await.expect("it is closed").unwrap();
    assert_eq!((read.matches("HTTP/1.1 200 OK").count(), read.matches("YWJj").count()), (3, 2), "{read}");
}

#[tokio::test]
async fn who_stops_anywhere_is_hung_up_on_and_keeps_nobody_waiting() {
    let mut wire = Wire::start().await;
    let whole = post("content-length: 5\r\n", "hello");
    let half = |part: &str| whole.split_once(part).unwrap().0.to_owned() + part;
    let rows: [(String, &[u16]); 9] = [
        (String::new(), &[]),
        (half("PO"), &[]),
        (half("content-le"), &[]),
        (half("content-length: 5\r\n"), &[]),
        (half("\r\n\r\n"), &[408]),
        (half("hel"), &[408]),
        (half("hell"), &[408]),
        (post("transfer-encoding: chunked\r\n", "ff\r\n{"), &[408]),
        (post("transfer-encoding: chunked\r\n", "2\r\n{}\r\n"), &[408]),
    ];
    let address = wire.address;
    let others = async {
        for _ in 0..5 {
            assert_eq!(statuses(&exchange(address, get("/", CLOSE).as_bytes()).await), [200]);
        }
    };
    tokio::join!(wire.assert_statuses(&rows), others);
}

#[tokio::test]
async fn a_client_that_leaves_half_way_harms_nobody() {
    let mut wire = Wire::start().await;
    for _ in 0..50 {
        let mut stream = TcpStream::connect(wire.address).await.unwrap();
        stream.write_all(post("content-length: 1000\r\n", "some").as_bytes()).await.unwrap();
    }
    wire.assert_statuses(&[(get("/", CLOSE), &[200])]).await;
    assert_eq!(wire.started, 1, "half a request reached the function");
}

#[tokio::test]
async fn who_never_reads_is_hung_up_on_and_keeps_nobody_waiting() {
    let mut wire = Wire::start().await;
    let (unread, mut stream) = TcpStream::connect(wire.address).await.unwrap().into_split();
    // The load balancer refuses them by itself, until its responses fill every buffer.
    let requests = get("/", "").replacen("GET", "TRACE", 1).repeat(1_000);
    let writes = timeout(PATIENCE, async { while stream.write_all(requests.as_bytes()).await.is_ok() {} });
    let others = [(get("/", CLOSE), &[200][..])];
    let (ended, _) = tokio::join!(writes, wire.assert_statuses(&others));
    ended.expect("it is hung up on");
    drop(unread);
}

#[tokio::test]
async fn hundreds_who_say_nothing_keep_nobody_out() {
    allow_open_files();
    let stack = start().await;
    let address = address(&stack);
    let beginnings =
        [String::new(), "POST / HTTP/1.1\r\nhost".to_owned(), post("content-length: 9\r\n", "{")];
    let silent = (0..SILENT).map(async |n| {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(beginnings[n % beginnings.len()].as_bytes()).await.unwrap();
        stream
    });
    let silent = join_all(silent).await;
    for _ in 0..20 {
        let request = post("connection: close\r\ncontent-length: 5\r\n", "hello");
        assert_eq!(statuses(&exchange(address, request.as_bytes()).await), [200]);
    }
    // All of them are still connected.
    for stream in &silent {
        let read = stream.try_read(&mut [0; 1]);
        assert!(read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
    }
}

/// Some systems let a process open no more than 256 files.
fn allow_open_files() {
    let (soft, hard) = getrlimit(RLIMIT_NOFILE).unwrap();
    if soft < FILES {
        setrlimit(RLIMIT_NOFILE, hard.min(FILES), hard).unwrap();
    }
}

#[tokio::test]
async fn a_client_that_says_close_is_hung_up_on_after_its_answer() {
    let stack = start().await;
    let replies = exchange(address(&stack), get("/", CLOSE).as_bytes()).await;
    assert_eq!(statuses(&replies), [200], "long before the idle timeout of 60 s");
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_its_body_is_told_to_continue() {
    let stack = start().await;
    let mut stream = TcpStream::connect(address(&stack)).await.unwrap();
    let head = post("connection: close\r\nexpect: 100-continue\r\ncontent-length: 3\r\n", "");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut told = [0; 25];
    timeout(PATIENCE, stream.read_exact(&mut told)).await.expect("it is told").unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.unwrap();
    let mut read = String::new();
    stream.read_to_string(&mut read).await.unwrap();
    assert!(read.starts_with("HTTP/1.1 200") && read.contains("YWJj"), "{read}");
    assert!(!read.contains("100-continue"), "the header is the load balancer's: {read}");
}

#[tokio::test]
async fn a_silent_client_is_hung_up_on_when_the_templates_idle_timeout_ends() {
    let stack = with_attribute("idle_timeout.timeout_seconds", "1").await;
    let replies = exchange(address(&stack), get("/", "").as_bytes()).await;
    assert_eq!(statuses(&replies), [200], "long before the default of 60 s");
}

#[tokio::test]
async fn a_header_with_an_underscore_is_dropped_if_the_template_says_so() {
    for (dropped, arrives) in [("true", false), ("false", true)] {
        let stack = with_attribute("routing.http.drop_invalid_header_fields.enabled", dropped).await;
        let headers = format!("x_odd: 1\r\nx-even: 2\r\n{CLOSE}");
        let event = &exchange(address(&stack), get("/", &headers).as_bytes()).await[0].body;
        assert!(event.contains(r#""x-even":"2""#), "{event}");
        assert_eq!(event.contains("x_odd"), arrives, "{event}");
    }
}

/// A stack whose load balancer has this attribute.
async fn with_attribute(key: &str, value: &str) -> Stack {
    let attribute = format!("{{Key: {key}, Value: {value}}}");
    let default = "{Key: idle_timeout.timeout_seconds, Value: 60}";
    start_changed(1.0, default, &attribute, &Events::default()).await
}
