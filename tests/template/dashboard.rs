//! The dashboard that needs no Grafana.

use super::file::{File, text};
use super::metrics;
use super::values::Values;
use serde_json::Value;
use std::collections::BTreeSet;

const ENDPOINTS: [&str; 3] = ["alb", "http-api", "both"];

/// A deployment with this endpoint, and with the options that have widgets of their own.
fn deployed<'a>(file: &'a File, endpoint: &str) -> Values<'a> {
    Values::new(file, &[("Endpoint", endpoint), ("CanaryRate", "rate(5 minutes)")])
}

/// The widgets of a kind that a deployment with this endpoint has.
fn widgets(endpoint: &str, kind: &str) -> Vec<Value> {
    let file = File::read();
    let values = deployed(&file, endpoint);
    let body = values.text(file.property("Dashboard", "/DashboardBody"));
    let body: Value =
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{endpoint}: {error} in {body}"));
    body["widgets"].as_array().unwrap().iter().filter(|widget| widget["type"] == kind).cloned().collect()
}

/// The metrics of a widget as namespace, name, and dimensions with their values, with CloudWatch's short forms
/// written out: `.` is what stands there in the line before, `...` is all of the line before.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>
fn written_out(widget: &Value) -> Vec<Vec<String>> {
    let mut lines: Vec<Vec<String>> = Vec::new();
    for line in widget["properties"]["metrics"].as_array().unwrap() {
        let parts: Vec<_> =
            line.as_array().unwrap().iter().filter(|part| part.is_string()).map(text).collect();
        if parts.is_empty() {
            continue; // an expression
        }
        let before = lines.last().cloned().unwrap_or_default();
        let part = |(place, part): (usize, String)| if part == "." { before[place].clone() } else { part };
        let parts =
            if parts == ["..."] { before.clone() } else { parts.into_iter().enumerate().map(part).collect() };
        lines.push(parts);
    }
    lines
}

#[test]
fn every_widget_shows_metrics_that_there_are() {
    for widget in ENDPOINTS.iter().flat_map(|endpoint| widgets(endpoint, "metric")) {
        let title = text(&widget["properties"]["title"]);
        let lines = written_out(&widget);
        assert!(!lines.is_empty(), "{title} is empty");
        for line in lines {
            let names: Vec<_> = line[2..].iter().step_by(2).map(String::as_str).collect();
            assert!(metrics::exists(&line[0], &line[1], &names), "{title}: there is no {line:?}");
            for value in line[3..].iter().step_by(2) {
                assert!(value.contains("${"), "{title}: {value} is another stack's");
            }
        }
    }
}

/// CloudFormation refuses a reference to a resource that isn't there, and a widget without its resource stays empty.
#[test]
fn every_widget_is_about_resources_that_the_endpoint_has() {
    let file = File::read();
    for endpoint in ENDPOINTS {
        let values = deployed(&file, endpoint);
        for widget in ["metric", "log", "alarm"].iter().flat_map(|kind| widgets(endpoint, kind)) {
            let text = widget.to_string();
            for reference in text.split("${").skip(1).map(|rest| rest.split(['.', '}']).next().unwrap()) {
                let resource = file.section("Resources").get(reference);
                let there = resource.is_none_or(|resource| values.has(resource));
                assert!(there, "{endpoint}: {reference} isn't there, but on the dashboard");
            }
        }
    }
}

