//! CloudWatch's embedded metric format: metrics as lines of the log.
//!
//! "Specification: Embedded metric format" of the Amazon CloudWatch user guide says what a line must be, and
//! `tests/metrics/line.rs` holds the functions' lines against it.

use super::definition::Definition;
use super::names::NAMESPACE;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

/// How many values a metric may have in one line.
const VALUES_A_LINE: usize = 100;

/// The values of one metric in one invocation.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) definition: Definition,
    pub(super) values: Vec<f64>,
}

/// The lines that tell `series`: one, or as many as the longest of them needs. `members` stand in each of them: the
/// dimensions' values, and what else helps to find the invocation.
pub(super) fn lines(series: &[Series], members: &Map<String, Value>, now: SystemTime) -> Vec<String> {
    let count = series.iter().map(|series| series.values.len().div_ceil(VALUES_A_LINE)).max();
    let part = |index: usize| {
        let parts = series
            .iter()
            .filter_map(|series| Some((series.definition, series.values.chunks(VALUES_A_LINE).nth(index)?)));
        line(parts, members.clone(), now)
    };
    (0..count.unwrap_or_default()).map(part).collect()
}

fn line<'a>(
    parts: impl Iterator<Item = (Definition, &'a [f64])>,
    mut members: Map<String, Value>,
    now: SystemTime,
) -> String {
    let mut directives = BTreeMap::<_, Vec<Value>>::new();
    for (definition, values) in parts {
        let metric = json!({"Name": definition.name, "Unit": definition.unit.name()});
        directives.entry(definition.dimensions).or_default().push(metric);
        let value = if let [value] = values { json!(value) } else { json!(values) };
        members.insert(definition.name.to_owned(), value);
    }
    let directives = directives.into_iter().map(|(dimensions, metrics)| {
        json!({"Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics})
    });
    let milliseconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let metadata = json!({
        "Timestamp": u64::try_from(milliseconds).unwrap_or(u64::MAX),
        "CloudWatchMetrics": directives.collect::<Vec<_>>(),
    });
    members.insert("_aws".to_owned(), metadata);
    Value::Object(members).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::names::{ACCEPTED, REFUSED, S3_PUT_LATENCY};
    use super::*;
    use std::time::Duration;

    fn told(series: &[Series]) -> Vec<Value> {
        let members = json!({"FunctionName": "stack-api", "Reason": "token"});
        let now = UNIX_EPOCH + Duration::from_millis(1_693_561_101_007);
        let lines = lines(series, members.as_object().unwrap(), now);
        lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn metrics_of_the_same_dimensions_share_a_directive() {
        let series = [
            Series { definition: ACCEPTED.0, values: vec![1.0] },
            Series { definition: S3_PUT_LATENCY.0, values: vec![1.5, 2.0] },
            Series { definition: REFUSED.definition, values: vec![1.0] },
        ];
        let directive = |dimensions: Value, metrics: Value| json!({"Namespace": "Mailroom", "Dimensions": [dimensions], "Metrics": metrics});
        assert_eq!(
            told(&series),
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
    fn more_than_a_hundred_values_go_into_further_lines_and_nothing_is_told_twice() {
        let values: Vec<_> = (0..250).map(f64::from).collect();
        let told = told(&[
            Series { definition: S3_PUT_LATENCY.0, values: values.clone() },
            Series { definition: ACCEPTED.0, values: vec![1.0] },
        ]);
        assert_eq!(told.len(), 3);
        let parts = told.iter().map(|line| line["S3PutLatency"].as_array().unwrap().clone());
        assert_eq!(parts.clone().map(|part| part.len()).collect::<Vec<_>>(), [100, 100, 50]);
        assert_eq!(Value::from(parts.flatten().collect::<Vec<_>>()), json!(values));
        assert_eq!(told.iter().filter(|line| line.get("Accepted").is_some()).count(), 1);
    }

    #[test]
    fn without_a_value_there_is_no_line() {
        assert!(told(&[]).is_empty());
    }
}
