//! The response in the form of the endpoint that asked.

use crate::event::Endpoint;
use lambda_http::Body;
use lambda_http::aws_lambda_events::alb::AlbTargetGroupResponse;
use lambda_http::http::{HeaderMap, Response};
use serde::{Serialize, Serializer};

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum HttpResponse {
    LoadBalancer(Box<AlbTargetGroupResponse>),
    HttpApi(HttpApiResponse),
}

/// Payload format 2.0. `aws_lambda_events` has the same under a feature, with members that nothing here needs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpApiResponse {
    status_code: u16,
    /// No header has two values.
    #[serde(serialize_with = "single_values")]
    headers: HeaderMap,
    body: String,
    is_base64_encoded: bool,
}

impl HttpResponse {
    pub(crate) fn new(response: Response<String>, endpoint: Endpoint) -> Self {
        let (parts, body) = response.into_parts();
        if endpoint == Endpoint::HttpApi {
            let (status_code, headers) = (parts.status.as_u16(), parts.headers);
            return Self::HttpApi(HttpApiResponse { status_code, headers, body, is_base64_encoded: false });
        }
        let reason = parts.status.canonical_reason().unwrap_or_default();
        let mut response = AlbTargetGroupResponse::default();
        response.status_code = parts.status.as_u16().into();
        response.status_description = Some(format!("{} {reason}", parts.status.as_u16()));
        // The load balancer reads one of the two maps, depending on the target group's multi-value headers attribute.
        response.headers = parts.headers.clone();
        response.multi_value_headers = parts.headers;
        response.body = Some(Body::Text(body));
        Self::LoadBalancer(Box::new(response))
    }
}

fn single_values<S: Serializer>(headers: &HeaderMap, serializer: S) -> Result<S::Ok, S::Error> {
    let texts =
        headers.iter().map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes())));
    serializer.collect_map(texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sent(endpoint: Endpoint) -> Value {
        let response = Response::builder().status(405).header("allow", "POST").body("x".to_owned()).unwrap();
        serde_json::to_value(HttpResponse::new(response, endpoint)).unwrap()
    }

    #[test]
    fn the_load_balancer_gets_both_header_modes() {
        let expected = json!({
            "statusCode": 405,
            "statusDescription": "405 Method Not Allowed",
            "headers": {"allow": "POST"},
            "multiValueHeaders": {"allow": ["POST"]},
            "body": "x",
            "isBase64Encoded": false,
        });
        assert_eq!(sent(Endpoint::LoadBalancer), expected);
    }

    #[test]
    fn an_http_api_gets_format_2() {
        let expected =
            json!({"statusCode": 405, "headers": {"allow": "POST"}, "body": "x", "isBase64Encoded": false});
        assert_eq!(sent(Endpoint::HttpApi), expected);
    }
}
