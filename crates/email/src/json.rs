//! JSON as it was written: every member of an object, in order, and twice if it was given twice.
//!
//! Deserialising into a struct would stop at the first fault, and into a map would silently keep the last of
//! two members with one name. Both are wrong for a service that promises to lose nothing.

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A JSON value, as far as an email needs it.
#[derive(PartialEq)]
pub enum Value {
    /// A string, unescaped.
    String(String),
    /// An object.
    Object(Members),
    /// Anything else; no field of ours may be one.
    Other,
}

/// The members of an object, in the order they were written.
#[derive(Default, PartialEq)]
pub struct Members(Vec<(String, Value)>);

/// How often a name stands in an object, with its value if that is once.
pub enum Lookup {
    /// Not at all.
    Missing,
    /// Once, as it should be.
    Once(Value),
    /// Several times: all of its values, so that none is preferred by accident.
    Repeated(Vec<Value>),
}

impl Members {
    /// Takes every member called `name` out of the object.
    pub fn take(&mut self, name: &str) -> Lookup {
        let mut found: Vec<_> =
            self.0.extract_if(.., |(member, _)| member == name).map(|(_, value)| value).collect();
        match found.len() {
            0 => Lookup::Missing,
            1 => Lookup::Once(found.remove(0)),
            _ => Lookup::Repeated(found),
        }
    }

    /// The names that are left, each once, in the order they were written.
    pub fn into_names(self) -> Vec<String> {
        let mut seen = std::collections::HashSet::new();
        self.0.into_iter().map(|(name, _)| name).filter(|name| seen.insert(name.clone())).collect()
    }
}

/// Reads one JSON text.
///
/// # Errors
/// Not JSON at all: bad syntax, text after the value, a lone surrogate, bytes that are no UTF-8, or nesting
/// deeper than 128. The message tells the place, and never repeats what stands there.
pub fn read(text: &[u8]) -> Result<Value, NotJson> {
    serde_json::from_slice(text).map_err(NotJson)
}

/// A text that is not JSON.
#[derive(Debug, thiserror::Error)]
#[error("not valid JSON: {0}")]
pub struct NotJson(#[source] serde_json::Error);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Value::Object(Members(members)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> Members {
        match read(text.as_bytes()) {
            Ok(Value::Object(members)) => members,
            _ => panic!("no object: {text}"),
        }
    }

    #[test]
    fn a_member_given_twice_is_seen_twice() {
        let Lookup::Repeated(values) = object(r#"{"a": "1", "b": null, "a": "2"}"#).take("a") else {
            panic!("the second member was dropped");
        };
        assert!(values == [Value::String("1".into()), Value::String("2".into())]);
    }

    #[test]
    fn an_escaped_name_is_the_same_name() {
        assert!(matches!(object(r#"{"\u0061": "1"}"#).take("a"), Lookup::Once(Value::String(_))));
    }

    #[test]
    fn what_was_not_taken_is_left_by_name() {
        let mut members = object(r#"{"x": 1, "a": true, "y": [], "x": {}}"#);
        members.take("a");
        assert_eq!(members.into_names(), ["x", "y"]);
    }

    #[test]
    fn what_is_no_json_is_an_error() {
        let deep = format!("{}{}", r#"{"a":"#.repeat(200), "1");
        for text in
            ["", "{", "{}{}", "\u{feff}{}", "{'a': 1}", r#"{"a": "\ud800"}"#, r#"{"a": 1e999}"#, "NaN", &deep]
        {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        assert!(read(b"{\"a\": \"\xff\"}").is_err(), "bytes that are no UTF-8");
    }

    #[test]
    fn an_error_tells_the_place_and_not_the_text() {
        let Err(error) = read(br#"{"email_content": "secret" oops}"#) else { panic!("read") };
        let message = error.to_string();
        assert!(message.contains("line 1 column 28"), "{message}");
        assert!(!message.contains("secret") && !message.contains("oops"), "{message}");
    }

    #[test]
    fn a_deep_array_costs_no_stack() {
        let text = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        assert!(matches!(read(text.as_bytes()), Ok(Value::Other)));
    }
}
