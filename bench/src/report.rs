//! The results, as tables and as JSON.

use crate::candidates::{Candidate, Function};
use crate::machine::Machine;
use crate::options::Plan;
use crate::sections::{Column, Section};
use anyhow::{Context, Result};
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) settings: Plan,
    /// The candidate that the others are compared with.
    pub(crate) reference: Option<String>,
    pub(crate) measurements: Vec<Measurement>,
}

/// The values of one candidate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measurement {
    pub(crate) section: Section,
    /// None: the whole system.
    pub(crate) function: Option<Function>,
    pub(crate) candidate: String,
    /// The number of records or connections.
    pub(crate) at: Option<usize>,
    /// By the keys of the section's columns.
    pub(crate) values: BTreeMap<&'static str, f64>,
}

impl Measurement {
    pub(crate) fn new(
        section: Section,
        function: Option<Function>,
        candidate: &Candidate,
        at: Option<usize>,
        values: BTreeMap<&'static str, f64>,
    ) -> Self {
        Self { section, function, candidate: candidate.name.clone(), at, values }
    }
}

impl Report {
    pub(crate) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
    }

    /// A Markdown table of `group`, which is part of this report.
    pub(crate) fn table(&self, group: &[Measurement]) -> Table {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        let Some(section) = group.first().map(|measurement| measurement.section) else { return table };
        // A section measures times or counts, not both.
        let measured = |column: &&Column| group.iter().any(|row| row.values.contains_key(column.key));
        let columns: Vec<_> = section.columns().iter().filter(measured).collect();
        let reference = self.reference.as_deref();
        let ratios = || columns.iter().filter(|column| column.has_ratio && reference.is_some());
        let names = [section.parameter(), Some("")].into_iter().flatten().map(str::to_owned);
        let headings = names.chain(columns.iter().map(|column| column.heading.to_owned()));
        let headings = headings
            .chain(ratios().map(|column| format!("{} / {}", column.heading, reference.unwrap_or_default())));
        table.set_header(headings);
        for measurement in group {
            let names =
                measurement.at.map(|at| at.to_string()).into_iter().chain([measurement.candidate.clone()]);
            let values = columns.iter().map(|column| {
                measurement.values.get(column.key).map_or_else(String::new, |value| column.unit.show(*value))
            });
            table.add_row(names.chain(values).chain(ratios().map(|column| self.ratio(measurement, column))));
        }
        for column in table.column_iter_mut().skip(1 + usize::from(section.parameter().is_some())) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        table
    }

    fn ratio(&self, measurement: &Measurement, column: &Column) -> String {
        let same = |other: &&Measurement| {
            (other.section, other.function, other.at)
                == (measurement.section, measurement.function, measurement.at)
                && Some(&other.candidate) == self.reference.as_ref()
        };
        let value = |of: &Measurement| of.values.get(column.key).copied();
        match (value(measurement), self.measurements.iter().find(same).and_then(value)) {
            (Some(value), Some(reference)) if reference > 0.0 => format!("{:.2}", value / reference),
            _ => "-".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use clap::Parser;

    fn measurement(candidate: &str, at: usize, time: f64, cpu: f64) -> Measurement {
        Measurement {
            section: Section::Batch,
            function: Some(Function::Worker),
            candidate: candidate.to_owned(),
            at: Some(at),
            values: [("time_ms", time), ("record_cpu_us", cpu), ("most_puts", 64.0)].into(),
        }
    }

    fn report(measurements: Vec<Measurement>) -> Report {
        let settings = Options::parse_from(["bench"]).plan();
        Report { machine: Machine::here(), settings, reference: Some("rust".to_owned()), measurements }
    }

    #[test]
    fn a_row_is_compared_with_the_reference_at_the_same_size() {
        let report = report(vec![
            measurement("mailroom", 1, 25.0, 90.0),
            measurement("rust", 10, 500.0, 100.0),
            measurement("rust", 1, 50.0, 100.0),
        ]);
        let table = report.table(&report.measurements).to_string();
        let row = table.lines().nth(2).unwrap();
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!(cells, ["", "1", "mailroom", "25 ms", "90 µs", "64", "0.50", "0.90", ""], "{table}");
    }

    #[test]
    fn a_table_shows_only_what_was_measured() {
        let values = [("instructions", 650_000.0), ("system_calls", 18.5)].into();
        let measurements = vec![Measurement { values, ..measurement("mailroom", 100, 0.0, 0.0) }];
        let table = report(measurements.clone()).table(&measurements).to_string();
        let row = table.lines().nth(2).unwrap();
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        assert_eq!(cells, ["", "100", "mailroom", "650 k", "18.5", "-", "-", ""], "{table}");
    }

    #[test]
    fn the_json_has_the_values_by_key() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.json");
        report(vec![measurement("mailroom", 1, 25.0, 90.0)]).write(&path).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(json["measurements"][0]["function"], "worker");
        assert_eq!(json["measurements"][0]["values"]["time_ms"], 25.0);
    }
}
