//! A request as a Lambda target's event ("Use Lambda functions as targets of an Application Load Balancer").

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use sandbox_services::trace;
use serde_json::{Map, Value, json};
use std::net::SocketAddr;

/// The part of a function's target group that shapes events and responses.
#[derive(Clone, Debug)]
pub(crate) struct TargetGroup {
    pub(crate) arn: String,
    /// `lambda.multi_value_headers.enabled`.
    pub(crate) multi_value: bool,
}

/// The event for a request. Path and query string stay as the client wrote them.
pub(crate) fn event(
    method: &Method,
    path: &str,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
    target_group: &TargetGroup,
) -> Value {
    let (body, is_base64) = encode(headers, body);
    let parameters = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let parameters = parameters.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let headers =
        headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())));
    let mut event = json!({
        "requestContext": {"elb": {"targetGroupArn": target_group.arn}},
        "httpMethod": method.as_str(),
        "path": path,
        "body": body,
        "isBase64Encoded": is_base64,
    });
    let all = target_group.multi_value;
    let (parameters_name, headers_name) = match all {
        true => ("multiValueQueryStringParameters", "multiValueHeaders"),
        false => ("queryStringParameters", "headers"),
    };
    event[parameters_name] = values(parameters, all);
    event[headers_name] = values(headers, all);
    event
}

/// Adds and extends the headers that a target gets from the load balancer, and removes its own ("How Elastic Load
/// Balancing works", HTTP headers). `port` is the one that the client connected to.
pub(crate) fn add_headers(headers: &mut HeaderMap, client: SocketAddr, port: u16) {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let client = client.ip().to_string();
    let forwarded_for =
        text("x-forwarded-for").map_or(client.clone(), |before| format!("{before}, {client}"));
    let trace = extend_trace(text("x-amzn-trace-id"), &trace::new_id());
    for (name, value) in [
        ("x-forwarded-for", forwarded_for),
        ("x-forwarded-port", port.to_string()),
        ("x-forwarded-proto", "http".to_owned()),
        ("x-amzn-trace-id", trace),
    ] {
        // A header value with an address or an id added still is one.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    headers.remove(header::EXPECT); // for the load balancer itself
    if let Some(host) = headers.get_mut(header::HOST)
        && let Ok(lower) = HeaderValue::from_bytes(&host.as_bytes().to_ascii_lowercase())
    {
        *host = lower;
    }
}

/// Drops headers whose names contain anything but letters, digits and hyphens.
pub(crate) fn drop_invalid(headers: &mut HeaderMap) {
    let is_valid =
        |name: &&HeaderName| name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let invalid: Vec<_> = headers.keys().filter(|name| !is_valid(name)).cloned().collect();
    for name in invalid {
        headers.remove(name);
    }
}

/// A trace header with this load balancer's `id`: as `Root` of a new trace, or as `Self` of an existing one, instead of
/// another load balancer's ("Request tracing for your Application Load Balancer").
fn extend_trace(before: Option<&str>, id: &str) -> String {
    let fields = before.unwrap_or_default().split(';').map(str::trim);
    let kept: Vec<_> = fields.filter(|field| !field.is_empty() && !field.starts_with("Self=")).collect();
    if kept.is_empty() { format!("Root={id}") } else { format!("Self={id};{}", kept.join(";")) }
}

/// A body and whether it is base64. Uncompressed text of a few content types stays text.
pub(crate) fn encode(headers: &HeaderMap, body: &[u8]) -> (String, bool) {
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

/// Lists of all values, or the last value of each name.
fn values<V: Into<String>>(pairs: impl Iterator<Item = (impl Into<String>, V)>, all: bool) -> Value {
    let mut values = Map::new();
    for (name, value) in pairs {
        match values.entry(name).or_insert_with(|| json!([])) {
            Value::Array(list) if all => list.push(json!(value.into())),
            entry => *entry = json!(value.into()),
        }
    }
    Value::Object(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event_of(path: &str, headers: &[(&str, &str)], body: &[u8], multi_value: bool) -> Value {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            all.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        event(&Method::POST, path, query, &all, body, &TargetGroup { arn: "arn".to_owned(), multi_value })
    }

    fn body_of(headers: &[(&str, &str)], body: &[u8]) -> (Value, Value) {
        let event = event_of("/", headers, body, false);
        (event["body"].clone(), event["isBase64Encoded"].clone())
    }

    #[test]
    fn json_labelled_as_json_or_text_stays_text() {
        let json = ["application/json", "application/json; charset=utf-8"];
        for kind in json.into_iter().chain(["text/plain", "Text/Html", "application/xml"]) {
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
        let headers = [("X-Many", "1"), ("x-many", "2")];
        let event = event_of("/a%20b/%2e?q=2&q=%26&empty", &headers, b"", false);
        assert_eq!(event["path"], "/a%20b/%2e");
        assert_eq!(event["queryStringParameters"], json!({"q": "%26", "empty": ""}));
        assert_eq!(event["headers"], json!({"x-many": "2"}));
        assert!(event.get("multiValueHeaders").is_none());
    }

    #[test]
    fn with_multi_value_headers_every_value_arrives() {
        let event = event_of("/?q=1&q=2", &[("x-many", "1"), ("x-many", "2")], b"", true);
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
            assert_eq!(extend_trace(before, "1-b"), after, "{before:?}");
        }
    }

    #[test]
    fn the_client_and_the_trace_are_added_and_the_rest_is_as_targets_see_it() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "10.9.8.7".parse().unwrap());
        headers.insert("x-amzn-trace-id", "Root=1-a".parse().unwrap());
        headers.insert("host", "Web.Example:80".parse().unwrap());
        headers.insert("expect", "100-continue".parse().unwrap());
        add_headers(&mut headers, "127.0.0.1:5000".parse().unwrap(), 80);
        assert_eq!(headers["x-forwarded-for"], "10.9.8.7, 127.0.0.1");
        assert_eq!(
            (&headers["x-forwarded-port"], &headers["x-forwarded-proto"]),
            (&"80".parse().unwrap(), &"http".parse().unwrap())
        );
        let trace = headers["x-amzn-trace-id"].to_str().unwrap();
        assert!(trace.starts_with("Self=1-") && trace.ends_with(";Root=1-a"), "{trace}");
        assert_eq!((&headers["host"], headers.get("expect")), (&"web.example:80".parse().unwrap(), None));
    }
}
