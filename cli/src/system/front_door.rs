//! The load balancer in front of a system, spoken to as any client would.

use super::Secret;
use anyhow::{Context, Result};
use reqwest::{Client, Response, redirect::Policy};
use rustls::crypto::ring;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long an answer may take: longer than `api` takes for one, so that its own answer comes first.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a connection is kept for another request: less than a load balancer keeps it (60 s), which would close it
/// in the middle of one.
const KEPT: Duration = Duration::from_secs(30);

/// A client of the front door. Redirects are shown, not followed: a POST would become a GET.
#[derive(Clone)]
pub(crate) struct FrontDoor {
    client: Client,
    url: String,
}

/// What an answer's body may say.
#[derive(Debug, Default, Deserialize)]
struct Body {
    receipt: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<Fault>,
}

/// What is wrong with an email, in the words of `api`.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) pointer: String,
    pub(crate) detail: String,
}

/// The answer to a posted email.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) receipt: Option<String>,
    pub(crate) detail: String,
    pub(crate) faults: Vec<Fault>,
    /// When to try again, where the answer says it.
    pub(crate) retry_after: Option<Duration>,
}

impl FrontDoor {
    /// `url` is without a slash at the end.
    pub(crate) fn new(url: &str) -> Result<Self> {
        // A second one is refused, and as good as the first.
        let _ = ring::default_provider().install_default();
        let client = Client::builder().redirect(Policy::none()).timeout(PATIENCE).pool_idle_timeout(KEPT);
        let client =
            client.build().context("no HTTP client can be made: are root certificates installed?")?;
        Ok(Self { client, url: url.to_owned() })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Result<Response> {
        self.client.get(format!("{}{path}", self.url)).send().await
    }

    /// Posts an email. `data` is its JSON text, and nothing but one JSON value: whoever calls has seen to that.
    pub(crate) async fn post_email(&self, data: &str, token: &Secret) -> reqwest::Result<Answer> {
        let token = serde_json::Value::from(token.expose());
        let body = format!(r#"{{"data":{data},"token":{token}}}"#);
        let request = self.client.post(format!("{}/api/email", self.url));
        let response = request.header("content-type", "application/json").body(body).send().await?;
        let status = response.status().as_u16();
        let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = after.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let bytes = response.bytes().await?;
        // A load balancer's own answers are HTML.
        let Body { receipt, detail, errors } = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Answer { status, receipt, detail: detail.unwrap_or_default(), faults: errors, retry_after })
    }

    /// Whether the front door takes this token, found out without an email: its body has none, which is looked at
    /// only after the token (400), and is refused before where the token is wrong (403). `None`: neither.
    pub(crate) async fn takes(&self, token: &Secret) -> reqwest::Result<Option<bool>> {
        Ok(match self.post_email("{}", token).await?.status {
            400 => Some(true),
            403 => Some(false),
            _ => None,
        })
    }
}
