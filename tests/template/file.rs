//! The template as it is written: YAML, with intrinsic functions in their long form and all scalars as strings.

use crate::harness::root;
use saphyr_parser::{Event, Parser, StrInput, Tag};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A template, such as `template.yaml`.
pub(crate) struct File(Value);

impl File {
    /// The mail stack's.
    pub(crate) fn read() -> Self {
        Self::at("template.yaml")
    }

    /// Grafana's.
    pub(crate) fn grafana() -> Self {
        Self::at("grafana/template.yaml")
    }

    /// That of a stack beside it.
    pub(crate) fn at(path: &str) -> Self {
        let text = std::fs::read_to_string(root().join(path)).unwrap();
        let mut events = Parser::new_from_str(&text);
        loop {
            match next(&mut events) {
                Event::StreamStart | Event::DocumentStart(_) => {}
                first => return Self(node(first, &mut events)),
            }
        }
    }

    /// A section such as `Parameters`.
    pub(crate) fn section(&self, name: &str) -> &Map<String, Value> {
        self.optional_section(name).unwrap_or_else(|| panic!("the template has no section {name}"))
    }

    /// A section that a template may lack, such as `Rules`.
    pub(crate) fn optional_section(&self, name: &str) -> Option<&Map<String, Value>> {
        self.0[name].as_object()
    }

    pub(crate) fn resource(&self, id: &str) -> &Value {
        self.section("Resources").get(id).unwrap_or_else(|| panic!("the template has no {id}"))
    }

    /// A property of a resource, by its path, as text.
    pub(crate) fn text(&self, id: &str, pointer: &str) -> String {
        text(self.property(id, pointer))
    }

    pub(crate) fn property(&self, id: &str, pointer: &str) -> &Value {
        let found = self.resource(id)["Properties"].pointer(pointer);
        found.unwrap_or_else(|| panic!("{id} has no {pointer}"))
    }

    /// All resources of a type, and there have to be some.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<(&str, &Value)> {
        let of_type = self.section("Resources").iter().filter(|(_, resource)| resource["Type"] == kind);
        let found: Vec<_> = of_type.map(|(id, resource)| (id.as_str(), &resource["Properties"])).collect();
        assert!(!found.is_empty(), "the template has no {kind}");
        found
    }
}

/// A value as text: `!Ref A` and `!GetAtt A.B` as `${A}` and `${A.B}`, pseudo parameters without their `AWS::`.
pub(crate) fn text(value: &Value) -> String {
    let call = value.as_object().filter(|map| map.len() == 1).and_then(|map| map.iter().next());
    match (value, call) {
        (Value::String(text), _) => text.clone(),
        (_, Some((name, argument))) if name == "Ref" || name == "Fn::GetAtt" => {
            format!("${{{}}}", text(argument)).replace("AWS::", "")
        }
        (_, Some((name, Value::String(pattern)))) if name == "Fn::Sub" => pattern.replace("AWS::", ""),
        (_, Some((name, Value::Array(arguments)))) if name == "Fn::Sub" => {
            text(&arguments[0]).replace("AWS::", "")
        }
        _ => value.to_string().replace("AWS::", ""),
    }
}

/// The values of a list, or the one value that stands where a list may.
pub(crate) fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

/// The same, with both branches of each `Fn::If` and without `AWS::NoValue`.
pub(crate) fn all_branches(value: &Value) -> Vec<&Value> {
    let all = list(value).into_iter().flat_map(branches);
    all.filter(|value| value["Ref"] != "AWS::NoValue").collect()
}

fn branches(value: &Value) -> Vec<&Value> {
    match &value["Fn::If"] {
        Value::Array(arguments) => arguments[1..].iter().flat_map(all_branches).collect(),
        _ => vec![value],
    }
}

fn next<'a>(events: &mut Parser<'a, StrInput<'a>>) -> Event<'a> {
    events.next_event().expect("an event").expect("YAML").0
}

fn node<'a>(first: Event<'a>, events: &mut Parser<'a, StrInput<'a>>) -> Value {
    let (value, tag) = match first {
        Event::Scalar(text, _, _, tag) => (Value::String(text.into_owned()), tag),
        Event::SequenceStart(_, tag) => (sequence(events), tag),
        Event::MappingStart(_, tag) => (mapping(events), tag),
        other => panic!("CloudFormation takes no {other:?}"),
    };
    match tag.map(Cow::into_owned) {
        Some(Tag { suffix, handle }) if handle == "!" => {
            let name =
                if suffix == "Ref" || suffix == "Condition" { suffix } else { format!("Fn::{suffix}") };
            Value::Object(Map::from_iter([(name, value)]))
        }
        _ => value,
    }
}

fn sequence<'a>(events: &mut Parser<'a, StrInput<'a>>) -> Value {
    let mut items = Vec::new();
    loop {
        match next(events) {
            Event::SequenceEnd => return Value::Array(items),
            first => items.push(node(first, events)),
        }
    }
}

fn mapping<'a>(events: &mut Parser<'a, StrInput<'a>>) -> Value {
    let mut map = Map::new();
    loop {
        match next(events) {
            Event::MappingEnd => return Value::Object(map),
            Event::Scalar(key, ..) => {
                let first = next(events);
                let value = node(first, events);
                map.insert(key.into_owned(), value);
            }
            other => panic!("a key has to be a string, not {other:?}"),
        }
    }
}
