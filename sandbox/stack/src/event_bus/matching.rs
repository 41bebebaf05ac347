//! Compares an event with a pattern:
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>.

use sandbox_template::{Comparison, EventPattern, FieldPattern, Matcher};
use serde_json::Value;

pub(crate) fn matches(pattern: &EventPattern, event: &Value) -> bool {
    pattern.fields.iter().all(|(name, field)| match (field, event.get(name)) {
        (FieldPattern::Nested(nested), Some(value @ Value::Object(_))) => matches(nested, value),
        // A field that isn't there may be what the pattern asks for.
        (FieldPattern::Nested(nested), _) => matches(nested, &Value::Null),
        (FieldPattern::OneOf(matchers), value) => matchers.iter().any(|matcher| is_met(matcher, value)),
    })
}

/// One item of a list is enough. Only leaves are compared, so an object meets nothing.
fn is_met(matcher: &Matcher, value: Option<&Value>) -> bool {
    let values = match value {
        None | Some(Value::Object(_)) => &[],
        Some(Value::Array(items)) => &items[..],
        Some(value) => std::slice::from_ref(value),
    };
    match matcher {
        Matcher::Exists(exists) => *exists != values.is_empty(),
        _ => values.iter().any(|value| takes(matcher, value)),
    }
}

fn takes(matcher: &Matcher, value: &Value) -> bool {
    match (matcher, value) {
        (Matcher::AnythingBut(others), value) => !others.iter().any(|other| takes(other, value)),
        (Matcher::Exact(exact), Value::Number(number)) => {
            number.to_string() == *exact || number.as_f64() == exact.parse().ok()
        }
        (Matcher::Exact(exact), Value::Bool(flag)) => flag.to_string() == *exact,
        (Matcher::Numeric(comparisons), Value::Number(number)) => number
            .as_f64()
            .is_some_and(|number| comparisons.iter().all(|(comparison, to)| holds(number, *comparison, *to))),
        (matcher, Value::String(text)) => matcher.takes_text(text),
        _ => false,
    }
}

#[expect(clippy::float_cmp, reason = "a pattern asks for a number as it is written")]
fn holds(number: f64, comparison: Comparison, to: f64) -> bool {
    match comparison {
        Comparison::Less => number < to,
        Comparison::AtMost => number <= to,
        Comparison::Equal => number == to,
        Comparison::AtLeast => number >= to,
        Comparison::Greater => number > to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn exact(text: &str) -> Matcher {
        Matcher::Exact(text.to_owned())
    }

    fn prefix(text: &str) -> Matcher {
        Matcher::Prefix(text.to_owned())
    }

    /// A pattern on `detail.object.key`.
    fn on_key(matchers: Vec<Matcher>) -> EventPattern {
        let nest = |name: &str, field| EventPattern { fields: vec![(name.to_owned(), field)] };
        let object = nest("key", FieldPattern::OneOf(matchers));
        nest("detail", FieldPattern::Nested(nest("object", FieldPattern::Nested(object))))
    }

    fn with_key(key: &Value) -> Value {
        json!({"source": "aws.s3", "detail": {"object": {"key": key}}})
    }

    #[test]
    fn each_comparison_takes_what_eventbridge_does() {
        let range = Matcher::Numeric(vec![(Comparison::Greater, 0.0), (Comparison::AtMost, 5.0)]);
        let but = |others| Matcher::AnythingBut(others);
        for (matcher, value, takes) in [
            (exact("a"), json!("a"), true),
            (exact("a"), json!("A"), false),
            (exact("5"), json!(5), true),
            (exact("5.0"), json!(5), true),
            (exact("true"), json!(true), true),
            (Matcher::IgnoreCase("É".to_owned()), json!("é"), true),
            (prefix("John"), json!("John doe_1.json"), true),
            (prefix("1"), json!(12), false),
            (Matcher::Suffix(".json".to_owned()), json!("a.json"), true),
            (range.clone(), json!(5), true),
            (range.clone(), json!(0), false),
            (range.clone(), json!(5.5), false),
            (range, json!("5"), false),
            (but(vec![exact("a"), exact("b")]), json!("c"), true),
            (but(vec![exact("a"), exact("b")]), json!("b"), false),
            (but(vec![exact("a")]), json!(null), true),
            (but(vec![prefix("init")]), json!(12), true),
            (but(vec![exact("12")]), json!(12), false),
            (Matcher::Exists(true), json!("a"), true),
            (Matcher::Exists(true), json!(null), true),
            (Matcher::Exists(true), json!({"b": 1}), false),
            (Matcher::Exists(false), json!("a"), false),
            (exact("a"), json!(["b", "a"]), true),
            (prefix("c"), json!(["b", "a"]), false),
        ] {
            assert_eq!(
                matches(&on_key(vec![matcher.clone()]), &with_key(&value)),
                takes,
                "{matcher:?} {value}"
            );
        }
    }

    #[test]
    fn one_value_of_a_list_is_enough_and_every_field_is_needed() {
        let mut pattern = on_key(vec![exact("a"), prefix("b")]);
        assert!(matches(&pattern, &with_key(&json!("bc"))));
        assert!(!matches(&pattern, &with_key(&json!("c"))));
        pattern.fields.push(("source".to_owned(), FieldPattern::OneOf(vec![exact("aws.ec2")])));
        assert!(!matches(&pattern, &with_key(&json!("a"))));
    }

    #[test]
    fn only_a_field_that_is_asked_to_be_absent_may_be() {
        for event in [json!({}), json!({"detail": null}), json!({"detail": {"object": {}}})] {
            assert!(matches(&on_key(vec![Matcher::Exists(false)]), &event), "{event}");
            for matcher in [exact("a"), Matcher::AnythingBut(vec![exact("a")]), Matcher::Exists(true)] {
                assert!(!matches(&on_key(vec![matcher]), &event), "{event}");
            }
        }
    }
}
