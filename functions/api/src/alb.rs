//! The load balancer's events and responses.
//!
//! `lambda_http` would turn the event into an `http::Request`, but it builds a URL of the client's `Host` header and
//! path and unwraps it, and it unwraps the body's base64: `Host: a:99999` would end in a panic and a 502. The function
//! needs no header but `Content-Encoding`.

use crate::content_encoding::ContentEncoding;
use base64::{DecodeError, Engine, prelude::BASE64_STANDARD};
use lambda_http::Body;
use lambda_http::aws_lambda_events::alb::AlbTargetGroupResponse;
use lambda_http::http::Response;
use serde::Deserialize;

/// The parts of the event that the function reads. Copying headers and query would only cost time.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AlbRequest {
    pub(crate) http_method: String,
    pub(crate) path: String,
    headers: ContentEncoding,
    multi_value_headers: ContentEncoding,
    body: Option<String>,
    is_base64_encoded: bool,
}

/// True if the body has a content coding, such as gzip. The load balancer fills one of the two header maps, depending on
/// the target group's multi-value headers attribute.
pub(crate) fn is_coded(request: &AlbRequest) -> bool {
    request.headers.is_coded() || request.multi_value_headers.is_coded()
}

/// The bytes of the request's body. The load balancer encodes it in base64 unless the content type is one of a few, so
/// mislabelled JSON arrives in base64 too.
pub(crate) fn body(request: AlbRequest) -> Result<Vec<u8>, DecodeError> {
    let body = request.body.unwrap_or_default();
    if request.is_base64_encoded { BASE64_STANDARD.decode(body) } else { Ok(body.into_bytes()) }
}

/// The response as the load balancer reads it. It reads one of the two header maps, depending on the target group's
/// multi-value headers attribute, so both are filled.
pub(crate) fn response(response: Response<String>) -> AlbTargetGroupResponse {
    let (parts, body) = response.into_parts();
    let reason = parts.status.canonical_reason().unwrap_or_default();

    let mut response = AlbTargetGroupResponse::default();
    response.status_code = parts.status.as_u16().into();
    response.status_description = Some(format!("{} {reason}", parts.status.as_u16()));
    response.headers = parts.headers.clone();
    response.multi_value_headers = parts.headers;
    response.body = Some(Body::Text(body));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(body: &str, is_base64_encoded: bool) -> AlbRequest {
        AlbRequest { body: Some(body.to_owned()), is_base64_encoded, ..AlbRequest::default() }
    }

    #[test]
    fn a_base64_body_is_decoded_and_a_text_is_not() {
        assert_eq!(body(request("e30=", true)).unwrap(), b"{}");
        assert_eq!(body(request("e30=", false)).unwrap(), b"e30=");
    }

    #[test]
    fn a_body_that_is_not_base64_is_an_error() {
        for text in ["{}", "e30", "é", "\u{0}"] {
            assert!(body(request(text, true)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_response_serves_both_header_modes() {
        let sent = Response::builder().status(405).header("allow", "POST").body("x".to_owned()).unwrap();
        assert_eq!(
            serde_json::to_value(response(sent)).unwrap(),
            json!({
                "statusCode": 405,
                "statusDescription": "405 Method Not Allowed",
                "headers": {"allow": "POST"},
                "multiValueHeaders": {"allow": ["POST"]},
                "body": "x",
                "isBase64Encoded": false,
            })
        );
    }
}
