//! The three operations that the functions call.

use super::state::State;
use crate::emails::TOKEN;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{post, put};
use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn routes(state: Arc<State>) -> Router {
    Router::new()
        .route("/", post(ssm_or_sqs))
        .route("/{bucket}/{*key}", put(put_object))
        .layer(DefaultBodyLimit::disable())
        .with_state(state)
}

async fn ssm_or_sqs(Shared(state): Shared<Arc<State>>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        return error(StatusCode::BAD_REQUEST, "SerializationException");
    };
    match headers.get("x-amz-target").and_then(|target| target.to_str().ok()) {
        Some("AmazonSSM.GetParameter") if request["WithDecryption"] != true => {
            error(StatusCode::BAD_REQUEST, "ValidationException")
        }
        Some("AmazonSSM.GetParameter") => {
            let name = &request["Name"];
            let parameter = json!({"Name": name, "Type": "SecureString", "Value": TOKEN, "Version": 1});
            response(StatusCode::OK, &json!({ "Parameter": parameter }))
        }
        Some("AmazonSQS.SendMessage") => {
            let message = request["MessageBody"].as_str().unwrap_or_default();
            // Invalid JSON is kept as text: the check won't find the email in it.
            state.add_message(serde_json::from_str(message).unwrap_or_else(|_| json!(message)));
            // The SDK for JavaScript compares the MD5 of the body.
            let md5 = hex::encode(Md5::digest(message));
            let id = "5f0c1d62-8a55-4f0e-9d0c-000000000001";
            response(StatusCode::OK, &json!({"MessageId": id, "MD5OfMessageBody": md5}))
        }
        _ => error(StatusCode::NOT_IMPLEMENTED, "UnknownOperation"),
    }
}

async fn put_object(
    Shared(state): Shared<Arc<State>>,
    Path((_, key)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (_in_flight, latency) = state.begin_put();
    let chunked = headers.contains_key("x-amz-decoded-content-length");
    let object = if chunked { decode_chunks(&body) } else { Some(body) };
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let Some(object) = object else { return StatusCode::BAD_REQUEST.into_response() };
    if state.add_object(key, object) {
        [("etag", "\"0\"")].into_response()
    } else {
        StatusCode::PRECONDITION_FAILED.into_response()
    }
}

/// Decodes `aws-chunked`, which some SDKs send when the checksum follows the body. `None` if it is incomplete.
/// Signatures and trailers are not checked.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>
fn decode_chunks(mut body: &[u8]) -> Option<Bytes> {
    let mut object = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n")?;
        let line = std::str::from_utf8(&body[..end]).ok()?;
        let size = usize::from_str_radix(line.split(';').next()?, 16).ok()?;
        if size == 0 {
            return Some(Bytes::from(object));
        }
        let (chunk, rest) = body.get(end + 2..)?.split_at_checked(size)?;
        object.extend_from_slice(chunk);
        body = rest.strip_prefix(b"\r\n")?;
    }
}

fn error(status: StatusCode, code: &str) -> Response {
    response(status, &json!({ "__type": code }))
}

fn response(status: StatusCode, body: &Value) -> Response {
    (status, [("content-type", "application/x-amz-json-1.0")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_an_incomplete_body_is_refused() {
        let body =
            b"5;chunk-signature=0a\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        assert_eq!(decode_chunks(body).unwrap(), "hello world");
        for body in [&b"5\r\nhell"[..], b"5\r\nhello\r\n", b"5\r\nhello!!0\r\n", b"x\r\n", b""] {
            assert_eq!(decode_chunks(body), None, "{body:?}");
        }
    }
}
