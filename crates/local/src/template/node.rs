//! The parts of a template: scalars as they are written, intrinsic functions, line numbers.

use super::error::{Fault, Located};

/// A part of the template.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Where it starts, from 1.
    pub(super) line: usize,
    pub(super) kind: Kind,
}

/// What a part of the template is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A scalar as written: CloudFormation turns numbers and booleans into strings and back as it needs them.
    Text(String),
    List(Vec<Node>),
    /// In the order of the file; no key twice.
    Map(Vec<Entry>),
    /// An intrinsic function under its long name (`Ref`, `Condition`, `Fn::Sub`), whichever form it was written in.
    Call(String, Box<Node>),
}

/// A key of a map, where it stands, and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) line: usize,
    pub(super) value: Node,
}

impl Node {
    pub(super) fn new(line: usize, kind: Kind) -> Self {
        Self { line, kind }
    }

    pub(super) fn text(line: usize, text: impl Into<String>) -> Self {
        Self::new(line, Kind::Text(text.into()))
    }

    /// The entry under `key`, if this is a map that has one.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The value under `key`, if this is a map that has one.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entries of a map.
    pub(super) fn entries(&self) -> Result<&[Entry], Located> {
        match &self.kind {
            Kind::Map(entries) => Ok(entries),
            _ => Err(self.expected("a mapping")),
        }
    }

    /// The text of a scalar that is no intrinsic function.
    pub(super) fn as_text(&self) -> Result<&str, Located> {
        match &self.kind {
            Kind::Text(text) => Ok(text),
            _ => Err(self.expected("a string")),
        }
    }

    /// How much there is of it: what it takes to copy it.
    pub(super) fn weight(&self) -> usize {
        1 + match &self.kind {
            Kind::Text(text) => text.len(),
            Kind::List(items) => items.iter().map(Self::weight).sum(),
            Kind::Map(entries) => entries.iter().map(|entry| entry.key.len() + entry.value.weight()).sum(),
            Kind::Call(name, argument) => name.len() + argument.weight(),
        }
    }

    /// The fault that this is not what it should be.
    pub(super) fn expected(&self, expected: &'static str) -> Located {
        let found = match &self.kind {
            Kind::Text(text) => format!("{text:?}"),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
            Kind::Call(name, _) => name.clone(),
        };
        Located::new(self.line, Fault::Expected { expected, found })
    }
}
