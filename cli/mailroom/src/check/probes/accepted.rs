//! An email that the front door has taken.

use crate::check::probes::expected::Expected;
use crate::check::recording::Question;
use crate::check::scene::{Sample, Scene};
use anyhow::{Context, Result, bail};
use std::time::Instant;
use uuid::{Uuid, Variant};

const FIX_OF_403: &str =
    "\nUnset MAILROOM_TOKEN to take the stack's own token, or set it to one that is in force.";

/// A sample and what it got for it.
pub(crate) struct Accepted {
    pub(crate) sample: Sample,
    pub(crate) receipt: String,
    pub(crate) at: Instant,
}

impl Accepted {
    /// Posts it: 200, with an id of the queue and a receipt of version 7.
    pub(crate) async fn post(
        scene: &Scene<'_>,
        probe: &'static str,
        kind: &'static str,
        sample: Sample,
    ) -> Result<Self> {
        let body = sample.request(scene);
        let question = Question::post(kind, &body);
        let answer = scene.ask(probe, &question).await.with_context(|| question.to_string())?;
        let at = Instant::now();
        let answered = answer.json().unwrap_or_default();
        let [message_id, receipt] =
            ["message_id", "receipt"].map(|name| answered[name].as_str().unwrap_or_default());
        scene.recorder.hide(receipt, "receipt");
        scene.recorder.hide(message_id, "message-id");
        if let [fault, ..] = &Expected::status(200).faults(&answer, &scene.recorder)[..] {
            let fix = if answer.status == 403 { FIX_OF_403 } else { "" };
            bail!("{question}: {fault}{fix}");
        }
        if message_id.is_empty() {
            bail!("{question}: 200 without message_id");
        }
        let uuid = Uuid::parse_str(receipt).with_context(|| format!("{question}: 200 without a receipt"))?;
        if uuid.get_version_num() != 7 || uuid.get_variant() != Variant::RFC4122 {
            bail!("{question}: the receipt {uuid} is no UUID of version 7");
        }
        Ok(Self { sample, receipt: receipt.to_owned(), at })
    }
}
