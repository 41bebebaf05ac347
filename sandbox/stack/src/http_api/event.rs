//! A request as the event of an integration, format 2.0 ("Create AWS Lambda proxy integrations for HTTP APIs").

use super::route::{Match, decoded};
use crate::alb::encode;
use axum::http::{HeaderMap, header, request::Parts};
use serde_json::{Map, Value, json};
use std::net::SocketAddr;
use std::time::SystemTime;
use time::OffsetDateTime;

/// The API's part of an event.
pub(crate) struct Context<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) api_id: &'a str,
    pub(crate) stage: &'a str,
    pub(crate) request_id: &'a str,
}

pub(crate) fn event(
    request: &Parts,
    body: &[u8],
    found: &Match<'_>,
    client: SocketAddr,
    context: &Context<'_>,
) -> Value {
    let (path, query) = (raw_path(request.uri.path()), request.uri.query().unwrap_or_default());
    let route_key = match &found.route.path {
        Some(path) => format!("{} {path}", found.route.method),
        None => "$default".to_owned(),
    };
    let mut event = json!({
        "version": "2.0",
        "routeKey": route_key,
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers(&request.headers),
        "requestContext": request_context(request, &path, &route_key, client, context),
        "isBase64Encoded": false,
    });
    // A member without content is absent.
    let mut add = |name: &str, value: Map<String, Value>| {
        if !value.is_empty() {
            event[name] = value.into();
        }
    };
    add("queryStringParameters", combined(form_urlencoded::parse(query.as_bytes())));
    add("pathParameters", combined(found.parameters.iter().map(|(name, value)| (*name, value.as_str()))));
    let cookies = cookies(&request.headers);
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    if !body.is_empty() {
        let (body, is_base64) = encode(&request.headers, body);
        (event["body"], event["isBase64Encoded"]) = (body.into(), is_base64.into());
    }
    event
}

/// The path is decoded and ends before the first `?` in it.
fn raw_path(path: &str) -> String {
    let mut path = decoded(path);
    path.truncate(path.find('?').unwrap_or(path.len()));
    path
}

fn request_context(
    request: &Parts,
    path: &str,
    route_key: &str,
    client: SocketAddr,
    context: &Context<'_>,
) -> Value {
    let text = |name| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let host = text(header::HOST);
    let now = SystemTime::now();
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    json!({
        "accountId": context.account_id,
        "apiId": context.api_id,
        "domainName": host,
        "domainPrefix": host.split('.').next().unwrap_or_default(),
        "http": {
            "method": request.method.as_str(),
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": client.ip().to_string(),
            "userAgent": text(header::USER_AGENT),
        },
        "requestId": context.request_id,
        "routeKey": route_key,
        "stage": context.stage,
        "time": common_log_time(now.into()),
        "timeEpoch": u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
    })
}

/// All headers but the cookies, which the event has in a list.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let pairs = headers.iter().filter(|(name, _)| **name != header::COOKIE);
    combined(pairs.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))))
}

/// Values of one name are combined with commas.
fn combined(pairs: impl Iterator<Item = (impl AsRef<str>, impl AsRef<str>)>) -> Map<String, Value> {
    let mut values = Map::new();
    for (name, value) in pairs {
        let value = match values.get(name.as_ref()).and_then(Value::as_str) {
            Some(before) => format!("{before},{}", value.as_ref()),
            None => value.as_ref().to_owned(),
        };
        values.insert(name.as_ref().to_owned(), value.into());
    }
    values
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = values.flat_map(|value| value.split(';')).map(str::trim);
    cookies.filter(|cookie| !cookie.is_empty()).map(str::to_owned).collect()
}

/// Such as `12/Mar/2020:19:03:58 +0000`.
fn common_log_time(time: OffsetDateTime) -> String {
    let month = time.month().to_string();
    let month = month.get(..3).unwrap_or(&month);
    let (hour, minute, second) = time.to_hms();
    format!("{:02}/{month}/{}:{hour:02}:{minute:02}:{second:02} +0000", time.day(), time.year())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;
    use sandbox_template::RouteSpec;
    use std::time::Duration;

    fn event_of(request: axum::http::request::Builder, body: &[u8]) -> Value {
        let (function, timeout) = ("F".to_owned(), Duration::from_secs(30));
        let (method, path) = ("GET".to_owned(), Some("/jobs/{id}".to_owned()));
        let route = RouteSpec { method, path, function, timeout };
        let found = Match { route: &route, parameters: vec![("id", "a b".to_owned())] };
        let context = Context { account_id: "0", api_id: "web", stage: "$default", request_id: "r" };
        let (request, ()) = request.body(()).unwrap().into_parts();
        event(&request, body, &found, "127.0.0.1:5000".parse().unwrap(), &context)
    }

    #[test]
    fn a_request_has_every_member_of_format_2() {
        let request = Request::get("/jobs/a%20b?q=1&q=%26&r=").header("host", "web.localhost:80");
        let request = request.header("user-agent", "test").header("x-many", "1").header("x-many", "2");
        let mut event = event_of(request.header("cookie", "a=1; b=2"), b"");
        let time = event["requestContext"]["time"].take();
        assert_eq!(time.as_str().unwrap().len(), "12/Mar/2020:19:03:58 +0000".len());
        assert!(event["requestContext"]["timeEpoch"].take().as_u64().unwrap() > 1_600_000_000_000);
        let expected = json!({
            "version": "2.0", "routeKey": "GET /jobs/{id}", "rawPath": "/jobs/a b", "rawQueryString": "q=1&q=%26&r=",
            "cookies": ["a=1", "b=2"],
            "headers": {"host": "web.localhost:80", "user-agent": "test", "x-many": "1,2"},
            "queryStringParameters": {"q": "1,&", "r": ""},
            "pathParameters": {"id": "a b"},
            "requestContext": {
                "accountId": "0", "apiId": "web", "domainName": "web.localhost:80", "domainPrefix": "web",
                "http": {
                    "method": "GET", "path": "/jobs/a b", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                    "userAgent": "test",
                },
                "requestId": "r", "routeKey": "GET /jobs/{id}", "stage": "$default", "time": null, "timeEpoch": null,
            },
            "isBase64Encoded": false,
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn the_raw_path_is_decoded_and_ends_before_a_question_mark() {
        for (path, expected) in [
            ("/a%20b", "/a b"),
            ("/api%2Femail", "/api/email"),
            ("/a%3Fb=c/d", "/a"),
            ("/%zz", "/%zz"),
            ("/a+b", "/a+b"),
        ] {
            assert_eq!(raw_path(path), expected);
        }
    }

    #[test]
    fn text_stays_text_and_any_other_body_is_base64() {
        for (kind, body, is_base64) in
            [("application/json", "{}", false), ("application/x-www-form-urlencoded", "e30=", true)]
        {
            let event = event_of(Request::post("/jobs/1").header("content-type", kind), b"{}");
            assert_eq!(
                (&event["body"], &event["isBase64Encoded"]),
                (&json!(body), &json!(is_base64)),
                "{kind}"
            );
        }
    }

    #[test]
    fn a_time_is_written_as_in_the_common_log_format() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_583_348_638_390);
        assert_eq!(common_log_time(time.into()), "04/Mar/2020:19:03:58 +0000");
    }
}
