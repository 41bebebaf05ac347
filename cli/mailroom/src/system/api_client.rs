//! The endpoint that accepts emails.

use super::http;
use super::tokens::Token;
use anyhow::{Context, Result};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER, USER_AGENT};
use reqwest::{Client, Method};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::timeout;

/// The longest that one request may take, with the whole answer.
const TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) struct ApiClient {
    http: Client,
    url: String,
}

/// The response of the endpoint, or of the load balancer in front.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// The answer to a posted email.
#[derive(Debug)]
pub(crate) struct PostReply {
    pub(crate) status: u16,
    pub(crate) receipt: Option<String>,
    pub(crate) detail: String,
    pub(crate) errors: Vec<ErrorDetail>,
    pub(crate) retry_after: Option<Duration>,
}

/// One entry of a problem's `errors`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ErrorDetail {
    pub(crate) pointer: String,
    pub(crate) detail: String,
}

#[derive(Default, Deserialize)]
struct ReplyBody {
    receipt: Option<String>,
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errors: Vec<ErrorDetail>,
}

impl ApiClient {
    /// For the endpoint at `url`, which has no slash at its end. Its connections are its own.
    pub(crate) fn new(url: &str) -> Result<Self> {
        Ok(Self { http: http::client()?, url: url.to_owned() })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends one request; a body is sent as JSON. The error holds nothing of the body.
    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<String>) -> Result<Response> {
        let url = format!("{}{path}", self.url);
        let request = self.http.request(method, &url);
        let request =
            request.header(USER_AGENT, concat!("mailroom/", env!("CARGO_PKG_VERSION"))).header(ACCEPT, "*/*");
        let request = match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body),
            None => request,
        };
        let answered = timeout(TIMEOUT, async {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok::<_, reqwest::Error>(Response { status, headers, body: response.bytes().await?.into() })
        });
        let answered = answered.await.with_context(|| format!("no answer from {url} in {TIMEOUT:?}"))?;
        answered.map_err(reqwest::Error::without_url).with_context(|| format!("no answer from {url}"))
    }

    /// Posts an email. `data` must be one JSON value.
    pub(crate) async fn post_email(&self, data: &str, token: &Token) -> Result<PostReply> {
        let token = serde_json::Value::from(token.expose_secret());
        let body = format!(r#"{{"data":{data},"token":{token}}}"#);
        let response = self.send(Method::POST, "/api/email", Some(body)).await?;
        // The load balancer's own answers are HTML.
        let ReplyBody { receipt, detail, errors } =
            serde_json::from_slice(&response.body).unwrap_or_default();
        let retry_after = response.header(RETRY_AFTER.as_str()).parse().ok().map(Duration::from_secs);
        Ok(PostReply { status: response.status, receipt, detail, errors, retry_after })
    }

    /// True if the endpoint accepts this token, found out without an email: the token is checked before the fields, so an
    /// empty object gets 400 with a right token and 403 with a wrong one. `None` for any other answer.
    pub(crate) async fn accepts(&self, token: &Token) -> Result<Option<bool>> {
        Ok(match self.post_email("{}", token).await?.status {
            400 => Some(true),
            403 => Some(false),
            _ => None,
        })
    }
}

impl Response {
    /// The first value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}
