//! A resource's properties, asked for by name and type, with errors that say which one is wrong.

use crate::error::{ErrorKind, Located, Result};
use crate::node::{Entry, Kind, Node};
use crate::scope::{Resource, Scope};
use std::time::Duration;

/// The properties that a reader knows. Every other one is reported as unsupported: ignoring it would let the sandbox and
/// the deployed stack drift apart.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    pub(crate) used: &'static [&'static str],
    /// Those that change nothing on one machine. They are never evaluated.
    pub(crate) only_on_aws: &'static [&'static str],
}

impl Known {
    fn has(&self, name: &str) -> bool {
        self.used.contains(&name) || self.only_on_aws.contains(&name)
    }
}

/// AWS's limits of a number, both included.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// In the plural.
    pub(crate) unit: &'static str,
}

/// A map of properties and its place in the template.
pub(crate) struct Properties<'a> {
    scope: &'a Scope<'a>,
    /// Such as `WorkerFunction.Environment`.
    place: String,
    line: usize,
    entries: Vec<Entry>,
}

impl<'a> Properties<'a> {
    /// The properties of a resource.
    pub(crate) fn of(scope: &'a Scope<'a>, resource: &Resource, known: Known) -> Result<Self> {
        Self::open(scope, &resource.id, &resource.properties, known)
    }

    /// Opens a map, and reports the properties that aren't known.
    pub(crate) fn open(scope: &'a Scope<'a>, place: &str, node: &Node, known: Known) -> Result<Self> {
        let properties = Self::open_any(scope, place, node)?;
        for Entry { key, line, .. } in &properties.entries {
            if !known.has(key) {
                scope.report(Located::new(*line, ErrorKind::UnknownProperty).at(&format!("{place}.{key}")));
            }
        }
        Ok(properties)
    }

    /// Opens a map whose keys are the template's to choose, such as the names of environment variables.
    pub(crate) fn open_any(scope: &'a Scope<'a>, place: &str, node: &Node) -> Result<Self> {
        let value = scope.evaluate(node).map_err(|error| error.at(place))?;
        let map = value.as_ref().unwrap_or(node);
        let entries = map.entries().map_err(|error| error.at(place))?.to_vec();
        Ok(Self { scope, place: place.to_owned(), line: node.line, entries })
    }

    pub(crate) fn scope(&self) -> &'a Scope<'a> {
        self.scope
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    /// `value`, which must be there.
    pub(crate) fn required<T>(&self, name: &'static str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| Located::new(self.line, ErrorKind::Missing(name)).at(&self.place))
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<String>> {
        self.value(name, |node| node.as_text().map(str::to_owned))
    }

    pub(crate) fn required_text(&self, name: &'static str) -> Result<String> {
        self.required(name, self.text(name)?)
    }

    /// A string out of `choices`.
    pub(crate) fn one_of<T: Copy>(
        &self,
        name: &str,
        expected: &'static str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>> {
        self.value(name, |node| {
            let text = node.as_text()?;
            let choice = choices.iter().find(|(name, _)| *name == text);
            choice.map(|(_, value)| *value).ok_or_else(|| node.expected(expected))
        })
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>> {
        self.one_of(name, "true or false", &[("true", true), ("false", false)])
    }

    /// A whole number within AWS's limits.
    pub(crate) fn number(&self, name: &str, limits: Limits) -> Result<Option<u32>> {
        self.value(name, |node| {
            let value: i64 = node.as_text()?.parse().map_err(|_| node.expected("a whole number"))?;
            let Limits { min, max, unit } = limits;
            let in_range = u32::try_from(value).ok().filter(|value| (min..=max).contains(value));
            in_range.ok_or_else(|| Located::new(node.line, ErrorKind::OutOfRange { value, min, max, unit }))
        })
    }

    pub(crate) fn seconds(&self, name: &str, min: u32, max: u32) -> Result<Option<Duration>> {
        let seconds = self.number(name, Limits { min, max, unit: "seconds" })?;
        Ok(seconds.map(|seconds| Duration::from_secs(seconds.into())))
    }

    pub(crate) fn port(&self, name: &str) -> Result<Option<u16>> {
        let port = self.number(name, Limits { min: 1, max: 65_535, unit: "as a port" })?;
        Ok(port.and_then(|port| u16::try_from(port).ok()))
    }

    /// A list of strings.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>> {
        self.value(name, |node| self.scope.texts(node))
    }

    /// A map of properties inside this one.
    pub(crate) fn section(&self, name: &str, known: Known) -> Result<Option<Self>> {
        self.value(name, |node| Self::open(self.scope, &self.place_of(name), node, known))
    }

    /// A map inside this one whose keys are the template's to choose.
    pub(crate) fn section_of_any(&self, name: &str) -> Result<Option<Self>> {
        self.value(name, |node| Self::open_any(self.scope, &self.place_of(name), node))
    }

    /// A list of maps of properties.
    pub(crate) fn sections(&self, name: &str, known: Known) -> Result<Vec<Self>> {
        let sections = self.value(name, |node| {
            let place = |index| format!("{}[{index}]", self.place_of(name));
            let items = self.scope.items(node)?.into_iter().enumerate();
            items.map(|(index, item)| Self::open(self.scope, &place(index), &item, known)).collect()
        })?;
        Ok(sections.unwrap_or_default())
    }

    /// The attributes in a list of `Key` and `Value`, of which `known` has the keys.
    pub(crate) fn attributes(&self, name: &str, known: Known) -> Result<Vec<(String, Self)>> {
        const ATTRIBUTE: Known = Known { used: &["Key", "Value"], only_on_aws: &[] };
        let with_key = |attribute: Self| {
            let key = attribute.required_text("Key")?;
            if known.has(&key) {
                Ok((key, attribute))
            } else {
                Err(attribute.error("Key", ErrorKind::UnknownProperty))
            }
        };
        self.sections(name, ATTRIBUTE)?.into_iter().map(with_key).collect()
    }

    /// An error of one property.
    pub(crate) fn error(&self, name: &str, kind: ErrorKind) -> Located {
        let line = self.entries.iter().find(|entry| entry.key == name).map_or(self.line, |entry| entry.line);
        Located::new(line, kind).at(&self.place_of(name))
    }

    pub(crate) fn invalid(&self, name: &str, why: impl Into<String>) -> Located {
        self.error(name, ErrorKind::Invalid(why.into()))
    }

    pub(crate) fn unsupported(&self, name: &str, why: impl Into<String>) -> Located {
        self.error(name, ErrorKind::Unsupported(why.into()))
    }

    /// Reports a property, if it is there, that AWS knows and the sandbox doesn't, with a way to write something else.
    pub(crate) fn report(&self, name: &str, why: &str) {
        if self.entries.iter().any(|entry| entry.key == name) {
            self.scope.report(self.unsupported(name, why));
        }
    }

    /// A property as whatever `read` makes of its value; `None` where it is absent or `AWS::NoValue`.
    pub(crate) fn value<T>(&self, name: &str, read: impl FnOnce(&Node) -> Result<T>) -> Result<Option<T>> {
        let Some(entry) = self.entries.iter().find(|entry| entry.key == name) else { return Ok(None) };
        let value = self.scope.evaluate(&entry.value);
        let value = value.map(|value| match value {
            // A function's result may have another line; the author has to correct this one.
            Some(Node { kind: kind @ Kind::Text(_), .. }) => Some(Node::new(entry.value.line, kind)),
            other => other,
        });
        let read = value.and_then(|value| value.map(|value| read(&value)).transpose());
        read.map_err(|error| error.at(&self.place_of(name)))
    }

    fn place_of(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }
}
