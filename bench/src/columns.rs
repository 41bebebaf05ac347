//! What each section measures, and how it is shown.

use serde::{Deserialize, Serialize};

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Section {
    /// Fresh processes, up to their first answer
    Cold,
    /// Many invocations of one process of api
    Warm,
    /// Batches of several sizes, by one process of worker
    Batch,
    /// Emails through the load balancer of a whole local stack, until they are filed
    EndToEnd,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Milliseconds.
    Millis,
    /// Microseconds.
    Micros,
    /// Bytes, shown as kB or MB.
    Bytes,
    /// Things.
    Count,
}

/// One number of a measurement.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the JSON.
    pub key: &'static str,
    /// Its name in tables.
    pub heading: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Its name in columns that compare it, if it is worth it.
    pub compared: Option<&'static str>,
}

const fn column(key: &'static str, heading: &'static str, unit: Unit) -> Column {
    Column { key, heading, unit, compared: None }
}

const fn compared(key: &'static str, heading: &'static str, unit: Unit, short: &'static str) -> Column {
    Column { key, heading, unit, compared: Some(short) }
}

const COLD: &[Column] = &[
    column("init_ms", "init", Unit::Millis),
    compared("answer_ms", "first answer", Unit::Millis, "answer"),
    column("init_cpu_ms", "CPU init", Unit::Millis),
    compared("answer_cpu_ms", "CPU answer", Unit::Millis, "CPU"),
    column("memory_bytes", "memory", Unit::Bytes),
    column("unpacked_bytes", "unpacked", Unit::Bytes),
    column("zip_bytes", "zip", Unit::Bytes),
];
const WARM: &[Column] = &[
    compared("p50_us", "p50", Unit::Micros, "p50"),
    column("p90_us", "p90", Unit::Micros),
    column("p99_us", "p99", Unit::Micros),
    compared("cpu_us", "CPU", Unit::Micros, "CPU"),
];
const BATCH: &[Column] = &[
    compared("time_ms", "time", Unit::Millis, "time"),
    compared("record_cpu_us", "CPU a record", Unit::Micros, "CPU"),
    column("most_puts", "most PUTs at once", Unit::Count),
];
const END_TO_END: &[Column] = &[
    compared("answers_per_second", "answers/s", Unit::Count, "answers/s"),
    column("p50_ms", "p50", Unit::Millis),
    compared("p99_ms", "p99", Unit::Millis, "p99"),
    column("filed_after_ms", "last filed after", Unit::Millis),
    compared("filed_per_second", "filed/s", Unit::Count, "filed/s"),
];

impl Section {
    /// All of them, in the order in which they are measured.
    pub const ALL: [Self; 4] = [Self::Cold, Self::Warm, Self::Batch, Self::EndToEnd];

    /// What it measures.
    #[must_use]
    pub fn columns(self) -> &'static [Column] {
        match self {
            Self::Cold => COLD,
            Self::Warm => WARM,
            Self::Batch => BATCH,
            Self::EndToEnd => END_TO_END,
        }
    }

    /// What it varies.
    #[must_use]
    pub fn varies(self) -> Option<&'static str> {
        match self {
            Self::Cold | Self::Warm => None,
            Self::Batch => Some("records"),
            Self::EndToEnd => Some("connections"),
        }
    }
}

impl Unit {
    /// A number with its unit, in three digits or so.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Millis => format!("{} ms", digits(value)),
            Self::Micros => format!("{} µs", digits(value)),
            Self::Bytes if value < 1e5 => format!("{} kB", digits(value / 1e3)),
            Self::Bytes => format!("{} MB", digits(value / 1e6)),
            Self::Count => digits(value),
        }
    }
}

fn digits(value: f64) -> String {
    let whole = value.fract() == 0.0;
    match value.abs() {
        size if whole || size >= 99.95 => format!("{value:.0}"),
        size if size >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_three_digits_or_so_and_its_unit() {
        let shown = [0.123, 9.876, 12.34, 1234.5, 7.0].map(|value| Unit::Millis.show(value));
        assert_eq!(shown, ["0.12 ms", "9.88 ms", "12.3 ms", "1234 ms", "7 ms"]);
        let shown = [10_535_976.0, 1_620.0].map(|value| Unit::Bytes.show(value));
        assert_eq!(shown, ["10.5 MB", "1.62 kB"]);
    }
}
