//! Clients that dawdle, leave, never read, or say nothing at all by the hundred.

use super::watch::Watch;
use super::wire::{PATIENCE, connect, exchange, impatient, post, statuses};
use super::{beside, good};
use crate::harness::{Ours, Setup, email};
use futures::future::join_all;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

/// How many connections say nothing.
const SILENT: usize = 500;
/// Files that a test with so many connections needs, both ends of each included, beside the tests at its side.
const FILES: u64 = 4_096;

const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a_request_that_comes_byte_by_byte_is_served() {
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let watch = Watch::new(&system);
    let chunks: String = good().chars().map(|c| format!("1\r\n{c}\r\n")).collect();
    let chunked =
        format!("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
    let mut stream = connect(&system).await;
    stream.set_nodelay(true).unwrap();
    for request in [post("/api/email", "", &good()), chunked] {
        for byte in request.bytes() {
            stream.write_u8(byte).await.unwrap();
            tokio::task::yield_now().await;
        }
    }
    stream.write_all(HEALTH.as_bytes()).await.unwrap();
    let mut answers = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answers)).await.expect("it is closed").unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
    watch.hold(&system, 2).await;
}

#[tokio::test]
async fn who_stops_anywhere_is_hung_up_on_and_keeps_nobody_waiting() {
    let system = Ours::start_with(impatient()).await;
    let watch = Watch::new(&system);
    let whole = post("/api/email", "", &good());
    let half = |part: &str| whole.split_once(part).unwrap().0.to_owned() + part;
    let chunked = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    let rows: [(&str, String, &[u16]); 9] = [
        ("at once", String::new(), &[]),
        ("within the request line", half("POST /api"), &[]),
        ("within a header", half("content-le"), &[]),
        ("before the end of the head", half("content-length: 127\r\n"), &[]),
        ("before the body", half("\r\n\r\n"), &[408]),
        ("within the body", half("email_subject"), &[408]),
        ("before the last byte", whole[..whole.len() - 1].to_owned(), &[408]),
        ("within a chunk", format!("{chunked}ff\r\n{{"), &[408]),
        ("before the last chunk", format!("{chunked}2\r\n{{}}\r\n"), &[408]),
    ];
    let stopped = join_all(rows.iter().map(|(_, request, _)| exchange(&system, request.as_bytes())));
    let served = async {
        for n in 0..5 {
            assert_eq!(system.post(&email(&format!("sender {n}"))).await.status, 200);
        }
    };
    let (stopped, ()) = tokio::join!(stopped, served);
    for ((what, _, expected), replies) in rows.iter().zip(&stopped) {
        assert_eq!(statuses(replies), *expected, "{what}");
    }
    watch.hold(&system, 5).await;
}

#[tokio::test]
async fn who_never_reads_is_hung_up_on_and_keeps_nobody_waiting() {
    let system = Ours::start_with(impatient()).await;
    let watch = Watch::new(&system);
    let stream = connect(&system).await;
    let (unread, mut stream) = stream.into_split();
    // The load balancer refuses each of them by itself, until nothing more of its answers goes through.
    let requests = "TRACE / HTTP/1.1\r\nhost: a\r\n\r\n".repeat(1_000);
    let writes = timeout(PATIENCE, async { while stream.write_all(requests.as_bytes()).await.is_ok() {} });
    let served = async { assert_eq!(system.post(&email("John doe")).await.status, 200) };
    let (ended, ()) = tokio::join!(writes, served);
    ended.expect("it is hung up on");
    drop(unread);
    watch.hold_beside_a_flood(&system, 1).await;
}

#[tokio::test]
async fn hundreds_who_say_nothing_keep_nobody_out() {
    more_files();
    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let watch = Watch::new(&system);
    let beginnings =
        ["", "POST /api/email HTTP/1.1\r\nhost", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{"];
    let mut silent = Vec::new();
    for n in 0..SILENT {
        let mut stream = connect(&system).await;
        stream.write_all(beginnings[n % beginnings.len()].as_bytes()).await.unwrap();
        silent.push(stream);
    }
    for n in 0..20 {
        let answers = exchange(&system, post("/", "connection: close\r\n", &good()).as_bytes()).await;
        assert_eq!(statuses(&answers), [200], "{n}");
    }
    assert_eq!(system.post_body(beside(r#""x":1"#)).await.status, 400);
    // None of them was hung up on, so they were there all the while.
    for stream in &silent {
        let read = stream.try_read(&mut [0; 1]);
        assert!(read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock));
    }
    assert!(watch.seen().started <= 1, "half a request is none");
    watch.hold(&system, 20).await;
}

/// Some systems let a process open no more than 256.
fn more_files() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < FILES) {
        limit.current = Some(limit.maximum.map_or(FILES, |maximum| maximum.min(FILES)));
        setrlimit(Resource::Nofile, limit).unwrap();
    }
}
