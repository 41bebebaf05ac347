//! The requests of a check, and the results that they must have.
//!
//! - `there` (here): the endpoint answers;
//! - `contract`: it answers as `docs/openapi.yaml` says, and accepts one good email;
//! - `delivery`: that email reaches the bucket; `collision` and `duplicate`: another email with the same key, and the same
//!   email again, leave its object as it is;
//! - `redirect`: plain HTTP leads nowhere but to HTTPS.

mod contract;
mod delivery;
mod expected;
mod redirect;

use super::context::CheckContext;
use super::report::{Finding, NotPassed, ProbeResult};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// Between two attempts to reach the endpoint.
const PAUSE: Duration = Duration::from_millis(500);

/// Runs all probes, and shows each result as it comes.
pub(crate) async fn run(context: &CheckContext<'_>, show: impl Fn(&Finding)) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut started = Instant::now();
    let mut end = |probe: &'static str, result: ProbeResult| {
        let finding = Finding::new(probe, result, started.elapsed());
        started = Instant::now();
        show(&finding);
        findings.push(finding);
    };

    let there = there(context).await;
    let answers = there.is_ok();
    end("there", there);
    if !answers {
        for probe in ["contract", "delivery", "collision", "duplicate", "redirect"] {
            end(probe, Err(NotPassed::Skipped("the endpoint does not answer".to_owned())));
        }
        return findings;
    }
    let (contract, accepted) = contract::probe(context).await;
    end("contract", contract);
    let (delivery, stored) = delivery::probe(context, accepted).await;
    end("delivery", delivery);
    let (collision, duplicate) = delivery::probe_collision_and_duplicate(context, stored).await;
    end("collision", collision);
    end("duplicate", duplicate);
    end("redirect", redirect::probe(context).await);
    findings
}

/// A new load balancer's name takes a while to be known everywhere, and so does its first healthy target.
async fn there(context: &CheckContext<'_>) -> ProbeResult {
    let (url, end) = (context.api.url(), Instant::now() + context.within);
    let mut last = format!("GET {url}/health: no answer");
    loop {
        match timeout_at(end, context.api.send("GET", "/health", None)).await {
            Ok(Ok(response)) if response.status == 200 => return Ok(format!("{url} answers")),
            Ok(Ok(response)) => last = format!("GET {url}/health: {} instead of 200", response.status),
            Ok(Err(error)) => last = format!("{error:#}"),
            Err(_) => {} // the attempt before says more
        }
        if Instant::now() + PAUSE >= end {
            return Err(NotPassed::Failed(format!("not in {} s: {last}", context.within.as_secs())));
        }
        sleep(PAUSE).await;
    }
}

fn result(problems: &[String], passed: impl Into<String>) -> ProbeResult {
    if problems.is_empty() { Ok(passed.into()) } else { Err(NotPassed::Failed(problems.join("\n"))) }
}
