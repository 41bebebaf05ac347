//! A day of Mailroom in tenths of a second, with counts: no event for each email, no random number.
//!
//! - `options`: the command's; `scenario`: the day, in plain numbers; `day`: its result; `report`: the same in words; `plot`: as SVG;
//! - `api`: requests and instances; `scaling`: Lambda's limits; `tokens`: reads of the tokens and SSM's limit;
//! - `queue`: messages, their receives and their age; `worker`: pollers and batches; `s3`: writes;
//! - `count`: whole numbers out of rates.
//!
//! It leaves out: variation from request to request (each takes the same time, and arrives as evenly as it can), callers
//! that come again after a refusal, the cold starts of `worker`, and all that the account runs beside.

mod api;
mod count;
mod day;
mod options;
mod plot;
mod queue;
mod report;
mod s3;
mod scaling;
mod scenario;
#[cfg(test)]
mod tests;
mod tokens;
mod worker;

pub(crate) use count::whole_up;
pub(crate) use options::DayOptions;
pub(crate) use scenario::Scenario;

use crate::plan::facts::{LIMITS, Limit};
use crate::plan::load::Load;
use anyhow::{Context, Result};
use count::Fractions;
use day::Day;
use scenario::{SECONDS_PER_DAY, TICKS_PER_SECOND};
use serde::Serialize;
use std::path::Path;
use terminal::{Outcome, print, text::printable_json};

#[derive(Serialize)]
struct Simulation {
    limits: [Limit; LIMITS.len()],
    scenario: Scenario,
    day: Day,
}

pub(crate) fn run(load: &Load, scenario: Scenario, path: &Path, json: bool) -> Result<Outcome> {
    let day = simulate(&scenario);
    let layout = load.layout;
    plot::write(
        path,
        &format!("{} emails/s of {} bytes, {layout:?}", load.rate.0, load.size).to_lowercase(),
        &day,
    )?;
    let simulation = Simulation { limits: LIMITS, scenario, day };
    if json {
        let document = serde_json::to_string(&simulation).context("can't write the simulation as JSON")?;
        print(&format!("{}\n", printable_json(&document)))?;
    } else {
        print(&format!("A simulated day, plotted in {}\n{}", path.display(), simulation.day.text()))?;
    }
    Ok(Outcome::Success)
}

/// Simulates a day from midnight, when nothing runs and the queue is empty.
fn simulate(scenario: &Scenario) -> Day {
    simulate_for(scenario, SECONDS_PER_DAY)
}

fn simulate_for(scenario: &Scenario, seconds: u64) -> Day {
    let (mut arriving, mut day) = (Fractions::default(), Day::default());
    let (mut api, mut queue) = (api::Api::new(scenario), queue::Queue::new(&scenario.queue));
    let (mut worker, mut s3) = (worker::Worker::new(scenario), s3::Writes::new(&scenario.s3));
    let mut workers = 0;
    for now in 0..seconds * TICKS_PER_SECOND {
        let requests = arriving.next(scenario.requests_per_tick(now));
        let answers = api.step(now, requests, scenario.lambda.concurrency.saturating_sub(workers));
        queue.step(now);
        queue.send(now, answers.accepted * scenario.emails_per_request);
        s3.step(now);
        let is_away = scenario.outage.is_some_and(|outage| outage.contains(now));
        let left = scenario.lambda.concurrency.saturating_sub(answers.instances);
        workers = worker.step(now, &mut queue, (!is_away).then_some(&mut s3), left);
        day.note(now, requests, &answers, workers, &queue, scenario);
    }
    day.end(scenario, &api, &queue, &worker, &s3);
    day
}
