//! Log groups, as a client sees them.

use super::*;
use crate::clock::milliseconds;
use crate::operation::Service;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::SystemTime;

const GROUP: &str = "/aws/lambda/jobs";

fn logs() -> Logs {
    Logs::new("eu-central-1", "000000000000")
}

/// A group with a line for each of these times, in the stream `day/a` or, if the time is odd, `day/b`. A line's message
/// is its time.
fn with_lines(times: impl IntoIterator<Item = i64>) -> Logs {
    let logs = logs();
    let group = logs.group(GROUP);
    let streams: [Arc<str>; 2] = ["day/a".into(), "day/b".into()];
    for time in times {
        let stream = &streams[usize::from(time % 2 == 1)];
        group.put_at(time, stream, &json!({"message": time.to_string()}).to_string());
    }
    logs
}

fn filter(logs: &Logs, mut request: Value) -> Result<Value, (String, String)> {
    if request.get("logGroupIdentifier").is_none() && request.get("logGroupName").is_none() {
        request["logGroupName"] = json!(GROUP);
    }
    api::call(logs, "FilterLogEvents", request)
        .map_err(|error| (error.json_type(Service::Logs), error.to_string()))
}

fn times(answer: &Value) -> Vec<i64> {
    answer["events"].as_array().unwrap().iter().map(|event| event["timestamp"].as_i64().unwrap()).collect()
}

fn found(logs: &Logs, request: Value) -> Vec<i64> {
    times(&filter(logs, request).unwrap())
}

/// The pages of a request, as the client follows them.
fn pages(logs: &Logs, request: &Value) -> Vec<Vec<i64>> {
    let (mut pages, mut request) = (Vec::new(), request.clone());
    loop {
        let answer = filter(logs, request.clone()).unwrap();
        pages.push(times(&answer));
        match answer.get("nextToken") {
            Some(token) => request["nextToken"] = token.clone(),
            None => return pages,
        }
    }
}

#[test]
fn a_line_comes_back_with_its_time_and_its_stream() {
    let logs = logs();
    let stream = logs.group(GROUP).new_stream("jobs");
    let before = milliseconds(SystemTime::now()).cast_signed();
    stream.put("a \"line\"");
    let answer = filter(&logs, json!({})).unwrap();
    let event = &answer["events"][0];
    assert_eq!((&event["message"], &event["logStreamName"]), (&json!("a \"line\""), &json!(stream.name())));
    assert!(event["timestamp"].as_i64().unwrap() >= before && event["ingestionTime"] == event["timestamp"]);
    assert!(event["eventId"].as_str().is_some_and(|id| id.len() == 56));
}

#[test]
fn a_stream_is_named_as_lambda_does() {
    let logs = logs();
    for (group, between) in [(GROUP, "/[$LATEST]"), ("/logs/all", "/jobs[$LATEST][")] {
        let (one, other) = (logs.group(group).new_stream("jobs"), logs.group(group).new_stream("jobs"));
        assert_ne!(one.name(), other.name());
        let (day, instance) = one.name().split_once(between).unwrap_or_else(|| panic!("{}", one.name()));
        assert_eq!(day.split('/').map(str::len).collect::<Vec<_>>(), [4, 2, 2], "{day}");
        assert_eq!(instance.trim_end_matches(']').len(), 32, "{instance}");
    }
}

#[test]
fn both_ends_of_the_time_that_is_asked_for_belong_to_it() {
    let logs = with_lines([10, 20, 20, 30, 40]);
    for (request, expected) in [
        (json!({}), vec![10, 20, 20, 30, 40]),
        (json!({"startTime": 20, "endTime": 30}), vec![20, 20, 30]),
        (json!({"startTime": 21}), vec![30, 40]),
        (json!({"endTime": 19}), vec![10]),
        (json!({"startTime": 41}), vec![]),
        (json!({"startTime": 30, "endTime": 20}), vec![]),
    ] {
        assert_eq!(found(&logs, request.clone()), expected, "{request}");
    }
}

#[test]
fn a_clock_that_goes_back_does_not_hide_a_line() {
    assert_eq!(found(&with_lines([10, 30, 20, 40]), json!({"startTime": 25})), [30, 30, 40]);
}

#[test]
fn lines_are_found_by_pattern_and_by_stream() {
    let logs = with_lines(1..=6);
    for (request, expected) in [
        (json!({"filterPattern": "{ $.message = \"2\" || $.message = \"5\" }"}), vec![2, 5]),
        (json!({"filterPattern": ""}), vec![1, 2, 3, 4, 5, 6]),
        (json!({"logStreamNames": ["day/a", "other"]}), vec![2, 4, 6]),
        (json!({"logStreamNamePrefix": "day/b"}), vec![1, 3, 5]),
        (json!({"logStreamNamePrefix": "day"}), vec![1, 2, 3, 4, 5, 6]),
    ] {
        assert_eq!(found(&logs, request.clone()), expected, "{request}");
    }
}

