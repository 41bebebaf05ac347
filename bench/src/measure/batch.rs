//! Batches.

use super::Group;
use crate::columns::Section;
use crate::contestants::Contestant;
use crate::contestants::Function;
use crate::error::BenchError;
use crate::harness::{Harness, measurement, progress};
use crate::process::Process;
use crate::report::Measurement;
use crate::stats::Sample;
use std::time::{Duration, Instant};

/// Before any is measured: a batch that opens the connections.
const WARM_UP: usize = 100;
/// How many batches of one size there are.
const BATCHES: usize = 20;
/// After this no more batches of one size begin: some take one record after another.
const PATIENCE: Duration = Duration::from_secs(30);

/// Batches of one size, by one contestant.
#[derive(Default)]
struct Batches {
    time: Sample,
    cpu: Sample,
    most_puts: usize,
    spent: Duration,
}

pub(crate) async fn measure(harness: &mut Harness) -> Result<Group, BenchError> {
    let (sizes, s3_ms) = (harness.plan.records.clone(), harness.plan.settings.s3_ms);
    progress(&format!("batches of {sizes:?} records, S3 takes {s3_ms} ms"));
    let contestants: Vec<_> = harness.contestants(Function::Worker);
    let contestants: Vec<_> = contestants.iter().filter(|contestant| !contestant.is_floor).collect();
    harness.stub.state().set_s3_latency(Duration::from_millis(s3_ms));
    let mut processes = Vec::new();
    for contestant in &contestants {
        let mut process = harness.start(contestant, Function::Worker).await?;
        harness.invoke(contestant, Function::Worker, &mut process, WARM_UP).await?;
        processes.push((*contestant, process));
    }
    let mut rows = Vec::new();
    for size in sizes {
        rows.extend(measure_size(harness, &mut processes, size).await?);
    }
    let title = format!(
        "Batches for worker: S3 takes {s3_ms} ms; time and CPU a record of up to {BATCHES} batches of a size, by one process"
    );
    Ok((title, rows))
}

async fn measure_size(
    harness: &mut Harness,
    processes: &mut [(&Contestant, Process)],
    size: usize,
) -> Result<Vec<Measurement>, BenchError> {
    let mut all: Vec<_> = processes.iter().map(|_| Batches::default()).collect();
    for _ in 0..BATCHES {
        for ((contestant, process), batches) in processes.iter_mut().zip(&mut all) {
            if batches.spent > PATIENCE {
                continue;
            }
            let began = Instant::now();
            // What an earlier contestant had in flight is none of this one's.
            let _ = harness.stub.state().take_most_in_flight();
            let invocation = harness.invoke(contestant, Function::Worker, process, size).await?;
            batches.most_puts = batches.most_puts.max(harness.stub.state().take_most_in_flight());
            batches.time.add_millis(invocation.took);
            batches.cpu.add_micros(invocation.cpu.div_f64(number(size)));
            batches.spent += began.elapsed();
        }
    }
    let row = |((contestant, _), batches): (&(&Contestant, Process), &Batches)| {
        let values = [
            ("time_ms", batches.time.median()),
            ("record_cpu_us", batches.cpu.median()),
            ("most_puts", number(batches.most_puts)),
        ];
        measurement(Section::Batch, Some(Function::Worker), contestant, Some(size), &values)
    };
    Ok(processes.iter().zip(&all).map(row).collect())
}

fn number(count: usize) -> f64 {
    count as f64
}
