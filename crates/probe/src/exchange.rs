//! One request to the endpoint, and the response. No proxy is used, and no redirect is followed.

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::{ByteStream, error::Error as StreamError};
use std::time::Duration;
use tokio::time::timeout;

/// The longest that one request may take, with the whole response.
const TIMEOUT: Duration = Duration::from_secs(30);
/// In bytes. No response of Mailroom's or a load balancer's is as long.
const LONGEST_BODY: usize = 1 << 20;

/// A request with a JSON body, or without one.
pub struct Request<'a> {
    pub method: &'a str,
    pub url: &'a str,
    pub user_agent: &'static str,
    pub body: Option<&'a str>,
    /// The coding that a header claims for the body, which is sent as it is.
    pub coding: Option<&'static str>,
}

/// The response of the endpoint, or of the load balancer in front.
pub struct Response {
    pub status: u16,
    /// In the order in which they came, with names in small letters.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// No error holds anything of a body.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    #[error("{0} is not an HTTP method")]
    Method(String),
    #[error("{0} is not a URL")]
    Url(String),
    #[error("no answer from {0} in {TIMEOUT:?}")]
    Late(String),
    #[error("no answer from {url}")]
    NoAnswer { url: String, source: ConnectorError },
    #[error("no answer from {url}")]
    Body { url: String, source: BodyError },
}

#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error("the answer was cut off")]
    CutOff(#[source] StreamError),
    #[error("the answer is longer than 1 MiB: check the stack's Url")]
    TooLong,
}

impl Request<'_> {
    pub async fn send(&self, connector: &SharedHttpConnector) -> Result<Response, RequestError> {
        let request = self.http_request()?;
        timeout(TIMEOUT, self.response(connector, request))
            .await
            .unwrap_or_else(|_| Err(RequestError::Late(self.url.to_owned())))
    }

    fn http_request(&self) -> Result<HttpRequest, RequestError> {
        let mut request = HttpRequest::new(self.body.map_or_else(SdkBody::empty, SdkBody::from));
        request.set_method(self.method).map_err(|_| RequestError::Method(self.method.to_owned()))?;
        request.set_uri(self.url).map_err(|_| RequestError::Url(self.url.to_owned()))?;
        let headers = request.headers_mut();
        headers.insert("user-agent", self.user_agent);
        headers.insert("accept", "*/*");
        if self.body.is_some() {
            headers.insert("content-type", "application/json");
        }
        if let Some(coding) = self.coding {
            headers.insert("content-encoding", coding);
        }
        Ok(request)
    }

    async fn response(
        &self,
        connector: &SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<Response, RequestError> {
        let no_answer = |source| RequestError::NoAnswer { url: self.url.to_owned(), source };
        let response = connector.call(request).await.map_err(no_answer)?;
        let status = response.status().as_u16();
        let headers = response.headers().iter();
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        let body = read(ByteStream::new(response.into_body())).await;
        let body = body.map_err(|source| RequestError::Body { url: self.url.to_owned(), source })?;
        Ok(Response { status, headers, body })
    }
}

async fn read(mut chunks: ByteStream) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk.map_err(BodyError::CutOff)?);
        if body.len() > LONGEST_BODY {
            return Err(BodyError::TooLong);
        }
    }
    Ok(body)
}

impl Response {
    /// The first value of a header; empty without one.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(named, _)| named == name).map_or("", |(_, value)| value)
    }

    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }
}
