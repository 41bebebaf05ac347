//! The load balancer's events and answers.
//!
//! `lambda_http` would turn the event into an `http::Request`, but builds a URL of the client's `Host` header
//! and path on the way and unwraps it, as it does the body's base64: `Host: a:99999` would end in a panic and
//! a 502. Nothing here needs the host, nor any other header, so [`AlbRequest`] is what is read of an event.

use base64::{Engine, prelude::BASE64_STANDARD};
use lambda_http::Body;
use lambda_http::aws_lambda_events::alb::AlbTargetGroupResponse;
use lambda_http::http::Response;
use serde::Deserialize;

/// A request as the load balancer hands it over. Its headers and its query are left unread: nobody asks for
/// them, and each would be parsed and copied for nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct AlbRequest {
    pub(crate) http_method: String,
    pub(crate) path: String,
    body: Option<String>,
    is_base64_encoded: bool,
}

/// A body that is called base64 and isn't.
#[derive(Debug, thiserror::Error)]
#[error("the body is not valid base64")]
pub(crate) struct NotBase64;

/// The bytes of the request's body. The load balancer sends any content type but a few as base64, JSON with a
/// foreign label included.
pub(crate) fn body(request: AlbRequest) -> Result<Vec<u8>, NotBase64> {
    let body = request.body.unwrap_or_default();
    if request.is_base64_encoded {
        BASE64_STANDARD.decode(body).map_err(|_| NotBase64)
    } else {
        Ok(body.into_bytes())
    }
}

/// The answer as the load balancer reads it. It reads one of the two header maps, depending on whether the
/// target group has multi-value headers switched on, so both are filled.
pub(crate) fn answer(response: Response<String>) -> AlbTargetGroupResponse {
    let (parts, body) = response.into_parts();
    let reason = parts.status.canonical_reason().unwrap_or_default();

    let mut answer = AlbTargetGroupResponse::default();
    answer.status_code = parts.status.as_u16().into();
    answer.status_description = Some(format!("{} {reason}", parts.status.as_u16()));
    answer.headers = parts.headers.clone();
    answer.multi_value_headers = parts.headers;
    answer.body = Some(Body::Text(body));
    answer
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
    fn a_body_that_is_no_base64_is_an_error_and_no_panic() {
        for text in ["{}", "e30", "é", "\u{0}"] {
            assert!(body(request(text, true)).is_err(), "{text:?}");
        }
    }

    #[test]
    fn the_answer_serves_both_header_modes() {
        let response = Response::builder().status(405).header("allow", "POST").body("x".to_owned()).unwrap();
        assert_eq!(
            serde_json::to_value(answer(response)).unwrap(),
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
