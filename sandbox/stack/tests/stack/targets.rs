//! Targets, methods and heads: the function gets them as they were written, or the load balancer refuses them.

use crate::wire::{Wire, get};
use serde_json::Value;

const CLOSE: &str = "connection: close\r\n";

/// Targets, and the paths that the function gets.
const TARGETS: [(&str, &str); 9] = [
    ("/?", "/"),
    ("/a?token=x&token=y", "/a"),
    ("/a?/../..", "/a"),
    ("/?\u{202e}", "/"),
    ("http://elsewhere.example/a", "/a"),
    ("HTTP://user@elsewhere.example:99/a?x", "/a"),
    ("https://elsewhere.example", "/"),
    ("http://a:99999/", "/"),
    ("http://elsewhere.example//a", "//a"),
];
/// Paths that are not normalized or decoded.
const PATHS: &str = "/ // /// /. /.. /./ /../ /a/ //a /a//b /./a /a/. /a/.. /x/../a /../../../../etc/passwd \
    /%2e%2e/a /..%2fa /%2fa /a%2Fb /a%252fb /a%5cb /a\\b /%61 /%2561 /a%00 /a%0d%0aevil:1 /a;x=1 /a, /a~ /A \
    /\u{c4} /\u{430} /\u{ff0f}a /%c0%afa /% /%% /%zz /* /{proxy+} /${jndi:ldap://x} /%3Cscript%3E /'\"-- /.env";

#[tokio::test]
async fn a_target_reaches_the_function_as_it_was_written_or_not_at_all() {
    let mut wire = Wire::start().await;
    let expected: Vec<_> =
        TARGETS.into_iter().chain(PATHS.split_whitespace().map(|path| (path, path))).collect();
    let rows: Vec<_> = expected.iter().map(|(target, _)| (get(target, CLOSE), &[200][..])).collect();
    for ((target, path), replies) in expected.iter().zip(wire.assert_statuses(&rows).await) {
        let event: Value = serde_json::from_str(&replies[0].body).unwrap();
        assert_eq!(event["path"], *path, "{target}");
    }
    let refused = [
        "",
        "a/b",
        "?",
        "elsewhere.example:80",
        "/ /a",
        "/a /x",
        "/a\u{0}",
        "/\u{1b}[31m",
        "/\u{7}",
        "/a\rb",
        "/a\nb",
        "/<script>",
        "http:///a",
        "ftp://elsewhere.example/",
        "http://",
        "://x",
        "http:/",
        "http://a b/",
        "http://[::1/",
    ];
    let refused: Vec<_> = refused.iter().map(|target| (get(target, CLOSE), &[400][..])).collect();
    wire.assert_statuses(&refused).await;
}

#[tokio::test]
async fn a_method_is_what_the_request_line_says() {
    let mut wire = Wire::start().await;
    let methods = ["POST", "PUT", "DELETE", "OPTIONS", "QUERY", "post", "PO-ST", "A!#$%&'*+-.^_`|~9", "BREW"];
    let with =
        |line: &str, headers: &str| get("@", &format!("{headers}{CLOSE}")).replace("GET @ HTTP/1.1", line);
    let overridden = "x-http-method-override: PATCH\r\nx-method-override: PATCH\r\n";
    let rows = methods.map(|method| (with(&format!("{method} / HTTP/1.1"), overridden), &[200][..]));
    for (method, replies) in methods.iter().zip(wire.assert_statuses(&rows).await) {
        let event: Value = serde_json::from_str(&replies[0].body).unwrap();
        assert_eq!(event["httpMethod"], *method);
    }
    let mut rows: Vec<(String, &[u16])> = Vec::new();
    let long_method = format!("{} / HTTP/1.1", "M".repeat(9_000));
    for line in
        [&long_method, "OPTIONS * HTTP/1.1", "CONNECT elsewhere.example:443 HTTP/1.1", "GET / HTTP/1.0"]
    {
        rows.push((with(line, ""), &[200]));
    }
    for line in [
        "PO ST / HTTP/1.1",
        "P\u{d6}ST / HTTP/1.1",
        "\u{0}POST / HTTP/1.1",
        "POST\t/ HTTP/1.1",
        "{} / HTTP/1.1",
        "POST / HTTP/1.1 x",
        "POST / http/1.1",
        "POST / HTTP/1.10",
        "POST /",
        "POST / HTTP/9.9",
        "POST / ICAP/1.0",
        "EHLO a.example",
    ] {
        rows.push((with(line, ""), &[400]));
    }
    rows.push(("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned(), &[400])); // TLS
    rows.push(("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), &[])); // HTTP/2 needs TLS on AWS
    rows.push(("SSH-2.0-OpenSSH_9.6\r\n".to_owned(), &[400]));
    rows.push(("*1\r\n$4\r\nPING\r\n".to_owned(), &[400])); // Redis
    wire.assert_statuses(&rows).await;
}

#[tokio::test]
async fn what_the_load_balancer_does_not_take_never_reaches_the_function() {
    let mut wire = Wire::start().await;
    let with = |headers: String| get("/", &format!("{headers}{CLOSE}"));
    let (long, many) = (format!("x: {}\r\n", "y".repeat(16_384)), format!("x: {}\r\n", "y".repeat(16_000)));
    let forwarded = format!("x-forwarded-for: {}\r\n", ["10.0.0.1"; 31].join(", "));
    let rows: [(String, &[u16]); 14] = [
        (get(&format!("/{}", "x".repeat(16_384)), CLOSE), &[414]),
        (with(long), &[400]),
        (with(many.repeat(5)), &[400]),
        (with(many.repeat(50)), &[431]),
        (with("x: y\r\n".repeat(2_000)), &[431]),
        (with(forwarded), &[463]),
        (with("x-forwarded-for: 10.0.0.1\r\n".repeat(31)), &[463]),
        (with(String::new()).replacen("GET", "TRACE", 1), &[405]),
        (with("upgrade: websocket\r\n".to_owned()), &[400]),
        (with("host: b\r\n".to_owned()), &[400]),
        (with("host: a\r\n".to_owned()), &[400]),
        (with(String::new()).replacen("host: a\r\n", "", 1), &[400]),
        (with("no colon\r\n".to_owned()), &[400]),
        ("hello\r\n\r\n".to_owned(), &[400]),
    ];
    for replies in wire.assert_statuses(&rows).await.iter().filter(|all| all[0].head.contains("awselb")) {
        assert!(replies[0].body.contains(&format!("<h1>{}", replies[0].status)), "{replies:?}");
    }
    assert_eq!(wire.started, 0, "the function was invoked");
    wire.assert_statuses(&[
        (with("x: y\r\n".repeat(900)), &[200]),
        (with(many), &[200]),
        (with(format!("{}: y\r\n", "n".repeat(15_000))), &[200]),
        (get("/", CLOSE).replace("HTTP/1.1\r\nhost: a", "HTTP/1.0"), &[200]),
    ])
    .await;
}
