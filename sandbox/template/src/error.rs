//! Errors of a template, worded for its author: where, what, and what to do.

use std::path::PathBuf;

/// A template that the sandbox can't run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    #[error("the template {} can't be read", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{file}:{line}: {}{kind}", if place.is_empty() { String::new() } else { format!("{place}: ") })]
    Invalid {
        /// The file, as it was given.
        file: String,
        /// From 1.
        line: usize,
        /// Logical id and property, such as `WorkerFunction.Timeout`; empty where there is none.
        place: String,
        kind: ErrorKind,
    },
}

/// An error at one place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Neither YAML nor CloudFormation, or values that AWS refuses together.
    #[error("{0}")]
    Invalid(String),
    /// AWS takes it; the sandbox doesn't.
    #[error("{0}")]
    Unsupported(String),
    #[error("expected {expected}, found {found}")]
    Expected { expected: &'static str, found: String },
    /// `unit` is what is counted: seconds, bytes, messages.
    #[error("{value} is outside AWS's limits, {min} to {max} {unit}")]
    OutOfRange { value: i64, min: u32, max: u32, unit: &'static str },
    /// A property without a default.
    #[error("the property {0} is missing; add it")]
    Missing(&'static str),
    #[error(
        "the sandbox doesn't know resources of type {0}; correct the type, or move the resource to another \
         template (sandbox/README.md says what is supported)"
    )]
    UnknownResourceType(String),
    /// A property, section or attribute. Ignoring it would let the sandbox and the deployed stack drift apart.
    #[error(
        "not supported by the sandbox; correct the name or remove it (sandbox/README.md says what is supported)"
    )]
    UnknownProperty,
    /// An intrinsic function, or a form of one.
    #[error(
        "the sandbox can't evaluate {0}; write the value another way (sandbox/README.md says what is supported)"
    )]
    UnsupportedFunction(String),
    #[error("{0} is not the name of a {1} in this template; correct it or add one")]
    UnknownName(String, &'static str),
    /// A reference to a resource that the sandbox ignores.
    #[error(
        "refers to {name}, of type {resource_type}, which exists on AWS alone; use a value that the sandbox knows"
    )]
    OnlyOnAws { name: String, resource_type: String },
    #[error("refers to {0}, which its Condition leaves out; wrap the reference in Fn::If")]
    LeftOut(String),
    #[error("refers to itself, directly or through others; write one of the names out")]
    Circle,
    #[error("the template has {0} bytes, CloudFormation takes {1}; make it shorter")]
    TooLong(usize, usize),
    /// Such as a name that holds another one twice, which holds a third one twice.
    #[error("its references multiply beyond the sandbox's limit; write some of them out")]
    TooMuch,
    #[error("the parameter has no default; give it a value")]
    NoParameterValue,
    #[error("{value:?} is not allowed; use {allowed}")]
    NotAllowed { value: String, allowed: String },
}

pub(crate) type Result<T, E = Located> = std::result::Result<T, E>;

/// An error and its place, before the file's name is known.
#[derive(Debug, PartialEq)]
pub(crate) struct Located {
    pub(crate) line: usize,
    pub(crate) place: String,
    pub(crate) kind: ErrorKind,
}

impl Located {
    pub(crate) fn new(line: usize, kind: ErrorKind) -> Self {
        Self { line, place: String::new(), kind }
    }

    /// Names the property at fault, unless an inner one was named.
    pub(crate) fn at(mut self, place: &str) -> Self {
        if self.place.is_empty() {
            place.clone_into(&mut self.place);
        }
        self
    }

    pub(crate) fn in_file(self, file: &str) -> TemplateError {
        let Self { line, place, kind } = self;
        TemplateError::Invalid { file: file.to_owned(), line, place, kind }
    }
}
