//! Talking to the front door.

use super::{System, TOKEN};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

/// What the front door answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
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

impl System {
    /// Posts `data` with the right token.
    pub(crate) async fn post(&self, data: &Value) -> Answer {
        self.post_body(request(data).to_string()).await
    }

    /// Posts a body as it is, labelled as JSON.
    pub(crate) async fn post_body(&self, body: impl Into<reqwest::Body>) -> Answer {
        self.send(Method::POST, "/api/email", &[("content-type", "application/json")], body).await
    }

    /// Posts a good email with this token.
    pub(crate) async fn post_token(&self, token: &str) -> Answer {
        self.post_body(json!({"data": email("John doe"), "token": token}).to_string()).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("the load balancer answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.expect("a whole answer") }
    }
}