#[test]
fn pages_neither_lose_nor_repeat_a_line() {
    let logs = with_lines(1..=7);
    assert_eq!(pages(&logs, &json!({"limit": 3})), [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
    assert_eq!(pages(&logs, &json!({"limit": 7})), [vec![1, 2, 3, 4, 5, 6, 7]]);
    let odd = json!({"limit": 2, "logStreamNames": ["day/b"], "startTime": 2, "endTime": 6});
    assert_eq!(pages(&logs, &odd), [vec![3, 5]]);
}

#[test]
fn a_page_has_at_most_a_megabyte_but_a_line_at_least() {
    let logs = logs();
    let (group, stream) = (logs.group(GROUP), "a".into());
    for (time, bytes) in [(1, 1_048_550), (2, 600_000), (3, 448_524), (4, 2_000_000), (5, 1)] {
        group.put_at(time, &stream, &"x".repeat(bytes));
    }
    assert_eq!(pages(&logs, &json!({})), [vec![1], vec![2, 3], vec![4], vec![5]]);
}

#[test]
fn a_page_may_be_empty_and_still_lead_on() {
    let lines = i64::try_from(search::LOOKED_AT).unwrap();
    let logs = with_lines(1..=lines + 1);
    let last = json!({"filterPattern": format!("{{ $.message = \"{}\" }}", lines + 1)});
    assert_eq!(pages(&logs, &last), [vec![], vec![lines + 1]]);
}

#[test]
fn a_group_is_found_by_name_or_arn() {
    let logs = with_lines([1]);
    let arn = format!("arn:aws:logs:eu-central-1:000000000000:log-group:{GROUP}");
    for request in [
        json!({"logGroupName": GROUP}),
        json!({"logGroupIdentifier": GROUP}),
        json!({"logGroupIdentifier": arn}),
        json!({"logGroupIdentifier": format!("{arn}:*")}),
    ] {
        assert_eq!(found(&logs, request.clone()), [1], "{request}");
    }
    for request in [json!({"logGroupName": "/aws/lambda/job"}), json!({"logGroupIdentifier": "arn:other"})] {
        assert_eq!(filter(&logs, request).unwrap_err().0, "ResourceNotFoundException");
    }
    let no_page_yet = logs.group("/aws/lambda/quiet");
    assert_eq!(found(&logs, json!({"logGroupName": no_page_yet.name()})), [0; 0]);
}

#[test]
fn what_is_not_understood_is_refused_and_not_passed_over() {
    let logs = with_lines(1..=3);
    let token = filter(&logs, json!({"limit": 1})).unwrap()["nextToken"].clone();
    for request in [
        json!({"limit": 0}),
        json!({"limit": 10_001}),
        json!({"startTime": -1}),
        json!({"endTime": -1}),
        json!({"startFromHead": false}),
        json!({"filterPattern": "accepted"}),
        json!({"logStreamNames": ["a"], "logStreamNamePrefix": "a"}),
        json!({"logGroupName": GROUP, "logGroupIdentifier": GROUP}),
        json!({"nextToken": "other"}),
        json!({"nextToken": token, "startTime": 1}),
    ] {
        assert_eq!(filter(&logs, request.clone()).unwrap_err().0, "InvalidParameterException", "{request}");
    }
    let message = filter(&logs, json!({"limit": 10_001})).unwrap_err().1;
    assert_eq!(
        message,
        "1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000"
    );
    assert_eq!(
        found(&logs, json!({"limit": 5, "nextToken": token})),
        [2, 3],
        "another limit is no other request"
    );
    let unknown = filter(&logs, json!({"sortBy": "size"})).unwrap_err();
    assert!(unknown.0.ends_with("#SerializationException") && unknown.1.contains("sortBy"), "{unknown:?}");
    let operation = api::call(&logs, "PutLogEvents", json!({})).unwrap_err();
    assert!(operation.code() == "UnknownOperationException", "{operation:?}");
}

#[test]
fn what_was_dropped_is_never_silently_missing() {
    let (logs, stream) = (logs(), Arc::from("a"));
    let group = LogGroup::new(GROUP, 10_000);
    logs.groups.lock().insert(GROUP.to_owned(), group.clone());
    let put = |times: std::ops::RangeInclusive<i64>| {
        times.for_each(|time| group.put_at(time, &stream, &"x".repeat(900)));
    };
    put(1..=5);
    assert_eq!(found(&logs, json!({})), [1, 2, 3, 4, 5], "everything fits");
    let token = filter(&logs, json!({"limit": 1})).unwrap()["nextToken"].clone();
    put(6..=1_000);
    let (kind, message) = filter(&logs, json!({"startTime": 5})).unwrap_err();
    assert_eq!(kind, "InvalidParameterException");
    let from: i64 =
        message.split("startTime from ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((985..=995).contains(&from), "{message}");
    assert_eq!(found(&logs, json!({"startTime": from})), (from..=1_000).collect::<Vec<_>>());
    assert!(filter(&logs, json!({"startTime": from - 1})).is_err());
    assert!(filter(&logs, json!({"limit": 1, "nextToken": token})).is_err(), "a page that is gone");
}
