//! Posting an email at the front door, and what the reply means.

use super::{FrontDoor, Secret};
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The reply to a posted email.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) receipt: Option<String>,
    pub(crate) detail: String,
    pub(crate) faults: Vec<Fault>,
    /// When to try again, where the reply says it.
    pub(crate) retry_after: Option<Duration>,
}

/// What is wrong with an email, in the words of `api`.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) pointer: String,
    pub(crate) detail: String,
}

/// What the body of a reply may say.
#[derive(Default, Deserialize)]
struct Body {
    receipt: Option<String>,
    detail: Option<String>,
    #[serde(default)]
    errors: Vec<Fault>,
}

impl FrontDoor {
    /// Posts an email. `data` is its JSON text, and nothing but one JSON value: whoever calls has seen to that.
    pub(crate) async fn post_email(&self, data: &str, token: &Secret) -> Result<Reply> {
        let token = serde_json::Value::from(token.expose());
        let answer =
            self.ask("POST", "/api/email", Some(&format!(r#"{{"data":{data},"token":{token}}}"#))).await?;
        // A load balancer's own answers are HTML.
        let Body { receipt, detail, errors } = serde_json::from_slice(&answer.body).unwrap_or_default();
        Ok(Reply {
            status: answer.status,
            receipt,
            detail: detail.unwrap_or_default(),
            faults: errors,
            retry_after: answer.header("retry-after").parse().ok().map(Duration::from_secs),
        })
    }

    /// Whether the front door takes this token, found out without an email: a body without one is looked at only after
    /// the token (400), and is refused before where the token is wrong (403). `None`: neither.
    pub(crate) async fn takes(&self, token: &Secret) -> Result<Option<bool>> {
        Ok(match self.post_email("{}", token).await?.status {
            400 => Some(true),
            403 => Some(false),
            _ => None,
        })
    }
}
