//! Instructions and system calls, in place of the times of the other sections.
//!
//! A process is counted from its start to its end. The difference of two processes, of which one gets more events, is
//! what an event costs.

use super::Group;
use crate::callgrind::{Callgrind, Counts};
use crate::candidates::{Candidate, Function};
use crate::harness::Harness;
use crate::report::Measurement;
use crate::sections::Section;
use crate::statistics::Samples;
use anyhow::Result;
use std::time::Duration;

/// Each count is the least of this many: on a busy machine a request may time out, and its repetition counts.
const ROUNDS: usize = 3;
/// Events for api that are not counted, and the counted ones.
const REQUESTS: (usize, usize) = (20, 100);
/// Batches for worker that are not counted, and the counted ones.
const BATCHES: (usize, usize) = (2, 4);

pub(crate) async fn measure(harness: &mut Harness, section: Section) -> Result<Vec<Group>> {
    harness.stub.state.set_s3_latency(Duration::ZERO);
    let mut groups = Vec::new();
    match section {
        Section::Cold => {
            for function in Function::ALL {
                let title =
                    format!("Cold start of {function}: from the start of the process to its first response");
                groups
                    .push(group(harness, Case { title, section, function, at: None, events: (0, 1) }).await?);
            }
        }
        Section::Warm => {
            let title = "Warm api: one invocation".to_owned();
            let case = Case { title, section, function: Function::Api, at: None, events: REQUESTS };
            groups.push(group(harness, case).await?);
        }
        Section::Batch => {
            for size in harness.plan.records.clone() {
                let title = format!("Batches of {size} for worker: one record");
                let case =
                    Case { title, section, function: Function::Worker, at: Some(size), events: BATCHES };
                groups.push(group(harness, case).await?);
            }
        }
        Section::EndToEnd => {}
    }
    Ok(groups)
}

struct Case {
    title: String,
    section: Section,
    function: Function,
    /// The records of a batch.
    at: Option<usize>,
    /// Those that aren't counted, if any, and the counted ones.
    events: (usize, usize),
}

async fn group(harness: &mut Harness, case: Case) -> Result<Group> {
    eprintln!("... instructions: {}", case.title);
    let mut candidates = harness.candidates.clone();
    if case.section == Section::Batch {
        candidates.retain(|candidate| !candidate.is_lower_bound);
        candidates.insert(1, candidates[0].with_layout_batch());
    }
    let mut measurements = Vec::new();
    for candidate in candidates {
        let mut samples = Samples::default();
        for _ in 0..ROUNDS {
            let Counts { instructions, system_calls } = count(harness, &candidate, &case).await?;
            samples.add(&[("instructions", instructions), ("system_calls", system_calls)]);
        }
        let values = samples.least();
        measurements.push(Measurement::new(case.section, Some(case.function), &candidate, case.at, values));
    }
    Ok(Group { title: case.title, measurements })
}

/// The counts of one event, or of one record of a batch.
async fn count(harness: &mut Harness, candidate: &Candidate, case: &Case) -> Result<Counts> {
    let (records, (uncounted, counted)) = (case.at.unwrap_or(1), case.events);
    let all = run(harness, candidate, case.function, uncounted + counted, records).await?;
    if uncounted == 0 {
        return Ok(all);
    }
    let shorter = run(harness, candidate, case.function, uncounted, records).await?;
    Ok(all.per(shorter, counted * records))
}

/// A whole process with this many events.
async fn run(
    harness: &mut Harness,
    candidate: &Candidate,
    function: Function,
    events: usize,
    records: usize,
) -> Result<Counts> {
    let callgrind = Callgrind::new(&harness.directory);
    let mut candidate = candidate.clone();
    if let (Some(valgrind), Some(program)) = (&harness.plan.valgrind, candidate.programs.get_mut(&function)) {
        *program = callgrind.wrap(valgrind, program);
    }
    let mut instance = harness.start(&candidate, function).await?;
    for _ in 0..events {
        harness.invoke(&mut instance, records).await?;
    }
    instance.process.terminate().await?;
    callgrind.read()
}
