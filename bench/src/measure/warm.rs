//! Many invocations of one process.

use super::Group;
use crate::columns::Section;
use crate::contestants::{Contestant, Function};
use crate::error::BenchError;
use crate::harness::{Harness, measurement, progress};
use crate::process::Process;
use crate::stats::Sample;

/// In how many turns the contestants do theirs.
const ROUNDS: usize = 10;
/// Before any is measured: connections, caches, compilers.
const WARM_UP: usize = 100;

pub(crate) async fn measure(harness: &mut Harness) -> Result<Group, BenchError> {
    let (function, count) = (Function::Api, harness.plan.settings.invocations);
    progress(&format!("warm {function}: {count} invocations each"));
    let contestants = harness.contestants(function);
    let mut all = Vec::new();
    for contestant in &contestants {
        let mut process = harness.start(contestant, function).await?;
        for _ in 0..WARM_UP {
            harness.invoke(contestant, function, &mut process, 1).await?;
        }
        all.push((contestant, process, Sample::default(), Sample::default()));
    }
    for _ in 0..ROUNDS {
        for (contestant, process, took, cpu) in &mut all {
            for _ in 0..count / ROUNDS {
                let invocation = harness.invoke(contestant, function, process, 1).await?;
                took.add_micros(invocation.took);
                cpu.add_micros(invocation.cpu);
            }
        }
    }
    let row = |(contestant, _, took, cpu): &(&Contestant, Process, Sample, Sample)| {
        let percentiles = [("p50_us", 50), ("p90_us", 90), ("p99_us", 99)];
        let mut values: Vec<_> = percentiles.map(|(key, percent)| (key, took.percentile(percent))).into();
        values.push(("cpu_us", cpu.median()));
        measurement(Section::Warm, Some(function), contestant, None, &values)
    };
    let title = format!(
        "Warm {function}: {count} invocations of one process, from the event to the answer; CPU of each, up to the next \
         question for work"
    );
    Ok((title, all.iter().map(row).collect()))
}
