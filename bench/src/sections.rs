//! The sections of the benchmark and the values that each measures.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Section {
    /// Fresh processes, up to their first response
    Cold,
    /// Many invocations of one process of api
    Warm,
    /// Batches of several sizes, by one process of worker
    Batch,
    /// Emails through the load balancer of a whole stack in the sandbox
    EndToEnd,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    Millis,
    Micros,
    Bytes,
    Count,
    Instructions,
}

/// A value of a measurement.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its name in the JSON.
    pub(crate) key: &'static str,
    pub(crate) heading: &'static str,
    pub(crate) unit: Unit,
    /// Another column shows its ratio to the reference.
    pub(crate) has_ratio: bool,
}

const fn column(key: &'static str, heading: &'static str, unit: Unit) -> Column {
    Column { key, heading, unit, has_ratio: false }
}

const fn with_ratio(key: &'static str, heading: &'static str, unit: Unit) -> Column {
    Column { key, heading, unit, has_ratio: true }
}

const INSTRUCTIONS: Column = with_ratio("instructions", "instructions", Unit::Instructions);
const SYSTEM_CALLS: Column = with_ratio("system_calls", "system calls", Unit::Count);

impl Section {
    pub(crate) const ALL: [Self; 4] = [Self::Cold, Self::Warm, Self::Batch, Self::EndToEnd];

    pub(crate) fn columns(self) -> &'static [Column] {
        match self {
            Self::Cold => {
                &const {
                    [
                        column("init_ms", "init", Unit::Millis),
                        with_ratio("answer_ms", "time", Unit::Millis),
                        column("init_cpu_ms", "CPU of init", Unit::Millis),
                        with_ratio("answer_cpu_ms", "CPU", Unit::Millis),
                        column("memory_bytes", "memory", Unit::Bytes),
                        column("unpacked_bytes", "unpacked", Unit::Bytes),
                        column("zip_bytes", "zip", Unit::Bytes),
                        INSTRUCTIONS,
                        SYSTEM_CALLS,
                    ]
                }
            }
            Self::Warm => {
                &const {
                    [
                        with_ratio("p50_us", "p50", Unit::Micros),
                        column("p90_us", "p90", Unit::Micros),
                        column("p99_us", "p99", Unit::Micros),
                        with_ratio("cpu_us", "CPU", Unit::Micros),
                        INSTRUCTIONS,
                        SYSTEM_CALLS,
                    ]
                }
            }
            Self::Batch => {
                &const {
                    [
                        with_ratio("time_ms", "time", Unit::Millis),
                        with_ratio("record_cpu_us", "CPU per record", Unit::Micros),
                        column("most_puts", "concurrent PUTs", Unit::Count),
                        INSTRUCTIONS,
                        SYSTEM_CALLS,
                    ]
                }
            }
            Self::EndToEnd => {
                &const {
                    [
                        with_ratio("answers_per_second", "responses/s", Unit::Count),
                        column("p50_ms", "p50", Unit::Millis),
                        with_ratio("p99_ms", "p99", Unit::Millis),
                        column("filed_after_ms", "last stored after", Unit::Millis),
                        with_ratio("filed_per_second", "stored/s", Unit::Count),
                    ]
                }
            }
        }
    }

    /// The quantity that the section varies.
    pub(crate) fn parameter(self) -> Option<&'static str> {
        match self {
            Self::Cold | Self::Warm => None,
            Self::Batch => Some("records"),
            Self::EndToEnd => Some("connections"),
        }
    }
}

impl Unit {
    /// Shows a value in about three digits.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Millis => format!("{} ms", digits(value)),
            Self::Micros => format!("{} µs", digits(value)),
            Self::Bytes if value < 1e5 => format!("{} kB", digits(value / 1e3)),
            Self::Bytes => format!("{} MB", digits(value / 1e6)),
            Self::Count => digits(value),
            Self::Instructions => format!("{:.0} k", value / 1e3),
        }
    }
}

fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        size if value.fract() == 0.0 || size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        _ => 2,
    };
    format!("{value:.decimals$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_about_three_digits_and_its_unit() {
        let shown = [0.123, 9.876, 12.34, 1234.5, 7.0].map(|value| Unit::Millis.show(value));
        assert_eq!(shown, ["0.12 ms", "9.88 ms", "12.3 ms", "1234 ms", "7 ms"]);
        let shown = [10_535_976.0, 1_620.0].map(|value| Unit::Bytes.show(value));
        assert_eq!(shown, ["10.5 MB", "1.62 kB"]);
    }
}
