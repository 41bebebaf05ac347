//! AWS's REST-JSON protocol (Lambda): paths name the operation, JSON comes and goes.
//!
//! See <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>.

use crate::error::ServiceError;
use http::{HeaderName, HeaderValue, Response, header};
use s3s::Body;
use serde_json::json;

const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(crate) fn refuse(error: &ServiceError) -> Response<Body> {
    // Lambda's models write the member in two ways, and clients read both.
    let member = match error.code() {
        "ResourceNotFoundException" | "ServiceException" => "Message",
        _ => "message",
    };
    let mut body = json!({member: error.to_string()});
    if error.code() != "ValidationException" {
        let fault = if error.status.is_server_error() { "Service" } else { "User" };
        body["Type"] = json!(fault);
    }
    if error.code() == "TooManyRequestsException" {
        body["Reason"] = json!("ConcurrentInvocationLimitExceeded");
    }
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = error.status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    if let Ok(code) = HeaderValue::try_from(error.code()) {
        response.headers_mut().insert(ERROR_TYPE, code);
    }
    response
}
