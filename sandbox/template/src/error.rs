//! What can be wrong with a template, said so that its author knows where and what to do.

use std::path::PathBuf;

/// A template that can't be run here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The file can't be read.
    #[error("the template {} can't be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why it can't be read.
        source: std::io::Error,
    },
    /// The file says something that is wrong, or that can't run here.
    #[error("{file}:{line}: {}{fault}", if place.is_empty() { String::new() } else { format!("{place}: ") })]
    Invalid {
        /// The file, as it was given.
        file: String,
        /// The line, from 1.
        line: usize,
        /// Logical id and property, `WorkerFunction.Timeout`; empty where there is none.
        place: String,
        /// What is wrong, and what to do about it.
        fault: Fault,
    },
}

/// What is wrong at one place.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// YAML that can't be parsed, or that CloudFormation reads otherwise than it looks.
    #[error("{0}")]
    Yaml(String),
    /// A value of the wrong kind.
    #[error("expected {expected}, found {found}")]
    Expected {
        /// What the property takes.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A number that AWS refuses.
    #[error("{value} is outside AWS's limits, {min} to {max} {unit}")]
    OutOfRange {
        /// The number.
        value: i64,
        /// The least that AWS takes.
        min: u32,
        /// The most that AWS takes.
        max: u32,
        /// What is counted: seconds, bytes, messages.
        unit: &'static str,
    },
    /// Values that are fine alone and that AWS refuses together.
    #[error("{0}")]
    Conflict(String),
    /// A property that has no default.
    #[error("the property {0} is missing; add it")]
    Missing(&'static str),
    /// A type of resource on neither list.
    #[error(
        "resources of type {0} neither run here nor are known to matter on AWS alone; \
         decide which in sandbox/template/src/resources.rs"
    )]
    UnknownResourceType(String),
    /// A property on neither list.
    #[error(
        "not understood here; read it in sandbox/template/src, or list it there as one that matters on AWS alone"
    )]
    UnknownProperty,
    /// A value that AWS would take and that can't be had on one machine.
    #[error("{0}")]
    NotHere(String),
    /// An intrinsic function, or a form of one, that isn't evaluated.
    #[error(
        "{0} can't be evaluated here; write the value another way, or teach sandbox/template/src/evaluate.rs"
    )]
    UnsupportedFunction(String),
    /// A name that stands for nothing.
    #[error("{0} is not the name of a {1} in this template; correct it or add one")]
    UnknownName(String, &'static str),
    /// A reference to what only exists on AWS.
    #[error("refers to {name}, a {kind}, which exists on AWS alone: what runs here can't depend on it")]
    OnlyOnAws {
        /// The resource's logical id.
        name: String,
        /// Its type.
        kind: String,
    },
    /// A reference to what its condition leaves out.
    #[error("refers to {0}, which its Condition leaves out; wrap the reference in Fn::If")]
    LeftOut(String),
    /// A reference that leads back to itself.
    #[error("refers to itself, directly or through others; write one of the names out")]
    Circle,
    /// More text than CloudFormation takes.
    #[error("the template has {0} bytes, CloudFormation takes {1}; make it shorter")]
    TooLong(usize, usize),
    /// References that multiply, such as a name that holds another one twice, which holds a third one twice.
    #[error("what it refers to multiplies beyond all measure; write some of it out")]
    TooMuch,
    /// A parameter without default or value.
    #[error("the parameter has no default; give it a value")]
    NoParameterValue,
    /// A parameter's value that the template refuses.
    #[error("{value:?} is not allowed; use {allowed}")]
    NotAllowed {
        /// The value.
        value: String,
        /// What may be given.
        allowed: String,
    },
}

/// A fault and where it is, before the file's name is known.
#[derive(Debug, PartialEq)]
pub(crate) struct Located {
    pub(crate) line: usize,
    pub(crate) place: String,
    pub(crate) fault: Fault,
}

impl Located {
    pub(crate) fn new(line: usize, fault: Fault) -> Self {
        Self { line, place: String::new(), fault }
    }

    /// Says which property is at fault; the innermost that does so wins.
    pub(crate) fn at(mut self, place: &str) -> Self {
        if self.place.is_empty() {
            place.clone_into(&mut self.place);
        }
        self
    }

    pub(crate) fn in_file(self, file: &str) -> TemplateError {
        TemplateError::Invalid {
            file: file.to_owned(),
            line: self.line,
            place: self.place,
            fault: self.fault,
        }
    }
}
