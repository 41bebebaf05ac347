//! JSON as written: every member of an object, in order, duplicates included.
//!
//! Deserialising into a struct would stop at the first error. A map would silently keep the last of two members with
//! one name, and Mailroom promises to lose nothing.

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A JSON value, as far as an email needs it.
#[derive(PartialEq)]
pub enum Value {
    String(String),
    Object(Members),
    /// Only from [`parse_with_arrays`].
    Array(Vec<Value>),
    Other,
}

/// The members of an object, in the order they were written.
#[derive(Default, PartialEq)]
pub struct Members(Vec<(String, Value)>);

/// The values that one name has in an object.
pub enum Lookup {
    Missing,
    Once(Value),
    /// All of them, so that none is preferred by accident.
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

/// Parses one JSON text. Nesting of objects deeper than 128 is an error, as are a lone surrogate and invalid UTF-8.
///
/// An array is passed over, however deep it is.
pub fn parse(text: &[u8]) -> Result<Value, InvalidJson> {
    parse_as(text, Arrays::PassedOver)
}

/// As [`parse`], but arrays keep their elements. In those, arrays are passed over.
pub fn parse_with_arrays(text: &[u8]) -> Result<Value, InvalidJson> {
    parse_as(text, Arrays::Kept)
}

fn parse_as(text: &[u8], arrays: Arrays) -> Result<Value, InvalidJson> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let value = arrays.deserialize(&mut deserializer).map_err(InvalidJson)?;
    deserializer.end().map_err(InvalidJson)?;
    Ok(value)
}

/// The message gives the place in the text and never repeats what is there.
#[derive(Debug, thiserror::Error)]
#[error("not valid JSON: {0}")]
pub struct InvalidJson(#[source] serde_json::Error);

#[derive(Clone, Copy, PartialEq)]
enum Arrays {
    PassedOver,
    Kept,
}

impl<'de> DeserializeSeed<'de> for Arrays {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Arrays {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key()? {
            members.push((name, map.next_value_seed(self)?));
        }
        Ok(Value::Object(Members(members)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        if self == Self::PassedOver {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Value::Other);
        }
        let mut elements = Vec::new();
        while let Some(element) = seq.next_element_seed(Self::PassedOver)? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
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
        let Ok(Value::Object(members)) = parse(text.as_bytes()) else { panic!("not an object: {text}") };
        members
    }

    #[test]
    fn every_value_of_a_repeated_member_is_kept() {
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
    fn members_that_were_not_taken_are_left_by_name() {
        let mut members = object(r#"{"x": 1, "a": true, "y": [], "x": {}}"#);
        members.take("a");
        assert_eq!(members.into_names(), ["x", "y"]);
    }

    #[test]
    fn invalid_json_is_an_error() {
        let deep = format!("{}{}", r#"{"a":"#.repeat(200), "1");
        for text in
            ["", "{", "{}{}", "\u{feff}{}", "{'a': 1}", r#"{"a": "\ud800"}"#, r#"{"a": 1e999}"#, "NaN", &deep]
        {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"{\"a\": \"\xff\"}").is_err(), "invalid UTF-8");
    }

    #[test]
    fn an_error_gives_the_place_and_not_the_text() {
        let Err(error) = parse(br#"{"email_content": "secret" oops}"#) else { panic!("read") };
        let message = error.to_string();
        assert!(message.contains("line 1 column 28"), "{message}");
        assert!(!message.contains("secret") && !message.contains("oops"), "{message}");
    }

    #[test]
    fn a_deep_array_costs_no_stack() {
        let text = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        assert!(matches!(parse(text.as_bytes()), Ok(Value::Other)));
        assert!(matches!(parse_with_arrays(text.as_bytes()), Ok(Value::Array(one)) if one == [Value::Other]));
    }

    #[test]
    fn arrays_keep_their_elements_in_order_on_demand() {
        let Ok(Value::Object(mut members)) = parse_with_arrays(br#"{"a": ["1", {"b": [2]}, 3]}"#) else {
            panic!("not an object");
        };
        let Lookup::Once(Value::Array(elements)) = members.take("a") else { panic!("not an array") };
        let [Value::String(one), Value::Object(two), Value::Other] = &elements[..] else { panic!("others") };
        assert_eq!(one, "1");
        assert!(*two == object(r#"{"b": [2]}"#));
        assert!(parse_with_arrays(b"[1] [2]").is_err());
    }
}
