//! Runs the benchmark: builds, measures, prints.

use crate::columns::Section;
use crate::contestants::Contestant;
use crate::error::BenchError;
use crate::harness::{Harness, progress, root};
use crate::machine::Machine;
use crate::measure::{self, Group};
use crate::options::Options;
use crate::peers;
use crate::plot;
use crate::report::Report;
use sandbox::lambda::{Binaries, BuildOutput};
use std::io::Write;
use std::path::Path;

/// What this checkout's functions are called.
const OURS: &str = "mailroom";
/// What those of `--against` are called.
const AGAINST: &str = "against";

/// What stands above all tables.
const NOTE: &str = "Medians. Machines are noisy: trust CPU time and ratios more than times.";

/// Runs what `options` ask for. `directory` is for what is built and printed on the way.
///
/// # Errors
/// [`BenchError`]: among other things, a wrong answer.
pub fn run(options: &Options, directory: &Path) -> Result<(), BenchError> {
    let baseline = options.baseline.as_deref().map(Report::read).transpose()?;
    std::fs::create_dir_all(directory)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let contestants = runtime.block_on(contestants(options, directory))?;
    let reference = contestants.get(1).map(|contestant| contestant.name.clone());
    let mut harness = Harness::new(options.plan(), contestants, directory)?;
    let (machine, settings) = (Machine::here(&root()), harness.plan.settings.clone());
    let mut report = Report { machine, settings, reference, measurements: Vec::new() };
    let protocol = if report.settings.tls { "HTTPS" } else { "HTTP" };
    print(&format!("{}\nAWS is a stub on this machine, over {protocol}. {NOTE}\n", report.machine))?;
    for share in std::iter::once(None).chain(options.memory.iter().copied().map(Some)) {
        harness.take_share(share)?;
        for section in harness.plan.sections.clone() {
            // A stack starts its functions itself, with no part in shares.
            if share.is_none() || section != Section::EndToEnd {
                let groups = measure::section(&mut harness, &runtime, section)?;
                show(groups, share, &mut report, baseline.as_ref())?;
            }
        }
    }
    if let Some(path) = &options.json {
        report.write(path)?;
    }
    if let Some(directory) = &options.svg {
        plot::write(&report, directory)?;
    }
    Ok(())
}

/// Prints what was measured, and adds it to the report.
fn show(
    groups: Vec<Group>,
    share: Option<u32>,
    report: &mut Report,
    baseline: Option<&Report>,
) -> std::io::Result<()> {
    for (title, mut group) in groups {
        group.iter_mut().for_each(|measurement| measurement.memory_mb = share);
        report.measurements.extend(group.iter().cloned());
        print(&format!("{title}{}\n\n{}", of_share(share), report.table(&group, baseline)))?;
    }
    Ok(())
}

/// What a title adds about a share.
fn of_share(memory_mb: Option<u32>) -> String {
    let Some(memory_mb) = memory_mb else { return String::new() };
    format!(
        ". With the processor's share of {memory_mb} MB, from the start of the process on; on Lambda the init has more"
    )
}

async fn contestants(options: &Options, directory: &Path) -> Result<Vec<Contestant>, BenchError> {
    let ours = match &options.functions {
        Some(directory) => Contestant::in_directory(OURS, directory)?,
        None => {
            progress("building the functions");
            let binaries = Binaries::build(&root(), &["api", "worker"], BuildOutput::Shown).await?;
            let directory = binaries.path("api")?.parent().unwrap_or(Path::new(".")).to_owned();
            Contestant::in_directory(OURS, &directory)?
        }
    };
    let mut all = vec![ours];
    if let Some(directory) = &options.against {
        all.push(Contestant::in_directory(AGAINST, directory)?);
    }
    for peer in &options.peers {
        all.extend(peers::build(*peer, directory)?);
    }
    Ok(all)
}

fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{text}")
}
