//! A request as the event that a Lambda target gets.
//!
//! As in "Use Lambda functions as targets of an Application Load Balancer".

use axum::http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::time::UNIX_EPOCH;
use uuid::Uuid;

/// Where the request came in.
#[derive(Clone, Copy)]
pub(crate) struct Connection {
    pub(crate) client: SocketAddr,
    /// The port that the client believes it spoke to.
    pub(crate) port: u16,
}

/// The event for a request. Paths and query strings stay as the client wrote them.
pub(crate) fn event(request: &Parts, body: &[u8], target_group_arn: &str, multi_value: bool) -> Value {
    let (body, is_base64) = encode(&request.headers, body);
    let query = request.uri.query().unwrap_or_default();
    let parameters = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let headers = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())));

    let mut event = json!({
        "requestContext": {"elb": {"targetGroupArn": target_group_arn}},
        "httpMethod": request.method.as_str(),
        "path": request.uri.path(),
        "body": body,
        "isBase64Encoded": is_base64,
    });
    if multi_value {
        event["multiValueQueryStringParameters"] = all_values(parameters);
        event["multiValueHeaders"] = all_values(headers);
    } else {
        event["queryStringParameters"] = last_values(parameters);
        event["headers"] = last_values(headers);
    }
    event
}

/// The headers that the load balancer adds, extends, or keeps for itself ("How Elastic Load Balancing works", HTTP
/// headers).
pub(crate) fn add_headers(headers: &mut HeaderMap, connection: Connection) {
    let client = connection.client.ip().to_string();
    let forwarded_for = match headers.get("x-forwarded-for").and_then(|value| value.to_str().ok()) {
        Some(before) => format!("{before}, {client}"),
        None => client,
    };
    let root = format!(
        "1-{:08x}-{}",
        UNIX_EPOCH.elapsed().unwrap_or_default().as_secs(),
        &Uuid::new_v4().simple().to_string()[..24]
    );
    let trace = trace(headers.get("x-amzn-trace-id").and_then(|value| value.to_str().ok()), &root);
    for (name, value) in [
        ("x-forwarded-for", forwarded_for),
        ("x-forwarded-port", connection.port.to_string()),
        ("x-forwarded-proto", "http".to_owned()),
        ("x-amzn-trace-id", trace),
    ] {
        // What was a header value, with an address or an id added, is one still.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.remove(header::EXPECT); // answered by the load balancer
    if let Some(host) = headers.get_mut(header::HOST)
        && let Ok(lower) = HeaderValue::from_bytes(&host.as_bytes().to_ascii_lowercase())
    {
        *host = lower;
    }
}

/// Drops the headers with anything but letters, digits and hyphens in their names.
pub(crate) fn drop_invalid(headers: &mut HeaderMap) {
    let is_valid =
        |name: &&HeaderName| name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let invalid: Vec<_> = headers.keys().filter(|name| !is_valid(name)).cloned().collect();
    for name in invalid {
        headers.remove(name);
    }
}

/// The trace header with this load balancer's own id in it: as `Self` where somebody has begun the trace, in place of
/// the last load balancer's, and as `Root` where nobody has ("Request tracing for your Application Load Balancer").
fn trace(before: Option<&str>, id: &str) -> String {
    let fields = before.unwrap_or_default().split(';').map(str::trim);
    let kept: Vec<_> = fields.filter(|field| !field.is_empty() && !field.starts_with("Self=")).collect();
    if kept.is_empty() { format!("Root={id}") } else { format!("Self={id};{}", kept.join(";")) }
}

/// Text stays text for a few content types; anything else, and anything compressed, arrives as base64.
fn encode(headers: &HeaderMap, body: &[u8]) -> (String, bool) {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_text = kind.starts_with("text/")
        || ["application/json", "application/javascript", "application/xml"].contains(&kind.as_str());
    match std::str::from_utf8(body) {
        Ok("") => (String::new(), false),
        Ok(text) if is_text && !headers.contains_key(header::CONTENT_ENCODING) => (text.to_owned(), false),
        _ => (BASE64_STANDARD.encode(body), true),
    }
}

fn last_values<V: Into<String>>(pairs: impl Iterator<Item = (impl Into<String>, V)>) -> Value {
    Value::Object(pairs.map(|(name, value)| (name.into(), Value::String(value.into()))).collect())
}

fn all_values<V: Into<String>>(pairs: impl Iterator<Item = (impl Into<String>, V)>) -> Value {
    let mut all = Map::new();
    for (name, value) in pairs {
        let values = all.entry(name).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(Value::String(value.into()));
        }
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn parts(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::post(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn body_of(headers: &[(&str, &str)], body: &[u8]) -> (Value, Value) {
        let event = event(&parts("/", headers), body, "arn", false);
        (event["body"].clone(), event["isBase64Encoded"].clone())
    }

    #[test]
    fn json_labelled_as_json_or_text_stays_text() {
        for kind in [
            "application/json",
            "application/json; charset=utf-8",
            "text/plain",
            "Text/Html",
            "application/xml",
        ] {
            assert_eq!(body_of(&[("content-type", kind)], b"{}"), (json!("{}"), json!(false)), "{kind}");
        }
    }

    #[test]
    fn any_other_label_and_anything_compressed_or_not_utf_8_is_base64() {
        let json = ("content-type", "application/json");
        for (headers, body, encoded) in [
            (&[("content-type", "application/x-www-form-urlencoded")][..], &b"{}"[..], "e30="),
            (&[("content-type", "application/problem+json")][..], b"{}", "e30="),
            (&[][..], b"{}", "e30="),
            (&[json, ("content-encoding", "gzip")][..], b"{}", "e30="),
            (&[json][..], b"\xff", "/w=="),
        ] {
            assert_eq!(body_of(headers, body), (json!(encoded), json!(true)), "{headers:?}");
        }
    }

    #[test]
    fn paths_and_queries_stay_undecoded_and_the_last_value_wins() {
        let parts = parts("/a%20b/%2e?q=2&q=%26&empty", &[("X-Many", "1"), ("x-many", "2")]);
        let event = event(&parts, b"", "arn", false);
        assert_eq!(event["path"], "/a%20b/%2e");
        assert_eq!(event["queryStringParameters"], json!({"q": "%26", "empty": ""}));
        assert_eq!(event["headers"], json!({"x-many": "2"}));
        assert!(event.get("multiValueHeaders").is_none());
    }

    #[test]
    fn with_multi_value_headers_every_value_arrives() {
        let event = event(&parts("/?q=1&q=2", &[("x-many", "1"), ("x-many", "2")]), b"", "arn", true);
        assert_eq!(event["multiValueQueryStringParameters"], json!({"q": ["1", "2"]}));
        assert_eq!(event["multiValueHeaders"], json!({"x-many": ["1", "2"]}));
        assert!(event.get("headers").is_none());
    }

    #[test]
    fn a_trace_keeps_its_root_and_custom_fields_and_has_the_last_load_balancer_as_self() {
        for (before, after) in [
            (None, "Root=1-b"),
            (Some(""), "Root=1-b"),
            (Some("Root=1-a;CalledFrom=app"), "Self=1-b;Root=1-a;CalledFrom=app"),
            (Some("Self=1-c;Root=1-a"), "Self=1-b;Root=1-a"),
            (Some("Root=1-a; Self=1-c"), "Self=1-b;Root=1-a"),
        ] {
            assert_eq!(trace(before, "1-b"), after, "{before:?}");
        }
    }

    #[test]
    fn the_client_and_the_trace_are_added_and_the_rest_is_as_targets_see_it() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "10.9.8.7".parse().unwrap());
        headers.insert("x-amzn-trace-id", "Root=1-a".parse().unwrap());
        headers.insert("host", "Mail.Example:80".parse().unwrap());
        headers.insert("expect", "100-continue".parse().unwrap());
        add_headers(&mut headers, Connection { client: "127.0.0.1:5000".parse().unwrap(), port: 80 });
        assert_eq!(headers["x-forwarded-for"], "10.9.8.7, 127.0.0.1");
        assert_eq!(
            (&headers["x-forwarded-port"], &headers["x-forwarded-proto"]),
            (&"80".parse().unwrap(), &"http".parse().unwrap())
        );
        let trace = headers["x-amzn-trace-id"].to_str().unwrap();
        assert!(trace.starts_with("Self=1-") && trace.ends_with(";Root=1-a"), "{trace}");
        assert_eq!((&headers["host"], headers.get("expect")), (&"mail.example:80".parse().unwrap(), None));
    }
}
