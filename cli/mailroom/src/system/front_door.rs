//! The front door: where emails are posted.

use super::config::CONNECT;
use anyhow::{Context, Result};
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use std::time::Duration;

/// How long one request may take, the whole answer included: the load balancer waits no longer for a function.
const PATIENCE: Duration = Duration::from_secs(30);

/// A load balancer, spoken to over HTTP or HTTPS with the client of the functions' SDK, which trusts whom they
/// trust (`AWS_CA_BUNDLE` and `SSL_CERT_FILE` name others). It follows no redirect.
pub(crate) struct FrontDoor {
    connector: SharedHttpConnector,
    url: String,
}

/// What it answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Names in small letters, in the order in which they came.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl FrontDoor {
    /// The one at `url`, which has no slash at its end.
    pub(crate) fn new(url: &str) -> Result<Self> {
        Ok(Self { connector: runtime::aws::http_connector(CONNECT)?, url: url.to_owned() })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends one request; a body is labelled as JSON. What the error says holds nothing of the body.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<&str>) -> Result<Answer> {
        let url = format!("{}{path}", self.url);
        let mut request = HttpRequest::new(body.map_or_else(SdkBody::empty, SdkBody::from));
        request.set_method(method).context("no method of HTTP")?;
        request.set_uri(url.as_str()).with_context(|| format!("{url} is no URL"))?;
        let headers = request.headers_mut();
        headers.insert("user-agent", concat!("mailroom/", env!("CARGO_PKG_VERSION")));
        headers.insert("accept", "*/*");
        if body.is_some() {
            headers.insert("content-type", "application/json");
        }
        let answer = tokio::time::timeout(PATIENCE, self.send(request)).await;
        answer
            .with_context(|| format!("{url} gave no answer in {} s", PATIENCE.as_secs()))?
            .with_context(|| format!("{url} does not answer"))
    }

    async fn send(&self, request: HttpRequest) -> Result<Answer> {
        let response = self.connector.call(request).await?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let body = ByteStream::new(response.into_body()).collect().await.context("the answer was cut off")?;
        Ok(Answer { status, headers, body: body.to_vec() })
    }
}

impl Answer {
    /// The first value of a header; empty where there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(named, _)| named == name).map_or("", |(_, value)| value)
    }

    /// The body as JSON, where it is that.
    pub(crate) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}
