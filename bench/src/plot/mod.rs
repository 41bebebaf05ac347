//! What came out, as pictures for the documentation.
//!
//! SVG by hand: a few rectangles, lines and words, which follow the reader's light or dark theme.
//!
//! - `page`: a picture's frame, its colours, its words;
//! - `bars`: one number of each contestant;
//! - `lines`: one number over another, both on logarithmic axes.

mod bars;
mod lines;
mod page;

use crate::columns::{Section, Unit};
use crate::report::{Measurement, Report};
use bars::Bar;
use lines::{Axis, Line};
use std::path::{Path, PathBuf};

/// A picture can't be written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct PlotError {
    path: PathBuf,
    source: std::io::Error,
}

/// Which numbers make a picture.
struct Bars {
    file: &'static str,
    title: &'static str,
    section: Section,
    key: &'static str,
    unit: Unit,
}

struct Lines {
    file: &'static str,
    title: &'static str,
    section: Section,
    /// Each with what is said of it beside the contestant's name.
    keys: &'static [(&'static str, &'static str)],
    unit: Unit,
}

const BARS: [Bars; 3] = [
    Bars {
        file: "cold-start-cpu.svg",
        title: "Cold start: CPU time to the first answer",
        section: Section::Cold,
        key: "answer_cpu_ms",
        unit: Unit::Millis,
    },
    Bars {
        file: "cold-start-time.svg",
        title: "Cold start: time to the first answer",
        section: Section::Cold,
        key: "answer_ms",
        unit: Unit::Millis,
    },
    Bars {
        file: "warm-cpu.svg",
        title: "Warm: CPU time of an invocation",
        section: Section::Warm,
        key: "cpu_us",
        unit: Unit::Micros,
    },
];
const LINES: [Lines; 3] = [
    Lines {
        file: "batch-time.svg",
        title: "Time of a batch",
        section: Section::Batch,
        keys: &[("time_ms", "")],
        unit: Unit::Millis,
    },
    Lines {
        file: "throughput.svg",
        title: "Emails filed a second, end to end",
        section: Section::EndToEnd,
        keys: &[("filed_per_second", "")],
        unit: Unit::Count,
    },
    Lines {
        file: "latency.svg",
        title: "Time of an answer, end to end",
        section: Section::EndToEnd,
        keys: &[("p50_ms", " p50"), ("p99_ms", " p99")],
        unit: Unit::Millis,
    },
];

/// Writes a picture of each section that was measured with a whole processor.
///
/// # Errors
/// [`PlotError`]
pub fn write(report: &Report, directory: &Path) -> Result<(), PlotError> {
    let file_error = |path: &Path| {
        let path = path.to_owned();
        move |source| PlotError { path, source }
    };
    std::fs::create_dir_all(directory).map_err(file_error(directory))?;
    let bars = BARS.iter().map(|plot| (plot.file, plot.draw(report)));
    let lines = LINES.iter().map(|plot| (plot.file, plot.draw(report)));
    for (file, picture) in bars.chain(lines) {
        if let Some(picture) = picture {
            let path = directory.join(file);
            std::fs::write(&path, picture).map_err(file_error(&path))?;
        }
    }
    Ok(())
}

impl Bars {
    fn draw(&self, report: &Report) -> Option<String> {
        let bar = |measurement: &Measurement| {
            let function = measurement.function.as_deref().unwrap_or_default();
            let value = *measurement.values.get(self.key)?;
            Some(Bar { name: format!("{} {function}", measurement.contestant), value })
        };
        let bars: Vec<_> = whole(report, self.section).filter_map(bar).collect();
        (!bars.is_empty()).then(|| bars::draw(self.title, self.unit, &bars))
    }
}

impl Lines {
    fn draw(&self, report: &Report) -> Option<String> {
        let mut lines: Vec<Line> = Vec::new();
        for measurement in whole(report, self.section) {
            for (key, suffix) in self.keys {
                let name = format!("{}{suffix}", measurement.contestant);
                let (Some(at), Some(value)) = (measurement.at, measurement.values.get(*key)) else {
                    continue;
                };
                let point = (at as f64, *value);
                match lines.iter_mut().find(|line| line.name == name) {
                    Some(line) => line.points.push(point),
                    None => lines.push(Line { name, points: vec![point] }),
                }
            }
        }
        let across = Axis { name: self.section.varies().unwrap_or_default(), unit: Unit::Count };
        (!lines.is_empty()).then(|| lines::draw(self.title, &across, self.unit, &lines))
    }
}

/// What was measured with a whole processor.
fn whole(report: &Report, section: Section) -> impl Iterator<Item = &Measurement> {
    let is_it = move |found: &&Measurement| found.section == section && found.memory_mb.is_none();
    report.measurements.iter().filter(is_it)
}

#[cfg(test)]
mod tests;
