//! Measures what the functions cost on one machine: time, CPU, memory and size.
//!
//! Each measured process runs behind a Lambda Runtime API of its own and talks to a stub of SSM, SQS and S3. Every
//! response is checked; a wrong one ends the benchmark.
//!
//! - `options`: the command line and the plan made from it
//! - `builds`: builds the functions of this checkout and the peers; `candidates`: what is measured
//! - `emails`: test emails and the events that carry them; `check`: is a response right?
//! - `process`, `runtime_api`, `usage`, `callgrind`: one process of a function, and what it uses
//! - `stub`: AWS for the measured processes
//! - `harness`: starts and invokes processes; `measure`: the four sections
//! - `sections`, `statistics`, `report`, `plot`: what a section measures, and how it is shown; `baseline`: what it
//!   measured before
//! - `machine`: where it was measured

mod baseline;
mod builds;
mod callgrind;
mod candidates;
mod check;
mod emails;
mod harness;
mod machine;
mod measure;
mod options;
mod plot;
mod process;
mod report;
mod runtime_api;
mod sections;
mod statistics;
mod stub;
mod usage;

pub use options::Options;

use anyhow::Context;
use candidates::Candidate;
use harness::Harness;
use machine::Machine;
use report::Report;
use std::io::Write;
use std::path::Path;

/// Builds, measures and prints. `tmp` is `CARGO_TARGET_TMPDIR`, a directory in cargo's target directory.
pub fn run(options: &Options, tmp: &Path) -> anyhow::Result<()> {
    let directory = &tmp.join("bench");
    let target = tmp.parent().context("CARGO_TARGET_TMPDIR has no parent")?;
    std::fs::create_dir_all(directory)?;
    let mut plan = options.plan();
    if options.instructions {
        plan.valgrind = Some(builds::find_in_path("valgrind")?);
    }
    let candidates = candidates(options, target, directory)?;
    let reference = candidates.get(1).map(|candidate| candidate.name.clone());
    let mut report =
        Report { machine: Machine::here(), settings: plan.clone(), reference, measurements: Vec::new() };
    let protocol = if plan.tls { "HTTPS" } else { "HTTP" };
    let values = match options.instructions {
        true => "The least of several counts, in user space",
        false => "Medians; trust CPU and ratios",
    };
    print(&format!("{}\nStub AWS over {protocol}. {values}.\n", report.machine))?;
    if let Some(cgroup) = &plan.cgroup {
        print(&format!("Processes run in the control group {}.\n", cgroup.display()))?;
    }

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut harness = Harness::new(plan, candidates, directory)?;
    for section in harness.plan.sections.clone() {
        for group in measure::section(&mut harness, &runtime, section)? {
            report.measurements.extend(group.measurements.iter().cloned());
            print(&format!("{}\n\n{}\n", group.title, report.table(&group.measurements)))?;
        }
    }
    if let Some(path) = &options.json {
        report.write(path)?;
    }
    if let Some(directory) = &options.svg {
        plot::write(&report.measurements, directory)?;
    }
    if let Some(path) = &options.baseline {
        print(&baseline::compare(path, &report.measurements)?)?;
    }
    Ok(())
}

fn candidates(options: &Options, target: &Path, directory: &Path) -> anyhow::Result<Vec<Candidate>> {
    let ours = match &options.functions {
        Some(directory) => directory.clone(),
        None => builds::checkout(target)?,
    };
    let mut candidates = vec![Candidate::in_directory("mailroom", &ours)?];
    if let Some(directory) = &options.against {
        candidates.push(Candidate::in_directory("against", directory)?);
    }
    if options.http_api {
        candidates.push(candidates[0].behind_http_api());
    }
    for peer in &options.peers {
        candidates.extend(builds::peer(*peer, directory)?);
    }
    Ok(candidates)
}

fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}
