//! The template with values for its parameters: which conditions hold, and what a text becomes.

use super::file::{File, list, text};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) struct Values<'a> {
    file: &'a File,
    values: BTreeMap<String, String>,
}

impl<'a> Values<'a> {
    /// These values, and the defaults of all other parameters.
    pub(crate) fn new(file: &'a File, given: &[(&str, &str)]) -> Self {
        let parameters = file.section("Parameters").iter();
        let mut values: BTreeMap<_, _> =
            parameters.map(|(name, parameter)| (name.clone(), text(&parameter["Default"]))).collect();
        values.extend(given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Self { file, values }
    }

    /// A condition, or an assertion of a rule.
    pub(crate) fn holds(&self, expression: &Value) -> bool {
        let (name, argument) = expression.as_object().unwrap().iter().next().unwrap();
        let arguments = list(argument);
        match name.as_str() {
            "Condition" => self.condition(&text(argument)),
            "Fn::Equals" => self.operand(arguments[0]) == self.operand(arguments[1]),
            "Fn::Not" => !self.holds(arguments[0]),
            "Fn::And" => arguments.iter().all(|argument| self.holds(argument)),
            "Fn::Or" => arguments.iter().any(|argument| self.holds(argument)),
            other => panic!("conditions don't know {other}, or this test doesn't"),
        }
    }

    fn operand(&self, operand: &Value) -> String {
        operand["Ref"].as_str().map_or_else(|| text(operand), |name| self.values[name].clone())
    }

    fn condition(&self, name: &str) -> bool {
        self.holds(&self.file.section("Conditions")[name])
    }

    /// True if a resource or an output is there.
    pub(crate) fn has(&self, part: &Value) -> bool {
        part["Condition"].as_str().is_none_or(|name| self.condition(name))
    }

    /// A text whose conditions are decided. Values that only a deployment knows stay as `file::text` writes them.
    pub(crate) fn text(&self, value: &Value) -> String {
        match value.as_object().and_then(|call| call.iter().next()) {
            Some((name, argument)) if name == "Fn::If" => self.text(self.branch(argument)),
            Some((name, Value::Array(arguments))) if name == "Fn::Join" => {
                let parts = list(&arguments[1]).into_iter().map(|part| self.text(part));
                let parts: Vec<_> = parts.filter(|part| part != "${NoValue}").collect();
                parts.join(&text(&arguments[0]))
            }
            Some((name, Value::Array(arguments))) if name == "Fn::Sub" => {
                let variables = arguments[1].as_object().unwrap();
                variables.iter().fold(text(value), |pattern, (name, value)| {
                    pattern.replace(&format!("${{{name}}}"), &self.text(value))
                })
            }
            _ => text(value),
        }
    }

    fn branch<'v>(&self, arguments: &'v Value) -> &'v Value {
        let holds = self.condition(&text(&arguments[0]));
        &arguments[if holds { 1 } else { 2 }]
    }
}
