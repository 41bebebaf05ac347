//! The system that is checked, and the emails of one run.

use super::recording::{ProbeRequest, Recorder};
use crate::system::{ApiClient, System, tokens::Token};
use anyhow::{Context, Result};
use email::{ContentDigest, Layout, ObjectKey};
use probe::{ProbeEmail, Response};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::time::{Duration, UNIX_EPOCH};

const SUBJECT: &str = "mailroom check";

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

/// An email of one run. They differ in their content alone, so they want the same key.
pub(crate) fn new_email(context: &CheckContext<'_>, content: &str) -> Result<ProbeEmail> {
    let email = ProbeEmail::new(SUBJECT, &context.sender, &context.timestream, content);
    let email = email.context("the test email is not an email")?;
    let digest = ContentDigest::of(email.email());
    context.recorder.hide(&digest.to_string(), "content-sha256");
    context.recorder.hide(&digest.short(), "content-sha256");
    Ok(email)
}

/// The keys under which an email may have an object of its own: the first of each layout, since the stack does not tell its
/// layout, or the second if another email has the first.
pub(crate) fn keys(email: &ProbeEmail, name: Name) -> Vec<ObjectKey> {
    [Layout::Flat, Layout::Dated]
        .map(|layout| {
            let [first, second, _] = email.keys(layout);
            match name {
                Name::First => first,
                Name::Second => second,
            }
        })
        .into()
}

/// One of an email's keys.
#[derive(Clone, Copy)]
pub(crate) enum Name {
    First,
    Second,
}

/// The four fields.
pub(crate) fn data(sender: &str, timestream: &str, content: &str) -> Value {
    ProbeEmail::data(SUBJECT, sender, timestream, content)
}
