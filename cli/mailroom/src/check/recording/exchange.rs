//! A question and its answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What was asked, and what came of it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(crate) probe: String,
    pub(crate) method: String,
    pub(crate) path: String,
    /// What kind of body it had.
    pub(crate) sent: String,
    pub(crate) answer: Reply,
}

/// An answer.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// By name: their order means nothing. Several of one name are several values.
    pub(crate) headers: BTreeMap<String, Vec<String>>,
    /// JSON as such, anything else as text.
    pub(crate) body: Value,
}

impl Exchange {
    pub(crate) fn asks_the_same(&self, other: &Self) -> bool {
        let question = |it: &Self| (it.probe.clone(), it.method.clone(), it.path.clone(), it.sent.clone());
        question(self) == question(other)
    }
}

impl Reply {
    /// A body as it is kept.
    pub(crate) fn body(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(bytes).into_owned()))
    }
}
