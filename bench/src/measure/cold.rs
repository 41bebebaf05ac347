//! Fresh processes.

use super::Group;
use crate::columns::Section;
use crate::contestants::{Contestant, Function};
use crate::error::BenchError;
use crate::harness::{Harness, measurement, progress};
use crate::package;
use crate::report::Measurement;
use crate::stats::Sample;
use std::time::Duration;

#[derive(Default)]
struct Starts {
    init: Sample,
    answer: Sample,
    init_cpu: Sample,
    answer_cpu: Sample,
    memory: Sample,
}

pub(crate) async fn measure(harness: &mut Harness, function: Function) -> Result<Group, BenchError> {
    let (count, contestants) = (harness.plan.settings.starts, harness.contestants(function));
    progress(&format!("cold starts of {function}: {count} each"));
    harness.stub.state().set_s3_latency(Duration::ZERO);
    let mut all: Vec<_> = contestants.iter().map(|contestant| (contestant, Starts::default())).collect();
    // The first round reads the executables from the disk, and is not measured.
    for round in 0..=count {
        for (contestant, starts) in &mut all {
            let mut unmeasured = Starts::default();
            let starts = if round == 0 { &mut unmeasured } else { starts };
            start(harness, contestant, function, starts).await?;
        }
    }
    let title = format!(
        "Cold start of {function}: {count} fresh processes, from their start to the first question for work (init) and \
         to the first answer"
    );
    let rows = all.iter().map(|(contestant, starts)| row(contestant, function, starts));
    Ok((title, rows.collect::<Result<_, _>>()?))
}

async fn start(
    harness: &mut Harness,
    contestant: &Contestant,
    function: Function,
    starts: &mut Starts,
) -> Result<(), BenchError> {
    let mut process = harness.start(contestant, function).await?;
    let asked = process.asked();
    let answered = harness.invoke(contestant, function, &mut process, 1).await?.answered;
    starts.init.add_millis(process.age_at(asked));
    starts.answer.add_millis(process.age_at(answered));
    starts.init_cpu.add_millis(asked.cpu);
    starts.answer_cpu.add_millis(answered.cpu);
    starts.memory.add(as_number(process.peak_memory()?));
    process.end().await;
    Ok(())
}

fn row(contestant: &Contestant, function: Function, starts: &Starts) -> Result<Measurement, BenchError> {
    let package = contestant.programs.get(&function).map(|program| program.package.as_slice());
    let sizes = package::sizes(package.unwrap_or_default())?;
    let values = [
        ("init_ms", starts.init.median()),
        ("answer_ms", starts.answer.median()),
        ("init_cpu_ms", starts.init_cpu.median()),
        ("answer_cpu_ms", starts.answer_cpu.median()),
        ("memory_bytes", starts.memory.median()),
        ("unpacked_bytes", as_number(sizes.unpacked as u64)),
        ("zip_bytes", as_number(sizes.zip as u64)),
    ];
    Ok(measurement(Section::Cold, Some(function), contestant, None, &values))
}

/// Exact up to 2^53 bytes.
fn as_number(bytes: u64) -> f64 {
    bytes as f64
}
