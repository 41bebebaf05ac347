//! A function's answer as the response to the client, format 2.0.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

/// Answered with 500.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum InvalidResponse {
    #[error("it is not JSON")]
    NotJson,
    #[error("statusCode is not a number from 100 to 599")]
    Status,
    #[error("headers is not an object of strings that HTTP takes")]
    Headers,
    #[error("cookies is not a list of strings that HTTP takes")]
    Cookies,
    #[error("body is not a string")]
    Body,
    #[error("body is not base64, as isBase64Encoded says")]
    Base64,
}

/// Reads an answer. One without a `statusCode` is the body of a 200, as JSON or as the text of a JSON string.
pub(crate) fn read(answer: &[u8]) -> Result<Response<Body>, InvalidResponse> {
    let answer: Value = serde_json::from_slice(answer).map_err(|_| InvalidResponse::NotJson)?;
    match answer {
        Value::Object(members) if members.contains_key("statusCode") => structured(&members),
        Value::String(text) => Ok(of_json(StatusCode::OK, text)),
        inferred => Ok(of_json(StatusCode::OK, inferred.to_string())),
    }
}

/// An error of API Gateway's own.
pub(crate) fn error(status: StatusCode) -> Response<Body> {
    let reason = match status {
        StatusCode::PAYLOAD_TOO_LARGE => "Request Entity Too Large",
        _ => status.canonical_reason().unwrap_or_default(),
    };
    of_json(status, json!({"message": reason}).to_string())
}

fn of_json(status: StatusCode, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn structured(members: &Map<String, Value>) -> Result<Response<Body>, InvalidResponse> {
    let status = members["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.filter(|status| (100..600).contains(status));
    let status =
        status.and_then(|status| StatusCode::from_u16(status).ok()).ok_or(InvalidResponse::Status)?;
    let mut response = Response::new(Body::from(body(members)?));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in members.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name: HeaderName = name.parse().map_err(|_| InvalidResponse::Headers)?;
        headers.insert(name, text(value).ok_or(InvalidResponse::Headers)?);
    }
    for cookie in members.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        headers.append(header::SET_COOKIE, text(cookie).ok_or(InvalidResponse::Cookies)?);
    }
    if !headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain;charset=UTF-8"));
    }
    // The body's own, as it is sent.
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::TRANSFER_ENCODING);
    Ok(response)
}

fn text(value: &Value) -> Option<HeaderValue> {
    HeaderValue::from_str(value.as_str()?).ok()
}

fn body(members: &Map<String, Value>) -> Result<Vec<u8>, InvalidResponse> {
    let body = match members.get("body") {
        None | Some(Value::Null) => "",
        Some(body) => body.as_str().ok_or(InvalidResponse::Body)?,
    };
    match members.get("isBase64Encoded") {
        Some(Value::Bool(true)) => BASE64_STANDARD.decode(body).map_err(|_| InvalidResponse::Base64),
        _ => Ok(body.as_bytes().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    /// Status, content type and body.
    async fn parts(answer: &str) -> (u16, String, String) {
        let response = read(answer.as_bytes()).unwrap();
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, content_type, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn an_answer_without_a_status_is_the_body_of_a_200() {
        for (answer, body) in [
            (r#""Hello from Lambda!""#, "Hello from Lambda!"),
            (r#"{"message": "Hello"}"#, r#"{"message":"Hello"}"#),
            ("[1]", "[1]"),
            ("null", "null"),
        ] {
            assert_eq!(parts(answer).await, (200, "application/json".to_owned(), body.to_owned()));
        }
    }

    #[tokio::test]
    async fn an_answer_with_a_status_says_everything_itself() {
        let answer = r#"{"statusCode": 201, "headers": {"Content-Type": "text/csv"}, "body": "YQ==", "isBase64Encoded": true}"#;
        assert_eq!(parts(answer).await, (201, "text/csv".to_owned(), "a".to_owned()));
        let plain = parts(r#"{"statusCode": 404}"#).await;
        assert_eq!(plain, (404, "text/plain;charset=UTF-8".to_owned(), String::new()));
    }

    #[test]
    fn each_cookie_is_a_header_of_its_own() {
        let response = read(br#"{"statusCode": 200, "cookies": ["a=1", "b=2; Secure"]}"#).unwrap();
        assert!(response.headers().get_all("set-cookie").iter().eq(["a=1", "b=2; Secure"]));
    }

    #[test]
    fn a_malformed_answer_is_an_error_that_says_why() {
        for (answer, expected) in [
            ("", InvalidResponse::NotJson),
            ("hello", InvalidResponse::NotJson),
            (r#"{"statusCode": 99}"#, InvalidResponse::Status),
            (r#"{"statusCode": 200, "headers": {"x": 1}}"#, InvalidResponse::Headers),
            (r#"{"statusCode": 200, "cookies": ["a\nb"]}"#, InvalidResponse::Cookies),
            (r#"{"statusCode": 200, "body": {}}"#, InvalidResponse::Body),
            (r#"{"statusCode": 200, "body": "!", "isBase64Encoded": true}"#, InvalidResponse::Base64),
        ] {
            assert_eq!(read(answer.as_bytes()).unwrap_err(), expected, "{answer}");
        }
    }
}
