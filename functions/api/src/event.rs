//! The events of both endpoints: the load balancer's, and those of an HTTP API in payload format 2.0.
//!
//! `lambda_http` would turn an event into an `http::Request`, but it builds a URL of the client's `Host` header and
//! path and unwraps it, and it unwraps the body's base64: `Host: a:99999` would end in a panic and a 502. The function
//! needs no header but `Content-Encoding`.

use crate::content_encoding::ContentEncoding;
use base64::{DecodeError, Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;

/// A request, whichever endpoint passed it on.
#[derive(Debug, Deserialize)]
#[serde(from = "Event")]
pub struct HttpRequest {
    pub(crate) endpoint: Endpoint,
    pub(crate) method: String,
    /// The load balancer passes it on as the client wrote it; an HTTP API decodes it.
    pub(crate) path: String,
    /// The body has a content coding, such as gzip.
    pub(crate) is_coded: bool,
    body: String,
    is_base64: bool,
}

/// The form of the response follows from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Endpoint {
    LoadBalancer,
    HttpApi,
}

impl HttpRequest {
    /// The bytes of the body. Both endpoints encode it in base64 unless its content type is one of a few, so mislabelled
    /// JSON arrives in base64 too.
    pub(crate) fn into_body(self) -> Result<Vec<u8>, DecodeError> {
        if self.is_base64 { BASE64_STANDARD.decode(self.body) } else { Ok(self.body.into_bytes()) }
    }
}

/// The members of either form that the function reads, in one pass. Copying headers and query would only cost time.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    request_context: RequestContext,
    http_method: String,
    path: String,
    raw_path: String,
    headers: ContentEncoding,
    multi_value_headers: ContentEncoding,
    body: Option<String>,
    is_base64_encoded: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RequestContext {
    http: Option<Http>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Http {
    method: String,
}

impl From<Event> for HttpRequest {
    /// Only an HTTP API's event has `requestContext.http`, and no client can add it: what clients send is in headers,
    /// path, query and body.
    fn from(event: Event) -> Self {
        let (endpoint, method, path) = match event.request_context.http {
            Some(http) => (Endpoint::HttpApi, http.method, event.raw_path),
            None => (Endpoint::LoadBalancer, event.http_method, event.path),
        };
        Self {
            endpoint,
            method,
            path,
            // The load balancer fills one of the two maps, depending on the target group's multi-value headers attribute.
            is_coded: event.headers.is_coded() || event.multi_value_headers.is_coded(),
            body: event.body.unwrap_or_default(),
            is_base64: event.is_base64_encoded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(event: Value) -> HttpRequest {
        serde_json::from_value(event).unwrap()
    }

    fn http_api(mut members: Value) -> HttpRequest {
        let mut event = json!({
            "version": "2.0", "rawPath": "/api/email", "requestContext": {"http": {"method": "POST", "path": "/x"}},
        });
        event.as_object_mut().unwrap().append(members.as_object_mut().unwrap());
        read(event)
    }

    #[test]
    fn each_form_has_its_own_members_for_method_and_path() {
        let alb =
            json!({"requestContext": {"elb": {}}, "httpMethod": "GET", "path": "/health", "rawPath": "/"});
        for (request, expected) in [
            (read(alb), (Endpoint::LoadBalancer, "GET", "/health")),
            (
                http_api(json!({"httpMethod": "GET", "path": "/health"})),
                (Endpoint::HttpApi, "POST", "/api/email"),
            ),
            (read(json!({})), (Endpoint::LoadBalancer, "", "")),
        ] {
            assert_eq!((request.endpoint, request.method.as_str(), request.path.as_str()), expected);
        }
    }

    #[test]
    fn nothing_that_a_client_sends_changes_the_form() {
        let context = json!({"http": {"method": "PUT"}}).to_string();
        let request = read(json!({
            "requestContext": {"elb": {"targetGroupArn": "arn"}}, "httpMethod": "POST", "path": "/",
            "headers": {"requestContext": context, "rawPath": "/health"}, "body": context,
            "queryStringParameters": {"requestContext": context},
        }));
        assert_eq!((request.endpoint, request.method.as_str()), (Endpoint::LoadBalancer, "POST"));
    }

    #[test]
    fn a_coded_body_is_known_by_its_header_in_every_form() {
        for name in ["content-encoding", "Content-Encoding"] {
            assert!(http_api(json!({"headers": {name: "identity,gzip"}})).is_coded);
            assert!(read(json!({"headers": {name: "gzip"}})).is_coded);
            assert!(read(json!({"multiValueHeaders": {name: ["gzip"]}})).is_coded);
        }
        assert!(!http_api(json!({"headers": {"content-encoding": "identity"}})).is_coded);
    }

    #[test]
    fn a_base64_body_is_decoded_and_a_text_is_not() {
        for (body, is_base64, expected) in [("e30=", true, &b"{}"[..]), ("e30=", false, b"e30=")] {
            let members = json!({"body": body, "isBase64Encoded": is_base64});
            for request in [read(members.clone()), http_api(members)] {
                assert_eq!(request.into_body().unwrap(), expected);
            }
        }
        // Format 2.0 leaves out members without content.
        assert_eq!(http_api(json!({})).into_body().unwrap(), b"");
    }

    #[test]
    fn a_body_that_is_not_base64_is_an_error() {
        for body in ["{}", "e30", "é", "\u{0}"] {
            assert!(
                http_api(json!({"body": body, "isBase64Encoded": true})).into_body().is_err(),
                "{body:?}"
            );
        }
    }
}
