//! CloudWatch's embedded metric format: metrics as lines of the log.
//!
//! `tests/metrics/line.rs` checks the functions' lines against "Specification: Embedded metric format" of the Amazon
//! CloudWatch user guide.

use super::names::{Definition, NAMESPACE};
use serde::ser::{Serialize, SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// The most values that a metric may have in one line.
const VALUES_A_LINE: usize = 100;

/// The values of one metric in one invocation.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) definition: Definition,
    pub(crate) values: Vec<f64>,
}

/// A member of a line beside the metrics: a dimension's value, or the request id.
pub(crate) type Member = (&'static str, String);

/// The lines for `series`: one, or as many as the longest series needs. Each line has the `members`.
#[expect(clippy::expect_used, reason = "strings, numbers and lists of them are always JSON")]
pub(crate) fn lines(series: &[Series], members: &[Member], now: SystemTime) -> Vec<String> {
    let count = series.iter().map(|series| series.values.len().div_ceil(VALUES_A_LINE)).max();
    let milliseconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let part = |index: usize| {
        let parts = series
            .iter()
            .filter_map(|series| Some((series.definition, series.values.chunks(VALUES_A_LINE).nth(index)?)));
        let line = Line { members, parts: parts.collect(), milliseconds };
        serde_json::to_string(&line).expect("a line of JSON")
    };
    (0..count.unwrap_or_default()).map(part).collect()
}

/// One line. It is serialised directly: an invocation is too short to build a JSON tree first.
struct Line<'a> {
    members: &'a [Member],
    parts: Vec<(Definition, &'a [f64])>,
    milliseconds: u128,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("_aws", &Metadata::of(self))?;
        for (name, value) in self.members {
            map.serialize_entry(name, value)?;
        }
        for (definition, values) in &self.parts {
            match values {
                [value] => map.serialize_entry(definition.name, value)?,
                values => map.serialize_entry(definition.name, values)?,
            }
        }
        map.end()
    }
}

/// Tells CloudWatch which members of the line are metrics.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: u128,
    cloud_watch_metrics: Vec<Directive<'a>>,
}

/// The metrics that share their dimensions.
#[derive(serde::Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<'a> {
    namespace: &'static str,
    dimensions: [&'static [&'static str]; 1],
    metrics: Vec<&'a Definition>,
}

impl<'a> Metadata<'a> {
    fn of(line: &'a Line<'_>) -> Self {
        let mut by_dimensions = BTreeMap::<_, Vec<_>>::new();
        for (definition, _) in &line.parts {
            by_dimensions.entry(definition.dimensions).or_default().push(definition);
        }
        let directive =
            |(dimensions, metrics)| Directive { namespace: NAMESPACE, dimensions: [dimensions], metrics };
        Self {
            timestamp: line.milliseconds,
            cloud_watch_metrics: by_dimensions.into_iter().map(directive).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::names::{ACCEPTED, REFUSED, S3_PUT_LATENCY};
    use super::*;
    use serde_json::{Value, json};
    use std::time::Duration;

    fn written(series: &[Series]) -> Vec<Value> {
        let members = [("FunctionName", "stack-api".to_owned()), ("Reason", "token".to_owned())];
        let now = UNIX_EPOCH + Duration::from_millis(1_693_561_101_007);
        let lines = lines(series, &members, now);
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn metrics_of_the_same_dimensions_share_a_directive() {
        let series = [
            Series { definition: ACCEPTED.0, values: vec![1.0] },
            Series { definition: S3_PUT_LATENCY.0, values: vec![1.5, 2.0] },
            Series { definition: REFUSED.0, values: vec![1.0] },
        ];
        let directive = |dimensions: Value, metrics: Value| json!({"Namespace": "Mailroom", "Dimensions": [dimensions], "Metrics": metrics});
        assert_eq!(
            written(&series),
            [json!({
                "_aws": {"Timestamp": 1_693_561_101_007_u64, "CloudWatchMetrics": [
                    directive(json!(["FunctionName"]), json!([
                        {"Name": "Accepted", "Unit": "Count"},
                        {"Name": "S3PutLatency", "Unit": "Milliseconds"},
                    ])),
                    directive(json!(["FunctionName", "Reason"]), json!([{"Name": "Refused", "Unit": "Count"}])),
                ]},
                "FunctionName": "stack-api",
                "Reason": "token",
                "Accepted": 1.0,
                "S3PutLatency": [1.5, 2.0],
                "Refused": 1.0,
            })]
        );
    }

    #[test]
    fn more_than_a_hundred_values_go_into_further_lines_and_nothing_is_written_twice() {
        let values: Vec<_> = (0..250).map(f64::from).collect();
        let lines = written(&[
            Series { definition: S3_PUT_LATENCY.0, values: values.clone() },
            Series { definition: ACCEPTED.0, values: vec![1.0] },
        ]);
        assert_eq!(lines.len(), 3);
        let parts = lines.iter().map(|line| line["S3PutLatency"].as_array().unwrap().clone());
        assert_eq!(parts.clone().map(|part| part.len()).collect::<Vec<_>>(), [100, 100, 50]);
        assert_eq!(Value::from(parts.flatten().collect::<Vec<_>>()), json!(values));
        assert_eq!(lines.iter().filter(|line| line.get("Accepted").is_some()).count(), 1);
    }

    #[test]
    fn without_a_value_there_is_no_line() {
        assert!(written(&[]).is_empty());
    }
}
