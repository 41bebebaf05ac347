//! An email that is sent.

use super::Scene;
use anyhow::{Context, Result};
use email::{ContentDigest, Email, Layout, ObjectKey, wire_format};
use serde_json::{Value, json};

/// An email of this run.
pub(crate) struct Sample {
    data: Value,
    pub(crate) email: Email,
}

impl Sample {
    /// One of the run's sender and time: two of them differ in their content alone, and so want the same name.
    pub(crate) fn new(scene: &Scene<'_>, content: &str) -> Result<Self> {
        let data = data(&scene.sender, &scene.timestream, content);
        let email = wire_format::decode(&data.to_string()).context("the sample is no email")?;
        scene.recorder.hide(&ContentDigest::of(&email).to_string(), "content-sha256");
        scene.recorder.hide(&ContentDigest::of(&email).short(), "content-sha256");
        Ok(Self { data, email })
    }

    /// The body of a request.
    pub(crate) fn request(&self, scene: &Scene<'_>) -> String {
        json!({"data": self.data, "token": scene.token.expose()}).to_string()
    }

    /// Where it is to be filed. The stack does not say which layout it has.
    pub(crate) fn keys(&self) -> Vec<ObjectKey> {
        [Layout::Flat, Layout::Dated].map(|layout| ObjectKey::new(layout, &self.email)).into()
    }

    /// The same where another email has the name.
    pub(crate) fn keys_apart(&self) -> Vec<ObjectKey> {
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
