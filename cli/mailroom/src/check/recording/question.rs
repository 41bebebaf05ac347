//! What is asked.

use std::fmt;

/// A request, and what may be said of its body: never the body itself, which has the token.
pub(crate) struct Question<'a> {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) body: Option<&'a str>,
}

impl<'a> Question<'a> {
    pub(crate) fn bare(method: &'static str, path: &'static str) -> Self {
        Self { method, path, kind: "no body", body: None }
    }

    /// Of an email, or of what has to be told from one.
    pub(crate) fn post(kind: &'static str, body: &'a str) -> Self {
        Self { method: "POST", path: "/api/email", kind, body: Some(body) }
    }
}

impl fmt::Display for Question<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)?;
        if self.body.is_some() { write!(f, " with {}", self.kind) } else { Ok(()) }
    }
}
