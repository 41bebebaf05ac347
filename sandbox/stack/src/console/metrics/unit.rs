//! Units and names, from CloudWatch's to Prometheus'.

/// Prometheus' base unit for one of CloudWatch's, and how many of those make one of it.
#[derive(Clone, Copy)]
pub(crate) enum Unit {
    Seconds(f64),
    Bytes(f64),
    Count,
}

impl Unit {
    /// See "MetricDatum", Amazon CloudWatch API reference. Rates and percentages have no base unit to be added up in.
    pub(crate) fn of(unit: &str) -> Self {
        match unit {
            "Microseconds" => Self::Seconds(1e6),
            "Milliseconds" => Self::Seconds(1e3),
            "Seconds" => Self::Seconds(1.0),
            "Bytes" => Self::Bytes(1.0),
            "Kilobytes" => Self::Bytes(1e-3),
            "Megabytes" => Self::Bytes(1e-6),
            "Gigabytes" => Self::Bytes(1e-9),
            "Terabytes" => Self::Bytes(1e-12),
            _ => Self::Count,
        }
    }

    pub(crate) fn to_base(self, value: f64) -> f64 {
        match self {
            Self::Seconds(in_one) | Self::Bytes(in_one) => value / in_one,
            Self::Count => value,
        }
    }

    /// The name of a metric, with the unit at its end once.
    pub(crate) fn name(self, name: &str) -> String {
        let name = identifier(name);
        let suffix = match self {
            Self::Seconds(_) => "_seconds",
            Self::Bytes(_) => "_bytes_total",
            Self::Count => "_total",
        };
        let stem = name.trim_end_matches("_total");
        let stem = if let Self::Bytes(_) = self { stem.trim_end_matches("_bytes") } else { stem };
        format!("{}{suffix}", stem.trim_end_matches(suffix))
    }

    /// Without the full stop, which the registry adds. It names the unit of the page, whatever the function printed.
    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Seconds(_) => "Durations that the functions printed, in seconds",
            Self::Bytes(_) => "Sum of the sizes that the functions printed, in bytes",
            Self::Count => "Sum of the values that the functions printed",
        }
    }
}

/// `S3PutLatency` as `s3_put_latency`: a name that Prometheus accepts for a metric or a label.
pub(crate) fn identifier(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }) {
        if c.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        snake.push(c.to_ascii_lowercase());
    }
    // Prometheus reserves two leading underscores, and a name can't begin with a digit.
    let name = snake.trim_start_matches('_');
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name.to_owned() } else { format!("_{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_where_words_begin_and_are_ones_that_prometheus_accepts() {
        for (name, identifier) in [
            ("S3PutLatency", "s3_put_latency"),
            ("AgeWhenFiled", "age_when_filed"),
            ("a-b", "a_b"),
            ("AWS/Lambda", "aws_lambda"),
            ("9Lives", "_9_lives"),
            ("__name__", "name__"),
            ("\u{e9}", "_"),
            ("a\nb 1", "a_b_1"),
            ("", "_"),
        ] {
            assert_eq!(super::identifier(name), identifier, "{name:?}");
        }
    }

    #[test]
    fn values_are_in_base_units_and_names_end_in_them_once() {
        for (unit, name, value, expected, base) in [
            ("Milliseconds", "PutLatency", 1_500.0, "put_latency_seconds", 1.5),
            ("Microseconds", "PutSeconds", 5e5, "put_seconds", 0.5),
            ("Seconds", "Age", 3.0, "age_seconds", 3.0),
            ("Kilobytes", "Sent", 2.0, "sent_bytes_total", 2_000.0),
            ("Bytes", "SentBytes", 7.0, "sent_bytes_total", 7.0),
            ("Count", "SoldTotal", 1.0, "sold_total", 1.0),
            ("None", "Sold", 1.0, "sold_total", 1.0),
        ] {
            let unit = Unit::of(unit);
            assert_eq!((unit.name(name).as_str(), unit.to_base(value)), (expected, base), "{name}");
        }
    }
}
