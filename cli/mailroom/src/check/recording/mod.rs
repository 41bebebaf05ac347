//! What a system answered, so that two systems can be compared.
//!
//! - [`Recorder`]: asks, and keeps the answers;
//! - `redaction`: takes out what differs from run to run, and what nobody may see;
//! - [`Recording`], [`Exchange`]: what is left, as a file;
//! - [`Difference`]: how two of them differ.

mod difference;
mod exchange;
mod question;
mod recorder;
mod redaction;

pub(crate) use difference::Difference;
pub(crate) use exchange::{Exchange, Reply};
pub(crate) use question::Question;
pub(crate) use recorder::Recorder;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What a system answered to each probe, in the order of the probes.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recording {
    exchanges: Vec<Exchange>,
}

impl Recording {
    /// The file: the same for the same answers, byte for byte.
    pub(crate) fn to_text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self).context("the recording can't be written as JSON")? + "\n")
    }

    /// How this one differs from an earlier one. What only one of the two was asked is no difference: redirects are
    /// probed where there is HTTPS alone, and a probe that failed is reported as that.
    pub(crate) fn differences_from(&self, recorded: &Self) -> Vec<Difference> {
        let pairs = self.exchanges.iter().filter_map(|exchange| {
            let before = recorded.exchanges.iter().find(|before| before.asks_the_same(exchange))?;
            Some((before, exchange))
        });
        pairs.flat_map(|(before, exchange)| Difference::between(before, exchange)).collect()
    }
}
