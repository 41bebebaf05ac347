//! A Lambda target's response.

use super::lambda_event::TargetGroup;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

/// The most bytes of a Lambda target's response, as JSON ("Use Lambda functions as targets").
const RESPONSE_LIMIT: usize = 1_048_576;

/// Answered with 502.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum InvalidResponse {
    #[error("it is larger than 1 MB")]
    TooLarge,
    #[error("it is not a JSON object")]
    NotAnObject,
    #[error("statusCode is not a number from 100 to 599")]
    Status,
    #[error("`{0}` is not an object of strings")]
    Headers(&'static str),
    #[error("body is not a string")]
    Body,
    #[error("isBase64Encoded is not a boolean")]
    IsBase64,
    #[error("body is not valid base64")]
    Base64,
}

/// With multi-value headers on, only `multiValueHeaders` is read.
pub(crate) fn read(json: &[u8], target_group: &TargetGroup) -> Result<Response<Body>, InvalidResponse> {
    if json.len() > RESPONSE_LIMIT {
        return Err(InvalidResponse::TooLarge);
    }
    let json: Value = serde_json::from_slice(json).map_err(|_| InvalidResponse::NotAnObject)?;
    let json = json.as_object().ok_or(InvalidResponse::NotAnObject)?;
    let mut response = Response::new(Body::from(body(json.get("body"), json.get("isBase64Encoded"))?));
    *response.status_mut() = json.get("statusCode").and_then(status).ok_or(InvalidResponse::Status)?;
    let name = if target_group.multi_value { "multiValueHeaders" } else { "headers" };
    if let Some(value) = json.get(name).filter(|value| !value.is_null()) {
        *response.headers_mut() = headers(value).ok_or(InvalidResponse::Headers(name))?;
    }
    // These describe the connection, which is the load balancer's.
    for name in
        [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH, header::UPGRADE, header::TE]
    {
        response.headers_mut().remove(name);
    }
    response.headers_mut().entry(header::SERVER).or_insert(HeaderValue::from_static("awselb/2.0"));
    Ok(response)
}

fn status(value: &Value) -> Option<StatusCode> {
    let status = value.as_u64().and_then(|status| u16::try_from(status).ok())?;
    StatusCode::from_u16(status).ok().filter(|status| status.as_u16() < 600)
}

fn headers(value: &Value) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for (name, value) in value.as_object()? {
        let name: HeaderName = name.parse().ok()?;
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values {
            headers.append(name.clone(), HeaderValue::from_str(value.as_str()?).ok()?);
        }
    }
    Some(headers)
}

fn body(body: Option<&Value>, is_base64: Option<&Value>) -> Result<Vec<u8>, InvalidResponse> {
    let body = match body {
        None | Some(Value::Null) => "",
        Some(body) => body.as_str().ok_or(InvalidResponse::Body)?,
    };
    match is_base64 {
        None | Some(Value::Bool(false) | Value::Null) => Ok(body.as_bytes().to_vec()),
        Some(Value::Bool(true)) => BASE64_STANDARD.decode(body).map_err(|_| InvalidResponse::Base64),
        Some(_) => Err(InvalidResponse::IsBase64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(multi_value: bool, json: &str) -> Result<Response<Body>, InvalidResponse> {
        read(json.as_bytes(), &TargetGroup { arn: "arn".to_owned(), multi_value })
    }

    #[test]
    fn a_good_answer_is_passed_on() {
        let answer =
            r#"{"statusCode": 201, "headers": {"X-A": "1"}, "body": "e30=", "isBase64Encoded": true}"#;
        let response = read_as(false, answer).unwrap();
        assert_eq!((response.status().as_u16(), response.headers()["x-a"].as_bytes()), (201, &b"1"[..]));
    }

    #[test]
    fn only_the_header_map_of_the_mode_is_read() {
        let answer =
            r#"{"statusCode": 200, "headers": {"x": "single"}, "multiValueHeaders": {"x": ["one", "two"]}}"#;
        for (multi_value, expected) in [(false, &["single"][..]), (true, &["one", "two"])] {
            let response = read_as(multi_value, answer).unwrap();
            assert!(response.headers().get_all("x").iter().eq(expected), "{response:?}");
        }
    }

    #[test]
    fn a_malformed_answer_is_an_error_that_says_why() {
        for (answer, expected) in [
            ("", InvalidResponse::NotAnObject),
            ("[]", InvalidResponse::NotAnObject),
            ("{}", InvalidResponse::Status),
            (r#"{"statusCode": "200"}"#, InvalidResponse::Status),
            (r#"{"statusCode": 99}"#, InvalidResponse::Status),
            (r#"{"statusCode": 200, "headers": {"x": 1}}"#, InvalidResponse::Headers("headers")),
            (r#"{"statusCode": 200, "headers": {"x": "a\nb"}}"#, InvalidResponse::Headers("headers")),
            (r#"{"statusCode": 200, "body": {}}"#, InvalidResponse::Body),
            (r#"{"statusCode": 200, "body": "!", "isBase64Encoded": true}"#, InvalidResponse::Base64),
            (r#"{"statusCode": 200, "isBase64Encoded": "true"}"#, InvalidResponse::IsBase64),
        ] {
            assert_eq!(read_as(false, answer).unwrap_err(), expected, "{answer}");
        }
    }

    #[test]
    fn an_answer_of_one_megabyte_is_passed_on_and_one_byte_more_is_not() {
        let answer = |length: usize| {
            let frame = r#"{"statusCode": 200, "body": "@"}"#;
            frame.replace('@', &"x".repeat(length + 1 - frame.len()))
        };
        assert!(read_as(false, &answer(RESPONSE_LIMIT)).is_ok());
        assert_eq!(read_as(false, &answer(RESPONSE_LIMIT + 1)).unwrap_err(), InvalidResponse::TooLarge);
    }
}