#[test]
fn everything_that_the_functions_count_is_shown() {
    for endpoint in ENDPOINTS {
        let widgets = widgets(endpoint, "metric");
        let mut shown: BTreeSet<String> =
            widgets.iter().flat_map(written_out).map(|line| line[1].clone()).collect();
        for widget in widgets {
            // Both have a line for each reason or step, which only a search finds.
            let search = widget["properties"]["metrics"].to_string();
            for (name, dimension) in [("Refused", "Reason"), ("CanaryFailed", "Step")] {
                if search.contains(&format!(r#"{{Mailroom,FunctionName,{dimension}}} MetricName=\"{name}\""#))
                {
                    shown.insert(name.to_owned());
                }
            }
        }
        for name in metrics::ours() {
            assert!(shown.contains(&name), "{endpoint}: {name} is shown nowhere");
        }
    }
}

#[test]
fn the_dashboard_has_a_widget_for_each_thing_that_operators_look_at() {
    let load_balancer = ["Requests and errors", "Latency of answers"];
    let http_api = ["Requests and errors of the HTTP API", "Latency of the HTTP API"];
    for (endpoint, of_endpoint) in ENDPOINTS.into_iter().zip([
        load_balancer.to_vec(),
        http_api.to_vec(),
        [load_balancer, http_api].concat(),
    ]) {
        let widgets = widgets(endpoint, "metric");
        let titles: Vec<_> = widgets.iter().map(|widget| text(&widget["properties"]["title"])).collect();
        let always = ["Function health", "Queue depth and age", "Dead letters", "Objects filed"];
        for title in of_endpoint.into_iter().chain(always) {
            assert!(titles.iter().any(|other| other == title), "{endpoint}: no {title} in {titles:?}");
        }
        assert_eq!(titles.iter().collect::<BTreeSet<_>>().len(), titles.len(), "a title is there twice");
    }
}

#[test]
fn no_widget_covers_another() {
    let place = |widget: &Value, name: &str| widget[name].as_u64().unwrap();
    for endpoint in ENDPOINTS {
        let mut taken = BTreeSet::new();
        for widget in ["metric", "log", "alarm"].into_iter().flat_map(|kind| widgets(endpoint, kind)) {
            let (x, y) = (place(&widget, "x"), place(&widget, "y"));
            assert!(x + place(&widget, "width") <= 24, "{widget} is wider than the dashboard");
            for column in x..x + place(&widget, "width") {
                for row in y..y + place(&widget, "height") {
                    assert!(taken.insert((column, row)), "{endpoint}: {widget} covers another");
                }
            }
        }
        assert!(taken.contains(&(0, 0)), "{endpoint}: the dashboard begins with a gap");
    }
}

/// A widget without its metrics stays empty.
#[test]
fn without_a_canary_nothing_of_it_is_on_it() {
    let file = File::read();
    let body = Values::new(&file, &[]).text(file.property("Dashboard", "/DashboardBody"));
    assert!(!body.contains("anary"), "{body}");
}

#[test]
fn all_alarms_of_the_mail_stack_are_on_it() {
    let file = File::read();
    for endpoint in ENDPOINTS {
        let values = deployed(&file, endpoint);
        let shown = widgets(endpoint, "alarm")[0]["properties"]["alarms"].to_string();
        for (id, _) in file.of_type("AWS::CloudWatch::Alarm") {
            let there = values.has(file.resource(id));
            assert_eq!(shown.contains(&format!("${{{id}.Arn}}")), there, "{endpoint}: {id}");
        }
    }
}

/// Each line that is drawn, by its label, with the value that it has to have.
#[test]
fn a_line_is_drawn_where_its_alarm_fires_or_its_function_is_ended() {
    let file = File::read();
    let timeout = |id| 1_000.0 * file.text(id, "/Timeout").parse::<f64>().unwrap();
    let threshold = |id| file.text(id, "/Threshold").parse::<f64>().unwrap();
    let mut lines = Vec::new();
    for widget in widgets("both", "metric") {
        let title = text(&widget["properties"]["title"]);
        for line in widget["properties"]["annotations"]["horizontal"].as_array().into_iter().flatten() {
            lines.push(((title.clone(), text(&line["label"])), line["value"].as_f64().unwrap()));
        }
    }
    let drawn = |title: &str, label: &str, value: f64| ((title.to_owned(), label.to_owned()), value);
    assert_eq!(
        lines,
        [
            drawn("Function duration", "api's timeout", timeout("ApiFunction")),
            drawn("Function duration", "worker's timeout", timeout("WorkerFunction")),
            drawn("Queue depth and age", "alarm", threshold("QueueAgeAlarm")),
        ]
    );
}
