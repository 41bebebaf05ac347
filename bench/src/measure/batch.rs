//! Batches of several sizes, each by one process of `worker`.

use super::Group;
use crate::candidates::Function;
use crate::harness::{Harness, Instance};
use crate::report::Measurement;
use crate::sections::Section;
use crate::statistics::{Samples, micros, millis};
use anyhow::Result;
use std::time::{Duration, Instant};

/// The size of an unmeasured batch, which opens the connections.
const WARM_UP: usize = 100;
const BATCHES: usize = 20;
/// No batch of a size begins after this time: some candidates store one record after another.
const TIME_LIMIT: Duration = Duration::from_secs(30);

pub(crate) async fn measure(harness: &mut Harness) -> Result<Group> {
    let (sizes, s3_ms) = (harness.plan.records.clone(), harness.plan.s3_ms);
    eprintln!("... batches of {sizes:?} records, S3 takes {s3_ms} ms");
    harness.stub.state.set_s3_latency(Duration::from_millis(s3_ms));
    let mut instances = Vec::new();
    for candidate in harness.candidates.clone() {
        if !candidate.is_lower_bound {
            let mut instance = harness.start(&candidate, Function::Worker).await?;
            harness.invoke(&mut instance, WARM_UP).await?;
            instances.push(instance);
        }
    }
    let mut measurements = Vec::new();
    for size in sizes {
        measurements.extend(measure_size(harness, &mut instances, size).await?);
    }
    let title = format!(
        "Batches for worker: S3 takes {s3_ms} ms; up to {BATCHES} batches of each size by one process"
    );
    Ok(Group { title, measurements })
}

async fn measure_size(
    harness: &mut Harness,
    instances: &mut [Instance],
    size: usize,
) -> Result<Vec<Measurement>> {
    let mut all: Vec<_> = instances.iter().map(|_| (Samples::default(), 0, Duration::ZERO)).collect();
    for _ in 0..BATCHES {
        for (instance, (samples, most_puts, spent)) in instances.iter_mut().zip(&mut all) {
            if *spent > TIME_LIMIT {
                continue;
            }
            let began = Instant::now();
            // Forget the PUTs of the previous candidate.
            harness.stub.state.take_most_in_flight();
            let invocation = harness.invoke(instance, size).await?;
            *most_puts = harness.stub.state.take_most_in_flight().max(*most_puts);
            let record_cpu = micros(invocation.cpu) / size as f64;
            samples.add(&[("time_ms", millis(invocation.took)), ("record_cpu_us", record_cpu)]);
            *spent += began.elapsed();
        }
    }
    let row = |(instance, (samples, most_puts, _)): (&Instance, &(Samples, usize, Duration))| {
        let mut values = samples.medians();
        values.insert("most_puts", *most_puts as f64);
        Measurement::new(Section::Batch, Some(Function::Worker), &instance.candidate, Some(size), values)
    };
    Ok(instances.iter().zip(&all).map(row).collect())
}
