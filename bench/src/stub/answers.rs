//! The three operations that the functions use.

use super::chunks;
use super::state::State;
use crate::events::TOKEN;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use md5::{Digest, Md5};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

const JSON: &str = "application/x-amz-json-1.0";

/// Why there is no good answer.
struct Refusal(StatusCode, &'static str);

pub(crate) async fn answer(state: &State, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let answer = match (&head.method, target) {
        (&Method::POST, Some("AmazonSSM.GetParameter")) => get_parameter(&read(body).await),
        (&Method::POST, Some("AmazonSQS.SendMessage")) => send_message(state, &read(body).await),
        (&Method::PUT, None) => put_object(state, head.uri.path(), &head.headers, body).await,
        _ => Err(Refusal(StatusCode::NOT_IMPLEMENTED, "UnknownOperation")),
    };
    answer.unwrap_or_else(|Refusal(status, code)| {
        let error = format!("<Error><Code>{code}</Code></Error>");
        let body = if target.is_some() { json!({"__type": code}).to_string() } else { error };
        respond(status, "content-type", JSON, body)
    })
}

fn get_parameter(body: &[u8]) -> Result<Response<Full<Bytes>>, Refusal> {
    let request = parse(body)?;
    if request["WithDecryption"] != true {
        return Err(Refusal(StatusCode::BAD_REQUEST, "ValidationException"));
    }
    let parameter = json!({"Name": request["Name"], "Type": "SecureString", "Value": TOKEN, "Version": 1});
    Ok(respond(StatusCode::OK, "content-type", JSON, json!({"Parameter": parameter}).to_string()))
}

/// The body's MD5 is what some clients compare; that of the attributes nobody who comes here does.
fn send_message(state: &State, body: &[u8]) -> Result<Response<Full<Bytes>>, Refusal> {
    let request = parse(body)?;
    let message = request["MessageBody"].as_str().unwrap_or_default();
    let md5 = hex::encode(Md5::digest(message));
    // What is no JSON is kept as the text that it is: whoever looks will not find the email in it.
    state.send(serde_json::from_str(message).unwrap_or_else(|_| json!(message)));
    let answer = json!({"MessageId": "5f0c1d62-8a55-4f0e-9d0c-000000000001", "MD5OfMessageBody": md5});
    Ok(respond(StatusCode::OK, "content-type", JSON, answer.to_string()))
}

async fn put_object(
    state: &State,
    path: &str,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<Response<Full<Bytes>>, Refusal> {
    let (_in_flight, latency) = state.put();
    let body = read(body).await;
    let chunked = headers.contains_key("x-amz-decoded-content-length");
    let object = if chunked { chunks::decode(&body) } else { Some(body) };
    let object = object.ok_or(Refusal(StatusCode::BAD_REQUEST, "IncompleteBody"))?;
    let path = percent_decode_str(path).decode_utf8_lossy();
    let key = path.trim_start_matches('/').split_once('/').map(|(_, key)| key.to_owned());
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    if !state.store(key.unwrap_or_default(), object) {
        return Err(Refusal(StatusCode::PRECONDITION_FAILED, "PreconditionFailed"));
    }
    Ok(respond(StatusCode::OK, "etag", "\"0\"", String::new()))
}

/// A body that breaks off is as good as empty: its client is gone.
async fn read(body: Incoming) -> Bytes {
    body.collect().await.map(|body| body.to_bytes()).unwrap_or_default()
}

fn parse(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal(StatusCode::BAD_REQUEST, "SerializationException"))
}

fn respond(
    status: StatusCode,
    name: &'static str,
    value: &'static str,
    body: String,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(name, http::HeaderValue::from_static(value));
    response
}
