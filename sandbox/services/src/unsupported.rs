//! Requests to services and operations that the sandbox doesn't have, refused in the protocol of their service.
//!
//! <https://smithy.io/2.0/aws/protocols/index.html> describes the protocols.

use crate::error::ServiceError;
use crate::{query, rest_json};
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use s3s::Body;
use serde_json::json;

/// How a service writes its errors.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Protocol {
    /// `awsJson1_0` or `awsJson1_1`, with the content type of the request.
    Json(String),
    /// `rpcv2Cbor`, which newer clients of services such as CloudWatch speak.
    Cbor,
    Query,
    /// EC2 has a query protocol of its own.
    Ec2,
    RestJson,
    RestXml,
}

/// A request that no service here answers.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Unsupported {
    /// The service's name in the scope of a signature; empty if nothing names it.
    pub(crate) service: String,
    /// The operation's name, or method and path. Empty in the query protocols, whose body has it.
    pub(crate) operation: String,
    pub(crate) protocol: Protocol,
}

impl Unsupported {
    /// `action` is the operation's name in the query protocols.
    pub(crate) fn refuse(&self, action: &str, id: &str) -> Response<Body> {
        let operation = if self.operation.is_empty() { action } else { &self.operation };
        let of = if self.service.is_empty() { String::new() } else { format!(" of {}", self.service) };
        // Older SDKs speak it to SQS.
        let how = if self.service == "sqs" { " in the query protocol" } else { "" };
        let message = format!(
            "The sandbox doesn't support {operation}{of}{how}; sandbox/README.md lists what it supports."
        );
        let unknown = || ServiceError::new("UnknownOperationException", message.clone());
        let invalid = || ServiceError::new("InvalidAction", message.clone());
        match &self.protocol {
            Protocol::Json(content_type) => {
                let body = json!({"__type": "com.amazon.coral.service#UnknownOperationException", "message": message});
                response(StatusCode::BAD_REQUEST, content_type, body.to_string().into())
            }
            Protocol::Cbor => cbor(&message),
            Protocol::Query => query::refuse(&invalid(), "", id),
            Protocol::Ec2 => query::refuse_as_ec2(&invalid(), id),
            Protocol::RestJson => rest_json::refuse(&unknown().with_status(StatusCode::NOT_FOUND)),
            Protocol::RestXml => query::refuse(&invalid().with_status(StatusCode::NOT_FOUND), "", id),
        }
    }
}

/// A map of two texts: <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>.
fn cbor(message: &str) -> Response<Body> {
    const PROTOCOL: HeaderName = HeaderName::from_static("smithy-protocol");
    let mut body = vec![0xa2];
    for text in ["__type", "UnknownOperationException", "message", message] {
        // A text of up to 65,535 bytes: its major type, its length in two bytes.
        let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
        body.push(0x79);
        body.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
        body.extend(text.as_bytes());
    }
    let mut response = response(StatusCode::BAD_REQUEST, "application/cbor", body);
    response.headers_mut().insert(PROTOCOL, HeaderValue::from_static("rpc-v2-cbor"));
    response
}

fn response(status: StatusCode, content_type: &str, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    if let Ok(content_type) = HeaderValue::try_from(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    }
    response
}
