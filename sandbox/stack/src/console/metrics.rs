//! The metrics that the functions print in CloudWatch's embedded metric format, added up for Prometheus.
//!
//! Names and units follow Prometheus' conventions (<https://prometheus.io/docs/practices/naming/>): `PutLatency` of the
//! namespace `Shop`, in milliseconds, becomes `shop_put_latency_seconds`, a histogram; `Sold`, a count, becomes
//! `shop_sold_total`. Dimensions become labels.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::{counter::Counter, family::Family, histogram::Histogram};
use prometheus_client::registry::{Registry, Unit};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

pub(crate) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds in seconds: from a local call to a message that waited for the end of an outage.
const BUCKETS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3_600.0];

type Labels = Vec<(String, String)>;

/// The metrics so far. A metric is there from its first value on.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    registry: Registry,
    families: BTreeMap<String, Metric>,
}

#[derive(Clone, Debug)]
enum Metric {
    Counts(Family<Labels, Counter<f64, AtomicU64>>),
    Durations { family: Family<Labels, Histogram, fn() -> Histogram>, in_a_second: f64 },
}

impl Metrics {
    /// Adds what one log line says, if it is metrics: see "Specification: Embedded metric format" of CloudWatch's
    /// user guide.
    pub(crate) fn record(&mut self, line: &Value) {
        for directive in list(&line["_aws"]["CloudWatchMetrics"]) {
            let namespace = directive["Namespace"].as_str().unwrap_or_default();
            for dimensions in list(&directive["Dimensions"]) {
                let labels = labels(dimensions, line);
                for metric in list(&directive["Metrics"]) {
                    let (name, unit) = (metric["Name"].as_str(), metric["Unit"].as_str());
                    if let Some(name) = name {
                        self.add(namespace, name, unit.unwrap_or("None"), &labels, &line[name]);
                    }
                }
            }
        }
    }

    fn add(&mut self, namespace: &str, name: &str, unit: &str, labels: &Labels, values: &Value) {
        let name = format!("{}_{}", snake_case(namespace), snake_case(name));
        let metric = match self.families.get(&name) {
            Some(metric) => metric.clone(),
            None => self.register(name, unit),
        };
        for value in list(values).iter().filter_map(Value::as_f64) {
            match &metric {
                Metric::Counts(family) => {
                    family.get_or_create(labels).inc_by(value);
                }
                Metric::Durations { family, in_a_second } => {
                    family.get_or_create(labels).observe(value / in_a_second);
                }
            }
        }
    }

    fn register(&mut self, name: String, unit: &str) -> Metric {
        let help = format!("As the functions print it, in {unit}");
        let metric = match unit {
            "Microseconds" => durations(1e6),
            "Milliseconds" => durations(1e3),
            "Seconds" => durations(1.0),
            _ => Metric::Counts(Family::default()),
        };
        match metric.clone() {
            Metric::Counts(family) => self.registry.register(&name, help, family),
            Metric::Durations { family, .. } => {
                self.registry.register_with_unit(&name, help, Unit::Seconds, family);
            }
        }
        self.families.insert(name, metric.clone());
        metric
    }

    /// All of them, as text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        match encode(&mut text, &self.registry) {
            Ok(()) => text,
            Err(error) => {
                tracing::error!(%error, "cannot write the metrics");
                String::new()
            }
        }
    }
}

fn durations(in_a_second: f64) -> Metric {
    let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
    Metric::Durations { family: Family::new_with_constructor(histogram), in_a_second }
}

/// The items of an array; a single value is a list of one.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(values) => values,
        value => std::slice::from_ref(value),
    }
}

/// A dimension set with the values that the line has for it.
fn labels(dimensions: &Value, line: &Value) -> Labels {
    let names = list(dimensions).iter().filter_map(Value::as_str);
    names.map(|name| (snake_case(name), line[name].as_str().unwrap_or_default().to_owned())).collect()
}

/// `S3PutLatency` as `s3_put_latency`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    let mut after_lower = false;
    for c in name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }) {
        if c.is_ascii_uppercase() && after_lower {
            snake.push('_');
        }
        after_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(lines: &[Value]) -> String {
        let mut metrics = Metrics::default();
        lines.iter().for_each(|line| metrics.record(line));
        metrics.text()
    }

    fn line(name: &str, unit: &str, value: &Value) -> Value {
        json!({
            "_aws": {"Timestamp": 1, "CloudWatchMetrics": [{
                "Namespace": "Shop",
                "Dimensions": [["FunctionName", "Reason"]],
                "Metrics": [{"Name": name, "Unit": unit}],
            }]},
            "FunctionName": "stack-api",
            "Reason": "token",
            name: value,
        })
    }

    #[test]
    fn counts_add_up_under_prometheus_names_and_dimensions_are_labels() {
        let text = text(&[line("Sold", "Count", &json!(1.0)), line("Sold", "Count", &json!([2, 3.0]))]);
        let sample = r#"shop_sold_total{function_name="stack-api",reason="token"} 6.0"#;
        assert!(text.contains(sample), "{text}");
        assert!(text.contains("# TYPE shop_sold counter") && text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn durations_are_histograms_in_seconds() {
        let text = text(&[line("S3PutLatency", "Milliseconds", &json!([3, 1_500]))]);
        for part in [
            "# TYPE shop_s3_put_latency_seconds histogram",
            "# UNIT shop_s3_put_latency_seconds seconds",
            r#"_sum{function_name="stack-api",reason="token"} 1.503"#,
            r#"_count{function_name="stack-api",reason="token"} 2"#,
            r#"_bucket{le="0.005",function_name="stack-api",reason="token"} 1"#,
            r#"_bucket{le="2.5",function_name="stack-api",reason="token"} 2"#,
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }

    #[test]
    fn what_is_no_metric_is_passed_over() {
        for line in [
            json!({"level": "INFO"}),
            json!(1),
            json!({"_aws": 1}),
            json!({"_aws": {"CloudWatchMetrics": [{}]}}),
        ] {
            assert_eq!(text(&[line]), "# EOF\n");
        }
    }

    #[test]
    fn names_are_split_where_words_begin() {
        for (name, snake) in
            [("S3PutLatency", "s3_put_latency"), ("AgeWhenFiled", "age_when_filed"), ("a-b", "a_b")]
        {
            assert_eq!(snake_case(name), snake);
        }
    }
}
