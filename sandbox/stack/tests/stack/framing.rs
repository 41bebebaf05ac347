//! The boundaries between requests. An ambiguous request is refused or the last one on its connection, so that
//! nothing hidden in it is ever served.

use crate::wire::{Wire, get, post};

/// A request that an attacker hides behind another one.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n";

/// A body in two chunks with this chunk extension, and these trailers.
fn chunked(extension: &str, trailers: &str) -> String {
    let chunks = format!("2{extension}\r\nhe\r\n3{extension}\r\nllo\r\n0\r\n{trailers}\r\n");
    post("transfer-encoding: chunked\r\n", &chunks)
}

fn hidden_behind(headers: &str) -> String {
    post(headers, &format!("0\r\n\r\n{HIDDEN}"))
}

fn rows() -> Vec<(String, &'static [u16])> {
    let with_length = |headers: &str| post(headers, &format!("{{}}{HIDDEN}"));
    let mut rows: Vec<(String, &[u16])> = vec![
        // Two requests, whichever way they are written.
        (format!("{HIDDEN}{HIDDEN}"), &[200, 200]),
        (with_length("content-length: 2\r\n"), &[200, 200]),
        (format!("\r\n\r\n{HIDDEN}"), &[200]),
        (HIDDEN.replace("\r\n", "\n"), &[200]),
        (with_length("content_length: 100\r\ncontent-length: 2\r\n"), &[200, 200]),
        (with_length("transfer_encoding: chunked\r\ncontent-length: 2\r\n"), &[200, 200]),
        (format!("{}12345{HIDDEN}", get("/", "content-length: 5\r\n")), &[200, 200]),
        (hidden_behind("Transfer-Encoding: CHUNKED\r\n"), &[200, 200]),
        (chunked(";a=\"b\"", ""), &[200]),
        (chunked("", "x: y\r\n"), &[200]),
        (format!("{}{HIDDEN}", chunked("", "content-length: 5\r\n")), &[200, 200]),
        (post("transfer-encoding: chunked\r\n", "000000002\r\n{}\r\n0\r\n\r\n"), &[200]),
        // A length beside chunks ends the connection.
        (hidden_behind("content-length: 4\r\ntransfer-encoding: chunked\r\n"), &[200]),
        (hidden_behind("transfer-encoding: chunked\r\ncontent-length: 4\r\n"), &[200]),
        // Nobody can tell where these end.
        (with_length("content-length: 5\r\ncontent-length: 6\r\n"), &[400]),
        (hidden_behind("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"), &[400]),
        (hidden_behind("transfer-encoding: chunked, chunked\r\n"), &[400]),
        (hidden_behind("transfer-encoding: gzip, chunked\r\n"), &[501]),
        (hidden_behind("transfer-encoding: chunked, identity\r\n"), &[400]),
        (hidden_behind("transfer-encoding: chunked\r\n").replace("HTTP/1.1", "HTTP/1.0"), &[400]),
    ];
    for length in
        ["-1", "+5", "0x5", "5 5", "5,5", "5, 6", "5.0", "1e1", "five", "\u{665}", "5\u{b}", "\"5\""]
    {
        rows.push((with_length(&format!("content-length: {length}\r\n")), &[400]));
    }
    rows.push((with_length("content-length: 18446744073709551616\r\n"), &[400]));
    for header in [
        "transfer-encoding: xchunked",
        "transfer-encoding: chunkedx",
        "transfer-encoding: identity",
        "transfer-encoding: \"chunked\"",
        "transfer-encoding : chunked",
        "transfer-encoding\t: chunked",
        " transfer-encoding: chunked",
        "transfer-encoding: chunked\u{b}",
        "transfer-encoding:\u{0}chunked",
        "x: 1\r\n transfer-encoding: chunked",
        "x: 1\r\n\tfolded",
        "x: a\rb",
        "x: a\u{0}b",
        ": x",
        "x",
        "x y: z",
        "\u{1}x: z",
        "tran\u{17f}fer-encoding: chunked",
        "(x): y",
    ] {
        rows.push((hidden_behind(&format!("{header}\r\n")), &[400]));
    }
    for chunks in [
        "zz\r\n{}\r\n0\r\n\r\n",
        "-2\r\n{}\r\n0\r\n\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2\r\n{}\r\n0\r\n",
        "11111111111111111\r\n{}\r\n0\r\n\r\n",
        "2{}\r\n0\r\n\r\n",
    ] {
        rows.push((post("transfer-encoding: chunked\r\n", &format!("{chunks}{HIDDEN}")), &[400]));
    }
    rows
}

#[tokio::test]
async fn nothing_that_is_hidden_in_a_request_is_ever_answered() {
    let mut wire = Wire::start().await;
    let rows = rows();
    let replies = wire.assert_statuses(&rows).await;
    // The first response is never that of the hidden request, unless nothing is in front of it.
    for ((request, _), replies) in
        rows.iter().zip(&replies).filter(|((request, _), _)| !request.trim().starts_with("GET /hidden"))
    {
        assert!(!replies[0].body.contains("/hidden"), "{request}: {replies:?}");
    }
}

#[tokio::test]
async fn one_connection_carries_many_requests() {
    let mut wire = Wire::start().await;
    let chunks = post("transfer-encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n");
    let requests = format!("{}{chunks}{}", get("/first", ""), get("/last", "connection: close\r\n"));
    let replies = wire.assert_statuses(&[(requests, &[200, 200, 200])]).await;
    let [first, second, last] = &replies[0][..] else { panic!("{replies:?}") };
    assert!(first.body.contains("/first") && last.body.contains("/last"), "{replies:?}");
    assert!(second.body.contains("YWJj"), "the chunks arrive as one body: {second:?}");
}
