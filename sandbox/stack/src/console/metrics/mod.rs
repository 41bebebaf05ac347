//! Metrics for Prometheus, in its text format: those that the functions print in CloudWatch's embedded metric format,
//! added up, and the queues as they are now.
//!
//! Names and units follow Prometheus' conventions (<https://prometheus.io/docs/practices/naming/>): `PutLatency` of the
//! namespace `Shop`, in milliseconds, becomes `shop_put_latency_seconds`, a histogram; `Sold`, a count, becomes
//! `shop_sold_total`; sizes are added up in bytes. Dimensions become labels.
//!
//! - `unit`: units and names;
//! - `total`: a counter in the text format;
//! - `queues`: the queues, as gauges.

mod queues;
mod total;
mod unit;

use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::{family::Family, histogram::Histogram};
use prometheus_client::registry::Registry;
use sandbox_services::sqs::Sqs;
use serde_json::Value;
use std::collections::BTreeMap;
use total::Total;
use unit::{Unit, identifier};

/// Prometheus' own text format, which `promtool check metrics` reads. It doesn't read OpenMetrics.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Upper bounds in seconds: from a local call to a message that waited for the end of an outage.
const BUCKETS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3_600.0];

type Labels = Vec<(String, String)>;

/// The functions' metrics so far. A metric is there from its first value on.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    registry: Registry,
    families: BTreeMap<String, Metric>,
}

#[derive(Clone, Debug)]
enum Metric {
    Totals(Family<Labels, Total>),
    Durations(Family<Labels, Histogram, fn() -> Histogram>),
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
                    let unit = Unit::of(metric["Unit"].as_str().unwrap_or_default());
                    if let Some(name) = metric["Name"].as_str() {
                        self.add(&format!("{namespace}_{name}"), unit, &labels, &line[name]);
                    }
                }
            }
        }
    }

    fn add(&mut self, name: &str, unit: Unit, labels: &Labels, values: &Value) {
        let name = unit.name(name);
        let metric = match self.families.get(&name) {
            Some(metric) => metric.clone(),
            None => self.register(name, unit),
        };
        for value in list(values).iter().filter_map(Value::as_f64) {
            match &metric {
                Metric::Totals(family) => family.get_or_create(labels).add(unit.to_base(value)),
                Metric::Durations(family) => family.get_or_create(labels).observe(unit.to_base(value)),
            }
        }
    }

    fn register(&mut self, name: String, unit: Unit) -> Metric {
        let metric = match unit {
            Unit::Seconds(_) => {
                let histogram: fn() -> Histogram = || Histogram::new(BUCKETS);
                Metric::Durations(Family::new_with_constructor(histogram))
            }
            Unit::Bytes(_) | Unit::Count => Metric::Totals(Family::default()),
        };
        match metric.clone() {
            Metric::Totals(family) => self.registry.register(&name, unit.help(), family),
            Metric::Durations(family) => self.registry.register(&name, unit.help(), family),
        }
        self.families.insert(name, metric.clone());
        metric
    }

    /// All of them, and the queues, as text.
    pub(crate) fn text(&self, sqs: &Sqs) -> String {
        let mut text = String::new();
        for registry in [&self.registry, &queues::queues(sqs)] {
            if let Err(error) = encode_registry(&mut text, registry) {
                tracing::error!(%error, "cannot write the metrics");
                return String::new();
            }
        }
        text
    }
}

/// The items of an array; a single value is a list of one.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(values) => values,
        value => std::slice::from_ref(value),
    }
}

/// A dimension set with the values that the line has for it. A label has one value, or Prometheus refuses the page.
fn labels(dimensions: &Value, line: &Value) -> Labels {
    let mut labels = BTreeMap::new();
    for name in list(dimensions).iter().filter_map(Value::as_str) {
        // A histogram's own label: Prometheus renames its own labels' namesakes so.
        let label = if identifier(name) == "le" { "exported_le".to_owned() } else { identifier(name) };
        labels.entry(label).or_insert_with(|| line[name].as_str().unwrap_or_default().to_owned());
    }
    labels.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(lines: &[Value]) -> String {
        let mut metrics = Metrics::default();
        lines.iter().for_each(|line| metrics.record(line));
        let mut text = String::new();
        encode_registry(&mut text, &metrics.registry).unwrap();
        text
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
        assert!(text.contains("# TYPE shop_sold_total counter"), "{text}");
    }

    #[test]
    fn durations_are_histograms_in_seconds() {
        let text = text(&[line("S3PutLatency", "Milliseconds", &json!([3, 1_500]))]);
        for part in [
            "# TYPE shop_s3_put_latency_seconds histogram",
            "# HELP shop_s3_put_latency_seconds Durations that the functions printed, in seconds.",
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
            assert_eq!(text(&[line]), "");
        }
    }

    #[test]
    fn a_metric_in_two_units_is_one_histogram_in_seconds() {
        let text = text(&[line("Wait", "Milliseconds", &json!(1_500)), line("Wait", "Seconds", &json!(2))]);
        assert!(text.contains(r#"_sum{function_name="stack-api",reason="token"} 3.5"#), "{text}");
    }

    #[test]
    fn a_dimension_is_not_taken_for_the_bound_of_a_histogram() {
        let text = text(&[json!({
            "_aws": {"CloudWatchMetrics": [{
                "Namespace": "Shop", "Dimensions": [["Le"]], "Metrics": [{"Name": "Wait", "Unit": "Seconds"}],
            }]},
            "Le": "x", "Wait": 3,
        })]);
        assert!(text.contains(r#"shop_wait_seconds_bucket{le="5.0",exported_le="x"} 1"#), "{text}");
    }

    #[test]
    fn a_label_has_one_value_and_a_counter_never_falls() {
        let line = json!({
            "_aws": {"CloudWatchMetrics": [{
                "Namespace": "Shop", "Dimensions": [["A", "a"]], "Metrics": [{"Name": "Sold"}],
            }]},
            "A": "first\nsecond \"x\"", "a": "other", "Sold": [2, -5],
        });
        assert!(text(&[line]).ends_with("shop_sold_total{a=\"first\\nsecond \\\"x\\\"\"} 2.0\n"));
    }
}
