//! Takes values out of answers that differ from run to run, and secrets.

use super::Exchange;
use serde_json::Value;
use uuid::{Uuid, fmt::Hyphenated};

/// Headers whose values change from answer to answer.
const VOLATILE: [(&str, &str); 9] = [
    ("age", "<seconds>"),
    ("date", "<date>"),
    ("etag", "<etag>"),
    ("last-modified", "<date>"),
    ("via", "<via>"),
    ("x-amz-cf-id", "<request-id>"),
    ("x-amz-cf-pop", "<place>"),
    ("x-amzn-requestid", "<request-id>"),
    ("x-amzn-trace-id", "<trace-id>"),
];

#[derive(Default)]
pub(crate) struct Redaction {
    known: Vec<(String, String)>,
}

impl Redaction {
    pub(crate) fn add(&mut self, value: &str, placeholder: &str) {
        if !value.is_empty() {
            self.known.push((value.to_owned(), format!("<{placeholder}>")));
            // A value that contains another one goes first.
            self.known.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        }
    }

    pub(crate) fn exchange(&self, mut exchange: Exchange) -> Exchange {
        exchange.path = self.text(&exchange.path);
        for (name, values) in &mut exchange.answer.headers {
            let volatile = VOLATILE.iter().find(|(volatile, _)| volatile == name);
            for value in values {
                *value =
                    volatile.map_or_else(|| self.text(value), |(_, placeholder)| (*placeholder).to_owned());
            }
        }
        exchange.answer.body = self.value(exchange.answer.body);
        exchange
    }

    fn value(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(values) => values.into_iter().map(|value| self.value(value)).collect(),
            Value::Object(members) => {
                members.into_iter().map(|(name, value)| (self.text(&name), self.value(value))).collect()
            }
            other => other,
        }
    }

    pub(crate) fn text(&self, text: &str) -> String {
        let known = self
            .known
            .iter()
            .fold(text.to_owned(), |text, (value, placeholder)| text.replace(value, placeholder));
        without_uuids(&known)
    }
}

/// The text with `<uuid>` for each UUID that no value to hide covers.
fn without_uuids(text: &str) -> String {
    let (mut rest, mut done) = (text, String::new());
    while let Some(first) = rest.chars().next() {
        if rest.get(..Hyphenated::LENGTH).is_some_and(|text| Uuid::try_parse(text).is_ok()) {
            done += "<uuid>";
            rest = &rest[Hyphenated::LENGTH..];
        } else {
            done.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::recording::RecordedResponse;
    use std::collections::BTreeMap;

    #[test]
    fn known_values_are_hidden_wherever_they_stand_the_longer_first() {
        let mut redaction = Redaction::default();
        redaction.add("abc", "short");
        redaction.add("abcdef", "long");
        redaction.add("", "nothing");
        assert_eq!(redaction.text("abcdef, xabcx"), "<long>, x<short>x");
        assert_eq!(
            redaction.value(serde_json::json!({"abc": ["abc", 1]})),
            serde_json::json!({"<short>": ["<short>", 1]})
        );
    }

    #[test]
    fn an_unknown_uuid_is_hidden_too() {
        let redaction = Redaction::default();
        let text = "é 0198c0de-0000-7000-8000-000000000001, 0198c0de-0000-7000-8000-00000000000g";
        assert_eq!(redaction.text(text), "é <uuid>, 0198c0de-0000-7000-8000-00000000000g");
    }

    #[test]
    fn volatile_headers_are_replaced() {
        let header = |name: &str| (name.to_owned(), vec!["Sat, 21 Nov 2026".to_owned(), "b".to_owned()]);
        let headers = BTreeMap::from([header("date"), header("server")]);
        let answer = RecordedResponse { status: 200, headers, body: Value::Null };
        let [probe, method, path, sent] = ["p", "m", "/", "s"].map(str::to_owned);
        let exchange = Redaction::default().exchange(Exchange { probe, method, path, sent, answer });
        assert_eq!(exchange.answer.headers["date"], ["<date>", "<date>"]);
        assert_eq!(exchange.answer.headers["server"], ["Sat, 21 Nov 2026", "b"]);
    }
}
