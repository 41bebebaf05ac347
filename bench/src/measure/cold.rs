//! Fresh processes.

use super::Group;
use crate::candidates::{Candidate, Function};
use crate::harness::Harness;
use crate::report::Measurement;
use crate::sections::Section;
use crate::statistics::{Samples, millis};
use anyhow::{Context, Result};
use miniz_oxide::deflate::compress_to_vec;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// zlib's best compression.
const ZIP_LEVEL: u8 = 9;
/// A zip's local header and directory entry for a file, each followed by the file's name.
const ZIP_ENTRY: usize = 30 + 46;
const ZIP_END: usize = 22;

pub(crate) async fn measure(harness: &mut Harness, function: Function) -> Result<Group> {
    let count = harness.plan.starts;
    eprintln!("... cold starts of {function}: {count} each");
    harness.stub.state.set_s3_latency(Duration::ZERO);
    let mut all: Vec<_> =
        harness.candidates.iter().map(|candidate| (candidate.clone(), Samples::default())).collect();
    // The first round, which loads the executables from the disk, is not measured.
    for round in 0..=count {
        for (candidate, samples) in &mut all {
            let values = start(harness, candidate, function).await?;
            if round > 0 {
                samples.add(&values);
            }
        }
    }
    let row = |(candidate, samples): &(Candidate, Samples)| {
        let mut values = samples.medians();
        let (unpacked, zip) = package_sizes(&candidate.programs[&function].package)?;
        values.extend([("unpacked_bytes", unpacked as f64), ("zip_bytes", zip as f64)]);
        Ok(Measurement::new(Section::Cold, Some(function), candidate, None, values))
    };
    let title = format!(
        "Cold start of {function}: {count} fresh processes, from the start to the request for an event (init) and to the \
         first response"
    );
    Ok(Group { title, measurements: all.iter().map(row).collect::<Result<_>>()? })
}

async fn start(
    harness: &mut Harness,
    candidate: &Candidate,
    function: Function,
) -> Result<[(&'static str, f64); 5]> {
    let mut instance = harness.start(candidate, function).await?;
    let asked = instance.process.asked;
    let done = harness.invoke(&mut instance, 1).await?.done;
    let process = instance.process;
    let values = [
        ("init_ms", millis(process.age_at(asked))),
        ("answer_ms", millis(process.age_at(done))),
        ("init_cpu_ms", millis(asked.cpu)),
        ("answer_cpu_ms", millis(done.cpu)),
        ("memory_bytes", process.peak_memory()? as f64),
    ];
    process.kill().await?;
    Ok(values)
}

/// The size of the files and of their zip, in bytes.
fn package_sizes(files: &[PathBuf]) -> Result<(usize, usize)> {
    let (mut unpacked, mut zip) = (0, ZIP_END);
    for path in files {
        let content = std::fs::read(path).with_context(|| format!("can't read {}", path.display()))?;
        unpacked += content.len();
        zip += compress_to_vec(&content, ZIP_LEVEL).len() + ZIP_ENTRY + 2 * name_length(path);
    }
    Ok((unpacked, zip))
}

fn name_length(path: &Path) -> usize {
    path.file_name().unwrap_or_default().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zip_is_smaller_than_its_files_and_has_an_entry_for_each() {
        let directory = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| directory.path().join(name));
        for path in &paths {
            std::fs::write(path, "the same again ".repeat(1_000)).unwrap();
        }
        let (unpacked, zip) = package_sizes(&paths).unwrap();
        let empty = ZIP_END + 2 * (ZIP_ENTRY + 2);
        assert!(unpacked == 30_000 && (empty + 20..empty + 400).contains(&zip), "{unpacked} {zip}");
    }
}
