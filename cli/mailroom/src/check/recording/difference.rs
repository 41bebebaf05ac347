//! How an answer differs from a recorded one.

use super::Exchange;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use terminal::style::{BOLD, DIM};
use terminal::text::printable;

/// One difference between two answers to the same request.
#[derive(Serialize)]
pub(crate) struct Difference {
    probe: String,
    request: String,
    /// The status, a header, or a place in the body.
    what: String,
    recorded: Value,
    answered: Value,
}

impl Difference {
    /// All of them. `null` stands for a value that one side does not have.
    pub(crate) fn between(recorded: &Exchange, answered: &Exchange) -> Vec<Self> {
        let (before, now) = (&recorded.answer, &answered.answer);
        let mut found = Vec::new();
        let mut compare = |what: String, recorded: Value, value: Value| {
            if recorded != value {
                let request = format!("{} {}, {}", answered.method, answered.path, answered.sent);
                found.push(Self { probe: answered.probe.clone(), request, what, recorded, answered: value });
            }
        };
        compare("status".to_owned(), before.status.into(), now.status.into());
        let names: BTreeSet<_> = before.headers.keys().chain(now.headers.keys()).collect();
        for name in names {
            let value = |headers: &BTreeMap<String, Vec<String>>| {
                headers.get(name).map_or(Value::Null, |values| values.join(", ").into())
            };
            compare(format!("header {name}"), value(&before.headers), value(&now.headers));
        }
        in_body("body", &before.body, &now.body, &mut compare);
        found
    }

    pub(crate) fn text(&self) -> String {
        format!(
            "{BOLD}{:<11}{BOLD:#} {}\n  {}\n    {DIM}recorded{DIM:#}  {}\n    {DIM}answered{DIM:#}  {}\n",
            self.probe,
            printable(&self.request),
            printable(&self.what),
            shown(&self.recorded),
            shown(&self.answered),
        )
    }
}

/// Descends into the objects and lists that both have.
fn in_body(at: &str, before: &Value, now: &Value, compare: &mut impl FnMut(String, Value, Value)) {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            let names: BTreeSet<_> = before.keys().chain(now.keys()).collect();
            for name in names {
                let value = |members: &Map<String, Value>| members.get(name).cloned().unwrap_or_default();
                in_body(&format!("{at} /{name}"), &value(before), &value(now), compare);
            }
        }
        (Value::Array(before), Value::Array(now)) => {
            for index in 0..before.len().max(now.len()) {
                let value = |values: &[Value]| values.get(index).cloned().unwrap_or_default();
                in_body(&format!("{at} /{index}"), &value(before), &value(now), compare);
            }
        }
        _ => compare(at.to_owned(), before.clone(), now.clone()),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => printable(text),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::recording::RecordedResponse;
    use serde_json::json;

    fn exchange(status: u16, allow: &[&str], body: Value) -> Exchange {
        let values: Vec<_> = allow.iter().map(|value| (*value).to_owned()).collect();
        let headers = if allow.is_empty() { BTreeMap::new() } else { [("allow".to_owned(), values)].into() };
        let [probe, method, path, sent] = ["contract", "GET", "/", "no body"].map(str::to_owned);
        Exchange { probe, method, path, sent, answer: RecordedResponse { status, headers, body } }
    }

    #[test]
    fn each_changed_value_is_a_difference() {
        let before = exchange(200, &["GET"], json!({"a": [1, {"b": 2}], "gone": 1}));
        let now = exchange(404, &["GET", "HEAD"], json!({"a": [1, {"b": 3}, 4]}));
        assert!(Difference::between(&before, &before).is_empty());
        let found = serde_json::to_value(Difference::between(&before, &now)).unwrap();
        let rows = found.as_array().unwrap().iter();
        let rows: Vec<_> = rows.map(|row| json!([row["what"], row["recorded"], row["answered"]])).collect();
        assert_eq!(
            Value::from(rows),
            json!([
                ["status", 200, 404],
                ["header allow", "GET", "GET, HEAD"],
                ["body /a /1 /b", 2, 3],
                ["body /a /2", null, 4],
                ["body /gone", 1, null],
            ])
        );
        assert_eq!(found[0]["request"], "GET /, no body");
    }
}
