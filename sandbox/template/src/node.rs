//! The parts of a template: scalars as they are written, intrinsic functions, line numbers.

use crate::error::{ErrorKind, Located, Result};

/// A part of the template.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// Where it starts, from 1.
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
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
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) line: usize,
    pub(crate) value: Node,
}

impl Node {
    pub(crate) fn new(line: usize, kind: Kind) -> Self {
        Self { line, kind }
    }

    pub(crate) fn text(line: usize, text: impl Into<String>) -> Self {
        Self::new(line, Kind::Text(text.into()))
    }

    pub(crate) fn empty_map(line: usize) -> Self {
        Self::new(line, Kind::Map(Vec::new()))
    }

    /// The entry under `key`, if this is a map that has one.
    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The value under `key`, if this is a map that has one.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> Result<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Ok(entries),
            _ => Err(self.expected("a mapping")),
        }
    }

    /// The text of a scalar; an intrinsic function is an error.
    pub(crate) fn as_text(&self) -> Result<&str> {
        match &self.kind {
            Kind::Text(text) => Ok(text),
            _ => Err(self.expected("a string")),
        }
    }

    /// The cost of a copy, in nodes and bytes.
    pub(crate) fn weight(&self) -> usize {
        1 + match &self.kind {
            Kind::Text(text) => text.len(),
            Kind::List(items) => items.iter().map(Self::weight).sum(),
            Kind::Map(entries) => entries.iter().map(|entry| entry.key.len() + entry.value.weight()).sum(),
            Kind::Call(name, argument) => name.len() + argument.weight(),
        }
    }

    /// The error that this is something else.
    pub(crate) fn expected(&self, expected: &'static str) -> Located {
        let found = match &self.kind {
            Kind::Text(text) => format!("{text:?}"),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
            Kind::Call(name, _) => name.clone(),
        };
        Located::new(self.line, ErrorKind::Expected { expected, found })
    }
}
