//! Where one request ends and the next begins. What could be cut in two ways is refused, or is the last on its
//! connection, so that nothing that was hidden in it is ever answered.

use super::good;
use super::http::hold;

/// What an attacker would hide: it is a 404 if anybody takes it for a request.
const HIDDEN: &str = "GET /hidden HTTP/1.1\r\nhost: a\r\n\r\n";

/// A POST with these headers, then whatever is taken for its body.
fn framed(headers: &str, rest: &str) -> String {
    format!("POST /api/email HTTP/1.1\r\nhost: a\r\n{headers}\r\n{rest}")
}

/// A good request in chunks of these sizes and extensions.
fn chunked(extension: &str, trailers: &str) -> String {
    let good = good();
    let (one, two) = good.split_at(20);
    let chunk = |part: &str| format!("{:x}{extension}\r\n{part}\r\n", part.len());
    framed("transfer-encoding: chunked\r\n", &format!("{}{}0\r\n{trailers}\r\n", chunk(one), chunk(two)))
}

fn bad_chunk(chunks: &str) -> String {
    framed("transfer-encoding: chunked\r\n", chunks)
}

fn length(value: &str) -> String {
    framed(&format!("content-length: {value}\r\n"), &format!("12345{HIDDEN}"))
}

fn encoding(headers: &str) -> String {
    framed(headers, &format!("0\r\n\r\n{HIDDEN}"))
}

/// Of each the answers on its connection, up to its end.
fn rows() -> Vec<(&'static str, String, &'static [u16])> {
    let whole = good();
    let mine = whole.len();
    let mut rows: Vec<(&str, String, &[u16])> = vec![
        ("two requests in one write", format!("{HIDDEN}{HIDDEN}"), &[404, 404]),
        (
            "a body and a request",
            framed(&format!("content-length: {mine}\r\n"), &format!("{whole}{HIDDEN}")),
            &[200, 404],
        ),
        ("line breaks before a request", format!("\r\n\r\n{HIDDEN}"), &[404]),
        ("lines that end in LF alone", HIDDEN.replace("\r\n", "\n"), &[404]),
        ("a length, and chunks", encoding("content-length: 4\r\ntransfer-encoding: chunked\r\n"), &[400]),
        ("chunks, and a length", encoding("transfer-encoding: chunked\r\ncontent-length: 4\r\n"), &[400]),
        (
            "two lengths",
            framed("content-length: 5\r\ncontent-length: 6\r\n", &format!("12345{HIDDEN}")),
            &[400],
        ),
        (
            "a length with an underscore, beside a right one",
            framed("content_length: 100\r\ncontent-length: 2\r\n", &format!("{{}}{HIDDEN}")),
            &[403],
        ),
        (
            "chunks with an underscore",
            framed("transfer_encoding: chunked\r\ncontent-length: 2\r\n", &format!("{{}}{HIDDEN}")),
            &[403],
        ),
        (
            "a GET with a length",
            format!("GET /health HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n12345{HIDDEN}"),
            &[200],
        ),
        (
            "a GET in chunks",
            format!("GET /health HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}"),
            &[200],
        ),
        (
            "a GET with an empty body",
            format!("GET /health HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n{HIDDEN}"),
            &[200, 404],
        ),
        ("chunks twice", encoding("transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n"), &[400]),
        ("chunks twice in one line", encoding("transfer-encoding: chunked, chunked\r\n"), &[400]),
        ("chunks that are compressed", encoding("transfer-encoding: gzip, chunked\r\n"), &[501]),
        ("chunks that are not last", encoding("transfer-encoding: chunked, identity\r\n"), &[400]),
        ("chunks in capitals", encoding("Transfer-Encoding: CHUNKED\r\n"), &[400, 404]),
        (
            "chunks in HTTP/1.0",
            encoding("transfer-encoding: chunked\r\n").replace("HTTP/1.1", "HTTP/1.0"),
            &[400],
        ),
        ("chunks with an extension", chunked(";a=\"b\"", ""), &[200]),
        ("chunks with a trailer", chunked("", "x: y\r\n"), &[200]),
        (
            "a trailer that would be a length",
            format!("{}{HIDDEN}", chunked("", "content-length: 5\r\n")),
            &[200, 404],
        ),
        ("a chunk's size of many zeros", bad_chunk("000000002\r\n{}\r\n0\r\n\r\n"), &[403]),
        ("an early end", bad_chunk(&format!("2\r\n{{}}\r\n0\r\n\r\n{HIDDEN}")), &[403, 404]),
    ];
    for value in [
        "-1",
        "+5",
        "0x5",
        "5 5",
        "5,5",
        "5, 6",
        "5.0",
        "1e1",
        "five",
        "\u{665}",
        "18446744073709551616",
        "5\u{b}",
        "\"5\"",
    ] {
        rows.push(("a length that is none", length(value), &[400]));
    }
    for headers in [
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: chunkedx\r\n",
        "transfer-encoding: identity\r\n",
        "transfer-encoding: \"chunked\"\r\n",
        "transfer-encoding : chunked\r\n",
        "transfer-encoding\t: chunked\r\n",
        " transfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\u{b}\r\n",
        "transfer-encoding:\u{0}chunked\r\n",
        "x: 1\r\n transfer-encoding: chunked\r\n",
        "x: 1\r\n\tfolded\r\n",
        "x: a\rb\r\n",
        "x: a\u{0}b\r\n",
        ": x\r\n",
        "x\r\n",
        "x y: z\r\n",
        "\u{1}x: z\r\n",
        "tran\u{17f}fer-encoding: chunked\r\n",
        "(x): y\r\n",
    ] {
        rows.push(("a header that is none", encoding(headers), &[400]));
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
        rows.push(("a chunk that is none", bad_chunk(&format!("{chunks}{HIDDEN}")), &[400]));
    }
    rows
}

#[tokio::test]
async fn nothing_that_is_hidden_in_a_request_is_ever_answered() {
    let owned = rows().into_iter().map(|(what, request, expected)| (what.to_owned(), request, expected));
    hold(owned.collect()).await;
}
