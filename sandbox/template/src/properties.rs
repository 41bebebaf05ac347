//! A resource's properties, asked for by name and type, with faults that say which one is wrong.

use super::error::{Fault, Located};
use super::node::{Entry, Kind, Node};
use super::scope::Scope;
use std::time::Duration;

/// The properties that a reader knows. Every other one is a fault: ignoring it would let the local stack and the
/// deployed one drift apart.
#[derive(Clone, Copy)]
pub(crate) struct Known {
    /// Those that it reads.
    pub(crate) used: &'static [&'static str],
    /// Those that change nothing on one machine. They are never evaluated.
    pub(crate) only_on_aws: &'static [&'static str],
}

/// What AWS takes for a number.
#[derive(Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) min: u32,
    pub(crate) max: u32,
    /// What is counted, in the plural.
    pub(crate) unit: &'static str,
}

/// A map of properties and its place in the template.
pub(crate) struct Properties<'a> {
    scope: &'a Scope<'a>,
    /// `WorkerFunction.Environment`, for faults.
    place: String,
    line: usize,
    entries: Vec<Entry>,
}

impl<'a> Properties<'a> {
    /// Opens a map, unless it has a property that nobody knows.
    pub(crate) fn open(
        scope: &'a Scope<'a>,
        place: &str,
        node: &Node,
        known: Known,
    ) -> Result<Self, Located> {
        let properties = Self::open_any(scope, place, node)?;
        for Entry { key, line, .. } in &properties.entries {
            if !known.used.contains(&key.as_str()) && !known.only_on_aws.contains(&key.as_str()) {
                return Err(Located::new(*line, Fault::UnknownProperty).at(&format!("{place}.{key}")));
            }
        }
        Ok(properties)
    }

    /// Opens a map whose keys are the template's to choose, such as the names of environment variables.
    pub(crate) fn open_any(scope: &'a Scope<'a>, place: &str, node: &Node) -> Result<Self, Located> {
        let value = scope.evaluate(node).map_err(|error| error.at(place))?;
        let map = value.as_ref().unwrap_or(node);
        let entries = map.entries().map_err(|error| error.at(place))?.to_vec();
        Ok(Self { scope, place: place.to_owned(), line: node.line, entries })
    }

    /// The names of all properties.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.key.as_str())
    }

    /// A property that has to be there.
    pub(crate) fn required<T>(&self, name: &'static str, value: Option<T>) -> Result<T, Located> {
        value.ok_or_else(|| Located::new(self.line, Fault::Missing(name)).at(&self.place))
    }

    /// A string.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, Located> {
        self.value(name, |node| node.as_text().map(str::to_owned))
    }

    /// A string out of a few.
    pub(crate) fn one_of<T: Copy>(
        &self,
        name: &str,
        expected: &'static str,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, Located> {
        self.value(name, |node| {
            let text = node.as_text()?;
            let choice = choices.iter().find(|(name, _)| *name == text);
            choice.map(|(_, value)| *value).ok_or_else(|| node.expected(expected))
        })
    }

    /// `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Located> {
        self.one_of(name, "true or false", &[("true", true), ("false", false)])
    }

    /// A whole number within AWS's limits.
    pub(crate) fn number(&self, name: &str, limits: Limits) -> Result<Option<u32>, Located> {
        self.value(name, |node| {
            let value: i64 = node.as_text()?.parse().map_err(|_| node.expected("a whole number"))?;
            let Limits { min, max, unit } = limits;
            let fault = Fault::OutOfRange { value, min, max, unit };
            u32::try_from(value)
                .ok()
                .filter(|value| (min..=max).contains(value))
                .ok_or_else(|| Located::new(node.line, fault))
        })
    }

    /// A whole number of seconds within AWS's limits.
    pub(crate) fn seconds(&self, name: &str, min: u32, max: u32) -> Result<Option<Duration>, Located> {
        let seconds = self.number(name, Limits { min, max, unit: "seconds" })?;
        Ok(seconds.map(|seconds| Duration::from_secs(seconds.into())))
    }

    /// A list of strings.
    pub(crate) fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Located> {
        self.value(name, |node| self.scope.texts(node))
    }

    /// A map of properties inside this one.
    pub(crate) fn section(&self, name: &str, known: Known) -> Result<Option<Self>, Located> {
        self.value(name, |node| Self::open(self.scope, &self.place_of(name), node, known))
    }

    /// A map inside this one whose keys are the template's to choose.
    pub(crate) fn section_of_any(&self, name: &str) -> Result<Option<Self>, Located> {
        self.value(name, |node| Self::open_any(self.scope, &self.place_of(name), node))
    }

    /// A list of maps of properties.
    pub(crate) fn sections(&self, name: &str, known: Known) -> Result<Vec<Self>, Located> {
        let sections = self.value(name, |node| {
            let place = |index| format!("{}[{index}]", self.place_of(name));
            let items = self.scope.items(node)?.into_iter().enumerate();
            items.map(|(index, item)| Self::open(self.scope, &place(index), &item, known)).collect()
        })?;
        Ok(sections.unwrap_or_default())
    }

    /// A fault of one property.
    pub(crate) fn fault(&self, name: &str, fault: Fault) -> Located {
        let line = self.entries.iter().find(|entry| entry.key == name).map_or(self.line, |entry| entry.line);
        Located::new(line, fault).at(&self.place_of(name))
    }

    /// A property as whatever `read` makes of its value; nothing where it is absent or `AWS::NoValue`.
    fn value<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Node) -> Result<T, Located>,
    ) -> Result<Option<T>, Located> {
        let Some(entry) = self.entries.iter().find(|entry| entry.key == name) else { return Ok(None) };
        let value = self.scope.evaluate(&entry.value);
        let value = value.map(|value| match value {
            // What a function returns may stand elsewhere; the property is what has to be mended.
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
