//! Errors of a template, worded for its author: where, what, and what to do.

use display_error_chain::DisplayErrorChain;
use std::fmt;
use std::path::PathBuf;

/// The last sentence of an error about unsupported parts.
const ADVICE: &str = "Remove or replace what is not supported, or skip it: StackBuilder::skip_unsupported. The README \
                      of the sandbox lists what is supported.";

/// A template that the sandbox can't run.
#[derive(thiserror::Error)]
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
    /// Everything in the template that AWS may take and the sandbox doesn't.
    #[error("{}", unsupported(file, parts))]
    Unsupported {
        /// The file, as it was given.
        file: String,
        /// At least one.
        parts: Vec<UnsupportedPart>,
    },
}

/// The messages of the error and its sources, since a `main` that returns an error prints this.
impl fmt::Debug for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", DisplayErrorChain::new(self))
    }
}

/// A resource, an event or a property that doesn't run in the sandbox.
#[derive(Clone, Debug, PartialEq)]
pub struct UnsupportedPart {
    /// From 1.
    pub line: usize,
    /// Logical id and property, such as `WorkerFunction.Events.Upload`.
    pub place: String,
    pub kind: ErrorKind,
}

impl fmt::Display for UnsupportedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.kind)
    }
}

fn unsupported(file: &str, parts: &[UnsupportedPart]) -> String {
    if let [part] = parts {
        return format!("{file}:{}: {part}. {ADVICE}", part.line);
    }
    let lines: String = parts.iter().map(|part| format!("\n  {file}:{}: {part}", part.line)).collect();
    format!("{} parts of the template are not supported by the sandbox:{lines}\n{ADVICE}", parts.len())
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
    #[error("resources of type {0} don't run in the sandbox{instead}", instead = instead(.0))]
    UnknownResourceType(String),
    /// The type of an event of a function.
    #[error("events of type {0} don't reach functions in the sandbox{instead}", instead = event_instead(.0))]
    UnknownEventType(String),
    /// A property, section or attribute. Ignoring it would let the sandbox and the deployed stack drift apart.
    #[error("not supported by the sandbox, or not a name that AWS knows")]
    UnknownProperty,
    /// An intrinsic function, or a form of one.
    #[error(
        "the sandbox can't evaluate {0}; write the value another way (the README of the sandbox says what is supported)"
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

/// A way to write something else, for types that have one.
fn instead(resource_type: &str) -> &'static str {
    match resource_type {
        "AWS::Lambda::Function" => "; write an AWS::Serverless::Function",
        "AWS::Serverless::Api" | "AWS::ApiGateway::RestApi" => "; write an AWS::Serverless::HttpApi",
        "AWS::Lambda::Url" => "; write an event of type HttpApi in the function's Events",
        "AWS::Scheduler::Schedule" => "; write an event of type Schedule in the function's Events",
        _ => "",
    }
}

fn event_instead(event_type: &str) -> &'static str {
    match event_type {
        "Api" => "; write an event of type HttpApi",
        "S3" => {
            "; let the bucket send its events to EventBridge (EventBridgeConfiguration) and write an event of type \
             EventBridgeRule"
        }
        "SNS" => {
            "; let them reach an AWS::SQS::Queue and write an event of type SQS, or invoke the function in the test"
        }
        _ => "; invoke the function in the test with an event of its own (Stack::function)",
    }
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

    /// The same error of something else that contains it.
    pub(crate) fn instead_at(self, place: &str) -> Self {
        Self { place: place.to_owned(), ..self }
    }

    pub(crate) fn in_file(self, file: &str) -> TemplateError {
        let Self { line, place, kind } = self;
        TemplateError::Invalid { file: file.to_owned(), line, place, kind }
    }

    pub(crate) fn into_part(self) -> UnsupportedPart {
        let Self { line, place, kind } = self;
        UnsupportedPart { line, place, kind }
    }
}
