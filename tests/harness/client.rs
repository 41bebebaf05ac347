//! Requests to `api`, through an endpoint or as events.

use super::{System, TOKEN};
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName},
};
use sandbox::lambda::Function;
use serde_json::{Map, Value, json};

#[derive(Debug)]
pub(crate) struct ApiResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl ApiResponse {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a header of ASCII"))
    }

    /// The pointers of the faults that a 400 lists.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let json = self.json();
        let errors = json["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["pointer"].as_str().expect("a pointer").to_owned()).collect()
    }

    /// The receipt of a 200.
    pub(crate) fn receipt(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.json()["receipt"].as_str().expect("a receipt").to_owned()
    }
}

/// A good email of `sender`, as `data` of a request.
pub(crate) fn email(sender: &str) -> Value {
    json!({
        "email_subject": "Hello",
        "email_sender": sender,
        "email_timestream": "1693561101",
        "email_content": "How are you?",
    })
}

/// The body of a good request with this `data`.
pub(crate) fn request(data: &Value) -> Value {
    json!({"data": data, "token": TOKEN})
}

/// A token that names this caller.
pub(crate) fn named_token(caller: &str) -> String {
    format!("mailroom_{caller}_{}", "0".repeat(64))
}

/// The load balancer's event for a request. Path and query string are those of `target`; of headers with the same name
/// the last one counts.
pub(crate) fn alb_event(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Value {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = query.split('&').filter(|pair| !pair.is_empty());
    let query: Map<_, _> = query
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
    let headers: Map<_, _> = headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "requestContext": {"elb": {"targetGroupArn": "arn"}},
        "httpMethod": method, "path": path, "queryStringParameters": query, "headers": headers,
        "body": body, "isBase64Encoded": false,
    })
}

/// An HTTP API's event for the same request.
fn http_api_event(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Value {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Map<_, _> = headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": headers,
        "requestContext": {"http": {"method": method, "path": path}, "routeKey": "$default", "stage": "$default"},
        "body": body, "isBase64Encoded": false,
    })
}

/// The events of both endpoints for a request.
pub(crate) fn events(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> [Value; 2] {
    [alb_event(method, target, headers, body), http_api_event(method, target, headers, body)]
}

/// Invokes an `api` with the event of an endpoint.
pub(crate) async fn invoke_api(api: &Function, event: &Value) -> ApiResponse {
    let json = api.invoke(event.to_string().into()).await.unwrap_or_else(|error| panic!("{event}: {error}"));
    let json: Value = serde_json::from_slice(&json).expect("JSON");
    let header = |(name, value): (&String, &Value)| {
        (name.parse::<HeaderName>().expect("a name"), value.as_str().expect("text").parse().expect("a value"))
    };
    ApiResponse {
        status: json["statusCode"].as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
        headers: json["headers"].as_object().into_iter().flatten().map(header).collect(),
        text: json["body"].as_str().unwrap_or_default().to_owned(),
    }
}

impl System {
    pub(crate) async fn invoke_api(&self, event: &Value) -> ApiResponse {
        invoke_api(self.function("ApiFunction"), event).await
    }

    /// Posts `data` with the right token.
    pub(crate) async fn post(&self, data: &Value) -> ApiResponse {
        self.post_body(request(data).to_string()).await
    }

    /// Posts a body as it is, labelled as JSON.
    pub(crate) async fn post_body(&self, body: impl Into<reqwest::Body>) -> ApiResponse {
        self.send(Method::POST, "/api/email", &[("content-type", "application/json")], body).await
    }

    /// Posts a good email with this token.
    pub(crate) async fn post_token(&self, token: &str) -> ApiResponse {
        self.post_body(json!({"data": email("John doe"), "token": token}).to_string()).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> ApiResponse {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("the endpoint answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        ApiResponse { status, headers, text: response.text().await.expect("a whole answer") }
    }
}
