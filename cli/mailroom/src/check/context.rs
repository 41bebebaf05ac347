//! The system that is checked, and the emails of one run.

use super::recording::{ProbeRequest, Recorder};
use crate::system::{ApiClient, Response, System, tokens::Token};
use anyhow::{Context, Result};
use email::{ContentDigest, Email, Layout, ObjectKey, wire_format};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::time::{Duration, UNIX_EPOCH};

/// Its senders are new, so that no object of another run can be taken for this one's. They start with `smoke-`, so that a
/// policy can limit a caller to the objects of such senders.
pub(crate) struct CheckContext<'a> {
    pub(crate) system: &'a System,
    pub(crate) api: ApiClient,
    pub(crate) token: Token,
    pub(crate) within: Duration,
    pub(crate) recorder: Recorder,
    /// The sender of the emails that must be stored.
    sender: String,
    /// The sender of the emails that must be refused: another one, so that a stored one takes no key.
    pub(crate) refused_sender: String,
    pub(crate) timestream: String,
}

impl<'a> CheckContext<'a> {
    pub(crate) fn new(system: &'a System, token: Token, within: Duration) -> Result<Self> {
        let context = Self {
            system,
            api: ApiClient::new(system.url()?)?,
            token,
            within,
            recorder: Recorder::default(),
            sender: new_sender(),
            refused_sender: new_sender(),
            timestream: UNIX_EPOCH.elapsed().unwrap_or_default().as_secs().to_string(),
        };
        let (_, authority) = context.api.url().split_once("://").unwrap_or_default();
        let (host, _) = authority.split_once(':').unwrap_or((authority, ""));
        for (value, placeholder) in [
            (authority, "host"),
            (host, "host"),
            (context.token.expose_secret(), "token"),
            (&context.sender, "sender"),
            (&context.refused_sender, "sender"),
            (&context.timestream, "timestream"),
            (&system.outputs.bucket, "bucket"),
        ] {
            context.recorder.hide(value, placeholder);
        }
        Ok(context)
    }

    /// Sends a request to the endpoint, and records the response.
    pub(crate) async fn send(&self, probe: &'static str, request: &ProbeRequest<'_>) -> Result<Response> {
        self.recorder.send(self.api.url(), probe, request).await
    }
}

fn new_sender() -> String {
    format!("smoke-{:012x}", fastrand::u64(..1 << 48))
}

/// An email of one run.
pub(crate) struct TestEmail {
    data: Value,
    pub(crate) email: Email,
}

impl TestEmail {
    /// Emails of one run differ in their content alone, so they want the same key.
    pub(crate) fn new(context: &CheckContext<'_>, content: &str) -> Result<Self> {
        let data = data(&context.sender, &context.timestream, content);
        let email = wire_format::decode(&data.to_string()).context("the test email is not an email")?;
        let digest = ContentDigest::of(&email);
        context.recorder.hide(&digest.to_string(), "content-sha256");
        context.recorder.hide(&digest.short(), "content-sha256");
        Ok(Self { data, email })
    }

    pub(crate) fn request_body(&self, context: &CheckContext<'_>) -> String {
        json!({"data": self.data, "token": context.token.expose_secret()}).to_string()
    }

    /// Where the email is to be stored. The stack does not tell its layout.
    pub(crate) fn keys(&self) -> Vec<ObjectKey> {
        [Layout::Flat, Layout::Dated].map(|layout| ObjectKey::new(layout, &self.email)).into()
    }

    /// The same if another email has the key.
    pub(crate) fn keys_with_digest(&self) -> Vec<ObjectKey> {
        let digest = ContentDigest::of(&self.email);
        self.keys().iter().map(|key| key.with_short_digest(&digest)).collect()
    }
}

/// The four fields.
pub(crate) fn data(sender: &str, timestream: &str, content: &str) -> Value {
    json!({
        "email_subject": "mailroom check",
        "email_sender": sender,
        "email_timestream": timestream,
        "email_content": content,
    })
}
