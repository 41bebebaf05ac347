//! Counts of an earlier run, which a change must not exceed unnoticed.

use crate::candidates::Function;
use crate::report::Measurement;
use crate::sections::Section;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Counts of the same code differ by less.
const TOLERANCE: f64 = 0.03;
/// The number of waits depends on when data arrives.
const SYSTEM_CALL: f64 = 1.0;

/// A report that `--json` has written.
#[derive(Debug, Deserialize)]
struct Baseline {
    measurements: Vec<Earlier>,
}

#[derive(Debug, Deserialize)]
struct Earlier {
    section: Section,
    function: Option<Function>,
    candidate: String,
    at: Option<usize>,
    values: BTreeMap<String, f64>,
}

/// Compares the measurements with the report in `path`. A count that is too low is an error too: with its old value,
/// the baseline would not notice when it rises again.
pub(crate) fn compare(path: &Path, measurements: &[Measurement]) -> Result<String> {
    let name = path.display();
    let text = std::fs::read(path).with_context(|| format!("can't read the baseline {name}"))?;
    let baseline: Baseline =
        serde_json::from_slice(&text).with_context(|| format!("{name} is not a report of this benchmark"))?;
    let (mut compared, mut faults) = (0, String::new());
    for earlier in &baseline.measurements {
        let same = |now: &&Measurement| {
            (now.section, now.function, now.at) == (earlier.section, earlier.function, earlier.at)
                && now.candidate == earlier.candidate
        };
        let now = measurements.iter().find(same);
        for (key, before) in &earlier.values {
            let Some(now) = now.and_then(|now| now.values.get(key.as_str())) else { continue };
            compared += 1;
            let slack = if key == "system_calls" { SYSTEM_CALL } else { 0.0 };
            if (now - before).abs() <= (before * TOLERANCE).max(slack) {
                continue;
            }
            let change = now / before - 1.0;
            let Earlier { section, function, candidate, .. } = earlier;
            let (function, percent) = (function.map_or("", Function::name), change * 100.0);
            writeln!(
                faults,
                "- {section:?}, {function} of {candidate}: {key} {before:.1}, now {now:.1} ({percent:+.1} %)"
            )?;
        }
    }
    ensure!(compared > 0, "{name} has none of the measured counts; write it with --json");
    ensure!(
        faults.is_empty(),
        "counts differ from {name} by more than {} %:\n{faults}If the change is meant, write the file again with --json.",
        TOLERANCE * 100.0
    );
    Ok(format!("{compared} counts are within {} % of {name}.", TOLERANCE * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::Candidate;

    /// Compares one count with a baseline of 1,000.
    fn result(now: f64, section: Section) -> Result<String> {
        let directory = tempfile::tempdir()?;
        let path = directory.path().join("baseline.json");
        let measurement = |count| {
            let candidate = Candidate { name: "mailroom".to_owned(), ..Candidate::default() };
            Measurement::new(section, Some(Function::Api), &candidate, None, [("instructions", count)].into())
        };
        let before = Measurement { section: Section::Warm, ..measurement(1_000.0) };
        std::fs::write(&path, serde_json::json!({"measurements": [before], "machine": {}}).to_string())?;
        compare(&path, &[measurement(now)])
    }

    #[test]
    fn a_count_may_move_by_three_percent() {
        for now in [970.0, 1_000.0, 1_030.0] {
            assert!(result(now, Section::Warm).unwrap().starts_with("1 counts"));
        }
    }

    #[test]
    fn a_count_too_high_or_too_low_is_named_with_its_change() {
        for (now, change) in [(1_031.0, "(+3.1 %)"), (969.0, "(-3.1 %)"), (f64::NAN, "NaN")] {
            let error = result(now, Section::Warm).unwrap_err().to_string();
            let right =
                error.contains("Warm, api of mailroom: instructions 1000.0") && error.contains(change);
            assert!(right && error.contains("--json"), "{error}");
        }
    }

    #[test]
    fn a_baseline_without_the_measured_counts_is_refused() {
        let error = result(1_000.0, Section::Cold).unwrap_err().to_string();
        assert!(error.contains("has none of the measured counts"), "{error}");
    }
}
