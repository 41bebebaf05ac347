//! AWS's JSON protocols: `awsJson1_0` (SQS) and `awsJson1_1` (SSM).
//!
//! See <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html> and, for the header that keeps the error
//! codes of SQS's older protocol, <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>.

use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use s3s::Body;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

/// An error as it goes over the wire.
#[derive(Debug)]
pub(crate) struct WireError {
    pub(crate) status: StatusCode,
    /// The shape's name, with its namespace where the service writes one.
    pub(crate) kind: String,
    /// The code in SQS's older protocol, which SDKs show to their users.
    pub(crate) query_code: Option<String>,
    pub(crate) message: String,
}

impl WireError {
    /// An operation that AWS does not have or that is not built here.
    pub(crate) fn unknown_operation(operation: &str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "com.amazon.coral.service#UnknownOperationException".to_owned(),
            query_code: None,
            message: format!("The operation {operation} is not known here."),
        }
    }

    /// A body that is no JSON, or a member of the wrong type.
    pub(crate) fn serialization(detail: &serde_json::Error) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "com.amazon.coral.service#SerializationException".to_owned(),
            query_code: None,
            message: detail.to_string(),
        }
    }

    /// A body larger than any request can be.
    pub(crate) fn too_large(limit: usize) -> Self {
        Self {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            kind: "com.amazon.coral.service#RequestEntityTooLargeException".to_owned(),
            query_code: None,
            message: format!("The request is larger than {limit} bytes."),
        }
    }

    /// A request that broke off: nobody reads this answer.
    pub(crate) fn incomplete() -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            kind: "com.amazon.coral.service#SerializationException".to_owned(),
            query_code: None,
            message: "The request ended early.".to_owned(),
        }
    }

    pub(crate) fn into_response(self, content_type: &'static str) -> Response<Body> {
        let mut response =
            respond(self.status, content_type, &json!({"__type": self.kind, "message": self.message}));
        if let Some(code) = self.query_code
            && let Ok(value) = HeaderValue::try_from(format!("{code};Sender"))
        {
            response.headers_mut().insert(QUERY_ERROR, value);
        }
        response
    }
}

/// Reads a request. The SDKs always send an object; an empty body stands for `{}`.
pub(crate) fn parse(body: &[u8]) -> Result<Value, WireError> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body).map_err(|error| WireError::serialization(&error))
}

/// Turns a request into the operation's own type.
pub(crate) fn input<T: DeserializeOwned>(request: Value) -> Result<T, WireError> {
    serde_json::from_value(request).map_err(|error| WireError::serialization(&error))
}

pub(crate) fn respond(status: StatusCode, content_type: &'static str, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
