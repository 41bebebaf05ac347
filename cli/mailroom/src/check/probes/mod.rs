//! What is asked of a system, and what has to come of it: one probe a file.
//!
//! - `there`: the front door answers;
//! - `contract`: it answers as `docs/openapi.yaml` says, and takes one good email;
//! - `delivery`: that email arrives in the bucket;
//! - `collision`, `duplicate`: another email of the same name and the same email again leave it as it is;
//! - `redirect`: nobody gets past HTTPS.

mod accepted;
mod collision;
mod contract;
mod delivery;
mod expected;
mod redirect;
mod there;

use super::finding::{Account, Finding, Unpassed};
use super::scene::Scene;
use std::time::Instant;

/// Puts them all, and shows each as it ends.
pub(crate) async fn all(scene: &Scene<'_>, show: impl Fn(&Finding)) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut started = Instant::now();
    let mut end = |probe: &'static str, account: Account| {
        let finding = Finding::new(probe, account, started.elapsed());
        started = Instant::now();
        show(&finding);
        findings.push(finding);
    };

    let there = there::probe(scene).await;
    let answers = there.is_ok();
    end("there", there);
    if !answers {
        for probe in ["contract", "delivery", "collision", "duplicate", "redirect"] {
            end(probe, Err(Unpassed::Skipped("the front door does not answer".to_owned())));
        }
        return findings;
    }
    let (contract, accepted) = contract::probe(scene).await;
    end("contract", contract);
    let (delivery, filed) = delivery::probe(scene, accepted).await;
    end("delivery", delivery);
    let (collision, duplicate) = collision::probe(scene, filed).await;
    end("collision", collision);
    end("duplicate", duplicate);
    end("redirect", redirect::probe(scene).await);
    findings
}

/// Nothing, or all faults: each on a line of its own.
fn verdict(faults: &[String], passed: impl Into<String>) -> Account {
    if faults.is_empty() { Ok(passed.into()) } else { Err(Unpassed::Failed(faults.join("\n"))) }
}
