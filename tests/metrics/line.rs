//! Lines in CloudWatch's embedded metric format, read as CloudWatch reads them.

use serde_json::{Value, json};

/// The reasons of refusals.
pub(crate) const ALL_REASONS: [&str; 9] = [
    "not_found",
    "method_not_allowed",
    "compressed",
    "unreadable",
    "invalid",
    "token",
    "too_large",
    "unavailable",
    "bug",
];

/// A function's lines so far, each one valid.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) lines: Vec<Value>,
}

/// One metric of one line.
#[derive(Debug)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) dimensions: Vec<String>,
    pub(crate) values: Vec<f64>,
}

impl Told {
    /// The metrics of `function` among the lines of a log.
    pub(crate) fn by(function: &str, log: &[String]) -> Self {
        let lines = log.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let lines: Vec<_> = lines.filter(|line| line.get("_aws").is_some()).collect();
        for line in &lines {
            assert_eq!(faults(line), [""; 0], "{line}");
        }
        Self { lines: lines.into_iter().filter(|line| line["FunctionName"] == function).collect() }
    }

    /// Every metric of every line, as CloudWatch takes them out.
    pub(crate) fn samples(&self) -> Vec<Sample> {
        self.lines.iter().flat_map(samples).collect()
    }

    /// Every value of a metric.
    pub(crate) fn values(&self, name: &str) -> Vec<f64> {
        let samples = self.samples().into_iter().filter(|sample| sample.name == name);
        samples.flat_map(|sample| sample.values).collect()
    }

    /// The statistic `Sum` of a metric.
    pub(crate) fn sum(&self, name: &str) -> f64 {
        self.values(name).iter().sum()
    }
}

fn texts(array: &Value) -> Vec<String> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn samples(line: &Value) -> Vec<Sample> {
    let mut samples = Vec::new();
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        assert_eq!(directive["Namespace"], "Mailroom", "{line}");
        for metric in directive["Metrics"].as_array().unwrap() {
            let name = metric["Name"].as_str().unwrap().to_owned();
            let values = match &line[&name] {
                Value::Array(values) => values.iter().map(|value| value.as_f64().unwrap()).collect(),
                value => vec![value.as_f64().unwrap()],
            };
            let unit = metric["Unit"].as_str().unwrap().to_owned();
            samples.push(Sample { name, unit, dimensions: texts(&directive["Dimensions"][0]), values });
        }
    }
    samples
}

/// A line's faults by "Specification: Embedded metric format" in the Amazon CloudWatch user guide: of its form, and
/// dimensions and metrics without a value.
fn faults(line: &Value) -> Vec<String> {
    let validator = jsonschema::validator_for(&specification()).unwrap();
    let mut faults: Vec<_> = validator.iter_errors(line).map(|error| error.to_string()).collect();
    for directive in line["_aws"]["CloudWatchMetrics"].as_array().into_iter().flatten() {
        for dimensions in directive["Dimensions"].as_array().into_iter().flatten() {
            let missing = texts(dimensions).into_iter().filter(|name| {
                !line[name].as_str().is_some_and(|value| (1..=1_024).contains(&value.chars().count()))
            });
            faults.extend(missing.map(|name| format!("the dimension {name} has no value")));
        }
        for metric in directive["Metrics"].as_array().into_iter().flatten() {
            let name = metric["Name"].as_str().unwrap_or_default();
            let is_told = match &line[name] {
                Value::Number(_) => true,
                Value::Array(values) => {
                    (1..=100).contains(&values.len()) && values.iter().all(Value::is_number)
                }
                _ => false,
            };
            faults.extend((!is_told).then(|| format!("the metric {name} has no value")));
        }
    }
    faults
}

/// The form of a line. The root may have other members, the objects of the format may not.
fn specification() -> Value {
    let metric = json!({
        "type": "object", "required": ["Name"], "additionalProperties": false,
        "properties": {
            "Name": {"type": "string", "minLength": 1, "maxLength": 1024},
            "Unit": {"enum": ["Count", "Milliseconds", "Seconds"]},
            "StorageResolution": {"enum": [1, 60]},
        },
    });
    let dimensions = json!({
        "type": "array", "maxItems": 30, "items": {"type": "string", "minLength": 1, "maxLength": 250},
    });
    let directive = json!({
        "type": "object", "required": ["Namespace", "Dimensions", "Metrics"], "additionalProperties": false,
        "properties": {
            "Namespace": {"type": "string", "minLength": 1, "maxLength": 1024},
            "Dimensions": {"type": "array", "minItems": 1, "items": dimensions},
            "Metrics": {"type": "array", "minItems": 1, "maxItems": 100, "items": metric},
        },
    });
    let metadata = json!({
        "type": "object", "required": ["Timestamp", "CloudWatchMetrics"], "additionalProperties": false,
        "properties": {
            // Milliseconds: seconds would be in the year 1970.
            "Timestamp": {"type": "integer", "minimum": 1_000_000_000_000_u64},
            "CloudWatchMetrics": {"type": "array", "minItems": 1, "items": directive},
        },
    });
    json!({"type": "object", "required": ["_aws"], "properties": {"_aws": metadata}})
}

#[test]
fn a_line_that_breaks_the_specification_is_told_from_a_good_one() {
    let good = json!({
        "_aws": {"Timestamp": 1_693_561_101_000_u64, "CloudWatchMetrics": [
            {"Namespace": "n", "Dimensions": [["d"]], "Metrics": [{"Name": "m", "Unit": "Count"}]},
        ]},
        "d": "value", "m": [1, 2.5], "other": {},
    });
    assert_eq!(faults(&good), [""; 0]);
    for (pointer, value) in [
        ("/_aws", json!({})),
        ("/_aws/Timestamp", json!(1_693_561_101)),
        ("/_aws/Timestamp", json!("2023-09-01T09:38:21Z")),
        ("/_aws/CloudWatchMetrics/0/Namespace", json!("")),
        ("/_aws/CloudWatchMetrics/0/Dimensions", json!(["d"])),
        ("/_aws/CloudWatchMetrics/0/Dimensions", json!([["absent"]])),
        ("/_aws/CloudWatchMetrics/0/Metrics/0", json!({"Name": "m", "unit": "Count"})),
        ("/_aws/CloudWatchMetrics/0/Metrics/0/Unit", json!("Furlongs")),
        ("/_aws/CloudWatchMetrics/0/Metrics/0/Name", json!("absent")),
        ("/d", json!("")),
        ("/d", json!(1)),
        ("/m", json!("1")),
        ("/m", json!([])),
        ("/m", json!(vec![1; 101])),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert_ne!(faults(&bad), [""; 0], "{bad}");
    }
}
