//! Many invocations of one process of `api`.

use super::Group;
use crate::candidates::Function;
use crate::harness::{Harness, Instance};
use crate::report::Measurement;
use crate::sections::Section;
use crate::statistics::{Samples, micros};
use anyhow::Result;

/// The candidates take this many turns.
const ROUNDS: usize = 10;
/// Unmeasured invocations, for connections, caches and just-in-time compilers.
const WARM_UP: usize = 100;

pub(crate) async fn measure(harness: &mut Harness) -> Result<Group> {
    let count = harness.plan.invocations;
    eprintln!("... warm api: {count} invocations each");
    let mut all = Vec::new();
    for candidate in harness.candidates.clone() {
        let mut instance = harness.start(&candidate, Function::Api).await?;
        for _ in 0..WARM_UP {
            harness.invoke(&mut instance, 1).await?;
        }
        all.push((instance, Samples::default()));
    }
    for _ in 0..ROUNDS {
        for (instance, samples) in &mut all {
            for _ in 0..count / ROUNDS {
                let invocation = harness.invoke(instance, 1).await?;
                samples.add(&[("took", micros(invocation.took)), ("cpu", micros(invocation.cpu))]);
            }
        }
    }
    let row = |(instance, samples): &(Instance, Samples)| {
        let percentiles = [("p50_us", 50), ("p90_us", 90), ("p99_us", 99)];
        let values = percentiles.map(|(key, percent)| (key, samples.percentile("took", percent)));
        let values = values.into_iter().chain([("cpu_us", samples.percentile("cpu", 50))]);
        Measurement::new(Section::Warm, Some(Function::Api), &instance.candidate, None, values.collect())
    };
    let title = format!(
        "Warm api: {count} invocations of one process, from the event to the response; CPU up to the next request for an \
         event"
    );
    Ok(Group { title, measurements: all.iter().map(row).collect() })
}
