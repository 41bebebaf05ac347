//! What came out: as JSON, and as tables for people.

use crate::columns::{Column, Section};
use crate::machine::Machine;
use crate::table::table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// All that was measured in one run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// How: the settings that change what numbers mean.
    pub settings: Settings,
    /// The contestant that the others are compared with.
    pub reference: Option<String>,
    /// The numbers.
    pub measurements: Vec<Measurement>,
}

/// What changes the meaning of numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Fresh processes of each function.
    pub starts: usize,
    /// Warm invocations of `api`.
    pub invocations: usize,
    /// S3's latency for batches.
    pub s3_ms: u64,
    /// Emails at each number of connections.
    pub emails: usize,
    /// Whether the stub of AWS spoke TLS.
    pub tls: bool,
}

/// The numbers of one contestant in one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// In which part.
    pub section: Section,
    /// Of which function; of both together if none is named.
    pub function: Option<String>,
    /// Whose.
    pub contestant: String,
    /// With the processor's share of so much memory, in MB; with all of it if none is named.
    pub memory_mb: Option<u32>,
    /// The number of records or connections.
    pub at: Option<usize>,
    /// The numbers, by the names of their columns.
    pub values: BTreeMap<String, f64>,
}

/// Why there is no report in a file.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// It can't be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("{path} is no report of this benchmark: write one with --json")]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

impl Report {
    /// One that an earlier run has written.
    ///
    /// # Errors
    /// [`ReportError`]
    pub fn read(path: &Path) -> Result<Self, ReportError> {
        let text = std::fs::read(path);
        let text = text.map_err(|source| ReportError::File { path: path.to_owned(), source })?;
        serde_json::from_slice(&text).map_err(|source| ReportError::Json { path: path.to_owned(), source })
    }

    /// Writes it for a later run to compare with.
    ///
    /// # Errors
    /// [`ReportError`]
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        let text = serde_json::to_string_pretty(self)
            .map_err(|source| ReportError::Json { path: path.to_owned(), source })?;
        std::fs::write(path, text + "\n")
            .map_err(|source| ReportError::File { path: path.to_owned(), source })
    }

    /// The same thing as `wanted`, as it was in this report, or as `contestant` has it.
    fn find(&self, wanted: &Measurement, contestant: &str) -> Option<&Measurement> {
        let is_it = |found: &&Measurement| {
            (found.section, &found.function, found.memory_mb, found.at)
                == (wanted.section, &wanted.function, wanted.memory_mb, wanted.at)
                && found.contestant == contestant
        };
        self.measurements.iter().find(is_it)
    }

    /// The table of what was measured together.
    #[must_use]
    pub fn table(&self, group: &[Measurement], baseline: Option<&Self>) -> String {
        let Some(section) = group.first().map(|measurement| measurement.section) else {
            return String::new();
        };
        let compared = || section.columns().iter().filter_map(|column| Some((column, column.compared?)));
        let mut headings: Vec<_> = section.varies().into_iter().map(str::to_owned).collect();
        headings.push(String::new());
        headings.extend(section.columns().iter().map(|column| column.heading.to_owned()));
        if let Some(reference) = &self.reference {
            headings.extend(compared().map(|(_, short)| format!("{short} / {reference}")));
        }
        if baseline.is_some() {
            headings
                .extend(compared().flat_map(|(_, short)| [format!("{short} was"), "now / was".to_owned()]));
        }
        let row = |measurement: &Measurement| {
            let mut row: Vec<_> = measurement.at.iter().map(usize::to_string).collect();
            row.push(measurement.contestant.clone());
            row.extend(section.columns().iter().map(|column| measurement.show(column)));
            if let Some(reference) = &self.reference {
                let reference = self.find(measurement, reference);
                row.extend(compared().map(|(column, _)| measurement.ratio(column, reference)));
            }
            if let Some(baseline) = baseline {
                let was = baseline.find(measurement, &measurement.contestant);
                row.extend(compared().flat_map(|(column, _)| {
                    [
                        was.map_or_else(|| "-".to_owned(), |was| was.show(column)),
                        measurement.ratio(column, was),
                    ]
                }));
            }
            row
        };
        let names = 1 + usize::from(section.varies().is_some());
        table(&headings, &group.iter().map(row).collect::<Vec<_>>(), names)
    }
}

impl Measurement {
    fn show(&self, column: &Column) -> String {
        self.values.get(column.key).map_or_else(|| "-".to_owned(), |value| column.unit.show(*value))
    }

    fn ratio(&self, column: &Column, to: Option<&Self>) -> String {
        let to = to.and_then(|to| to.values.get(column.key)).filter(|to| **to > 0.0);
        match (self.values.get(column.key), to) {
            (Some(value), Some(to)) => format!("{:.2}", value / to),
            _ => "-".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurement(contestant: &str, at: usize, time: f64, cpu: f64) -> Measurement {
        Measurement {
            section: Section::Batch,
            function: Some("worker".to_owned()),
            contestant: contestant.to_owned(),
            memory_mb: None,
            at: Some(at),
            values: [("time_ms", time), ("record_cpu_us", cpu), ("most_puts", 64.0)]
                .map(|(key, value)| (key.to_owned(), value))
                .into(),
        }
    }

    fn report(measurements: Vec<Measurement>) -> Report {
        let machine = Machine::here(Path::new("."));
        let settings = Settings { starts: 1, invocations: 1, s3_ms: 20, emails: 1, tls: false };
        Report { machine, settings, reference: Some("rust".to_owned()), measurements }
    }

    #[test]
    fn a_row_is_compared_with_the_reference_at_the_same_size() {
        let report = report(vec![
            measurement("mailroom", 1, 25.0, 90.0),
            measurement("rust", 1, 50.0, 100.0),
            measurement("rust", 10, 500.0, 100.0),
        ]);
        let table = report.table(&report.measurements, None);
        let row = table.lines().nth(2).unwrap();
        let cells: Vec<_> = row.split_whitespace().collect();
        assert_eq!(cells, ["1", "mailroom", "25", "ms", "90", "µs", "64", "0.50", "0.90"], "{table}");
    }

    #[test]
    fn a_baseline_adds_what_was_and_says_where_nothing_was() {
        let now = report(vec![measurement("mailroom", 1, 25.0, 90.0), measurement("mailroom", 10, 1.0, 1.0)]);
        let was = report(vec![measurement("mailroom", 1, 20.0, 180.0)]);
        let table = now.table(&now.measurements, Some(&was));
        let rows: Vec<Vec<_>> = table.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0][7..], ["-", "-", "20", "ms", "1.25", "180", "µs", "0.50"], "{table}");
        assert_eq!(rows[1][7..], ["-", "-", "-", "-", "-", "-"], "{table}");
    }

    #[test]
    fn what_is_written_can_be_read_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.json");
        let written = report(vec![measurement("mailroom", 1, 25.0, 90.0)]);
        written.write(&path).unwrap();
        assert_eq!(Report::read(&path).unwrap(), written);
        std::fs::write(&path, "{}").unwrap();
        assert!(Report::read(&path).unwrap_err().to_string().contains("--json"));
    }
}
