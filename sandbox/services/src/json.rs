//! AWS's JSON protocols: `awsJson1_0` (SQS) and `awsJson1_1` (SSM, CloudWatch Logs).
//!
//! See <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html> and, for the header that keeps the error
//! codes of SQS's older protocol, <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>.

use crate::error::{Result, ServiceError};
use crate::operation::Service;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use s3s::Body;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

/// Reads a request. The SDKs always send an object; an empty body stands for `{}`.
pub(crate) fn parse(body: &[u8]) -> Result<Value> {
    if body.is_empty() { Ok(json!({})) } else { serde_json::from_slice(body).map_err(serialization) }
}

/// Turns a request into the operation's own type.
pub(crate) fn input<T: DeserializeOwned>(request: Value) -> Result<T> {
    serde_json::from_value(request).map_err(serialization)
}

/// The error of a body that isn't JSON, or of a member of the wrong type.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn serialization(detail: serde_json::Error) -> ServiceError {
    ServiceError::of_framework("SerializationException", detail.to_string())
}

pub(crate) fn respond(status: StatusCode, service: Service, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(service.content_type());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

pub(crate) fn refuse(error: &ServiceError, service: Service) -> Response<Body> {
    let body = json!({"__type": error.json_type(service), "message": error.to_string()});
    let mut response = respond(error.status, service, &body);
    if service == Service::Sqs
        && let Some(code) = error.query_code()
        && let Ok(value) = HeaderValue::try_from(format!("{code};Sender"))
    {
        response.headers_mut().insert(QUERY_ERROR, value);
    }
    response
}
