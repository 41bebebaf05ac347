//! A Lambda target's answer as a response.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

/// The most bytes of a Lambda target's answer, as JSON ("Use Lambda functions as targets").
const ANSWER_LIMIT: usize = 1_048_576;

/// Why an answer is a 502 for the client.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum MalformedAnswer {
    #[error("it is larger than 1 MB")]
    TooLarge,
    #[error("it is not a JSON object")]
    NotAnObject,
    #[error("statusCode is missing or no number from 100 to 599")]
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

/// Reads a Lambda target's answer. With multi-value headers on, only `multiValueHeaders` is read.
pub(crate) fn response(answer: &[u8], multi_value: bool) -> Result<Response<Body>, MalformedAnswer> {
    if answer.len() > ANSWER_LIMIT {
        return Err(MalformedAnswer::TooLarge);
    }
    let answer: Value = serde_json::from_slice(answer).map_err(|_| MalformedAnswer::NotAnObject)?;
    let answer = answer.as_object().ok_or(MalformedAnswer::NotAnObject)?;
    let mut response = Response::new(Body::from(body(answer.get("body"), answer.get("isBase64Encoded"))?));
    *response.status_mut() = answer.get("statusCode").and_then(status).ok_or(MalformedAnswer::Status)?;
    let name = if multi_value { "multiValueHeaders" } else { "headers" };
    if let Some(value) = answer.get(name).filter(|value| !value.is_null()) {
        *response.headers_mut() = headers(value).ok_or(MalformedAnswer::Headers(name))?;
    }
    // These belong to the connection, which is the load balancer's affair and not the function's.
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

fn body(body: Option<&Value>, is_base64: Option<&Value>) -> Result<Vec<u8>, MalformedAnswer> {
    let body = match body {
        None | Some(Value::Null) => "",
        Some(body) => body.as_str().ok_or(MalformedAnswer::Body)?,
    };
    match is_base64 {
        None | Some(Value::Bool(false) | Value::Null) => Ok(body.as_bytes().to_vec()),
        Some(Value::Bool(true)) => BASE64_STANDARD.decode(body).map_err(|_| MalformedAnswer::Base64),
        Some(_) => Err(MalformedAnswer::IsBase64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answer: &str) -> Result<Response<Body>, MalformedAnswer> {
        response(answer.as_bytes(), false)
    }

    #[test]
    fn a_good_answer_is_passed_on() {
        let answer =
            r#"{"statusCode": 201, "headers": {"X-A": "1"}, "body": "e30=", "isBase64Encoded": true}"#;
        let response = read(answer).unwrap();
        assert_eq!(
            (response.status(), &response.headers()["x-a"]),
            (StatusCode::CREATED, &"1".parse().unwrap())
        );
    }

    #[test]
    fn only_the_header_map_of_the_mode_is_read() {
        let answer =
            br#"{"statusCode": 200, "headers": {"x": "single"}, "multiValueHeaders": {"x": ["one", "two"]}}"#;
        let values = |multi_value| {
            let response = response(answer, multi_value).unwrap();
            response
                .headers()
                .get_all("x")
                .iter()
                .map(|value| value.to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(values(false), ["single"]);
        assert_eq!(values(true), ["one", "two"]);
    }

    #[test]
    fn a_malformed_answer_is_an_error_that_says_why() {
        for (answer, expected) in [
            ("", MalformedAnswer::NotAnObject),
            ("[]", MalformedAnswer::NotAnObject),
            ("{}", MalformedAnswer::Status),
            (r#"{"statusCode": "200"}"#, MalformedAnswer::Status),
            (r#"{"statusCode": 99}"#, MalformedAnswer::Status),
            (r#"{"statusCode": 200, "headers": {"x": 1}}"#, MalformedAnswer::Headers("headers")),
            (r#"{"statusCode": 200, "headers": {"x": "a\nb"}}"#, MalformedAnswer::Headers("headers")),
            (r#"{"statusCode": 200, "body": {}}"#, MalformedAnswer::Body),
            (r#"{"statusCode": 200, "body": "!", "isBase64Encoded": true}"#, MalformedAnswer::Base64),
            (r#"{"statusCode": 200, "isBase64Encoded": "true"}"#, MalformedAnswer::IsBase64),
        ] {
            assert_eq!(read(answer).unwrap_err(), expected, "{answer}");
        }
    }

    #[test]
    fn an_answer_of_one_megabyte_is_passed_on_and_one_byte_more_is_not() {
        let answer = |length: usize| {
            let frame = r#"{"statusCode": 200, "body": "@"}"#;
            frame.replace('@', &"x".repeat(length + 1 - frame.len()))
        };
        assert!(read(&answer(ANSWER_LIMIT)).is_ok());
        assert_eq!(read(&answer(ANSWER_LIMIT + 1)).unwrap_err(), MalformedAnswer::TooLarge);
    }
}
