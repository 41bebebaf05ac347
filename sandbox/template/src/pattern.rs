//! Event patterns of EventBridge, as far as events of S3 need them.
//!
//! [Event patterns](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html),
//! [comparison operators](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html)

use crate::error::{ErrorKind, Located, Result};
use crate::node::{Entry, Kind, Node};
use crate::scope::Scope;

/// An event matches if each field does.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPattern {
    pub fields: Vec<(String, FieldPattern)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum FieldPattern {
    Nested(EventPattern),
    /// One of them is enough.
    OneOf(Vec<Matcher>),
}

/// A condition on one value.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// A text, or a number that is written like this.
    Exact(String),
    IgnoreCase(String),
    Prefix(String),
    Suffix(String),
    /// The parts between the asterisks.
    Wildcard(Vec<String>),
    /// All of the comparisons hold.
    Numeric(Vec<(Comparison, f64)>),
    /// The value is there, and none of these takes it.
    AnythingBut(Vec<Self>),
    /// The value is there, or it isn't.
    Exists(bool),
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparison {
    Less,
    AtMost,
    Equal,
    AtLeast,
    Greater,
}

const EMPTY: &str = "a pattern and each list in it need at least one entry";

impl EventPattern {
    pub(crate) fn read(scope: &Scope<'_>, node: &Node) -> Result<Self> {
        let value = scope.evaluate(node)?;
        let entries = value.as_ref().unwrap_or(node).entries()?.to_vec();
        if entries.is_empty() {
            return Err(Located::new(node.line, ErrorKind::Invalid(EMPTY.to_owned())));
        }
        let field = |Entry { key, line, value }: Entry| {
            if key.starts_with('$') {
                return Err(unsupported(&key, line));
            }
            Ok((key, FieldPattern::read(scope, &value)?))
        };
        Ok(Self { fields: entries.into_iter().map(field).collect::<Result<_>>()? })
    }

    /// True unless the pattern asks for another source.
    pub(crate) fn may_come_from(&self, source: &str) -> bool {
        self.fields.iter().filter(|(name, _)| name == "source").all(|(_, field)| match field {
            FieldPattern::OneOf(matchers) => matchers.iter().any(|matcher| matcher.takes_text(source)),
            FieldPattern::Nested(_) => false,
        })
    }
}

impl FieldPattern {
    fn read(scope: &Scope<'_>, node: &Node) -> Result<Self> {
        let value = scope.evaluate(node)?;
        let value = value.as_ref().unwrap_or(node);
        match &value.kind {
            Kind::List(_) => Ok(Self::OneOf(list(scope, value, Matcher::read)?)),
            Kind::Map(_) => Ok(Self::Nested(EventPattern::read(scope, value)?)),
            _ => Err(value.expected("a list of values, or a mapping of fields")),
        }
    }
}

impl Matcher {
    fn read(scope: &Scope<'_>, node: &Node) -> Result<Self> {
        if let Kind::Text(text) = &node.kind {
            return Ok(Self::Exact(text.clone()));
        }
        let [Entry { key, line, value }] = node.entries()? else {
            return Err(node.expected("a value, or a mapping of one comparison"));
        };
        let text = || scope.text(value);
        match key.as_str() {
            // Nested: { prefix: { equals-ignore-case: ... } }
            "prefix" | "suffix" if matches!(value.kind, Kind::Map(_)) => {
                Err(unsupported(&format!("{key} with another comparison in it"), *line))
            }
            "prefix" => Ok(Self::Prefix(text()?)),
            "suffix" => Ok(Self::Suffix(text()?)),
            "equals-ignore-case" => Ok(Self::IgnoreCase(text()?)),
            "wildcard" => wildcard(&text()?, *line),
            "exists" => Ok(Self::Exists(scope.truth(value)?)),
            "numeric" => numeric(scope, value),
            "anything-but" => Ok(Self::AnythingBut(anything_but(scope, value)?)),
            other => Err(unsupported(other, *line)),
        }
    }

    /// True if a text meets the condition.
    pub fn takes_text(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => text == exact,
            Self::IgnoreCase(exact) => text.to_lowercase() == exact.to_lowercase(),
            Self::Prefix(prefix) => text.starts_with(prefix),
            Self::Suffix(suffix) => text.ends_with(suffix),
            Self::Wildcard(parts) => takes_wildcard(parts, text),
            Self::Numeric(_) => false,
            Self::AnythingBut(others) => !others.iter().any(|other| other.takes_text(text)),
            Self::Exists(exists) => *exists,
        }
    }
}

/// Values of `anything-but`, or a comparison with one value or several.
fn anything_but(scope: &Scope<'_>, node: &Node) -> Result<Vec<Matcher>> {
    let value = scope.evaluate(node)?;
    let value = value.as_ref().unwrap_or(node);
    let exact = |scope: &Scope<'_>, node: &Node| Ok(Matcher::Exact(scope.text(node)?));
    let Kind::Map(entries) = &value.kind else { return one_or_more(scope, value, exact) };
    let [Entry { key, line, value }] = &entries[..] else {
        return Err(value.expected("one comparison"));
    };
    match key.as_str() {
        "prefix" => one_or_more(scope, value, |scope, node| Ok(Matcher::Prefix(scope.text(node)?))),
        "suffix" => one_or_more(scope, value, |scope, node| Ok(Matcher::Suffix(scope.text(node)?))),
        "equals-ignore-case" => {
            one_or_more(scope, value, |scope, node| Ok(Matcher::IgnoreCase(scope.text(node)?)))
        }
        "wildcard" => one_or_more(scope, value, |scope, node| wildcard(&scope.text(node)?, node.line)),
        other => Err(unsupported(&format!("anything-but with {other}"), *line)),
    }
}

fn one_or_more(
    scope: &Scope<'_>,
    node: &Node,
    read: impl Fn(&Scope<'_>, &Node) -> Result<Matcher>,
) -> Result<Vec<Matcher>> {
    match &node.kind {
        Kind::List(_) => list(scope, node, read),
        _ => Ok(vec![read(scope, node)?]),
    }
}

fn list(
    scope: &Scope<'_>,
    node: &Node,
    read: impl Fn(&Scope<'_>, &Node) -> Result<Matcher>,
) -> Result<Vec<Matcher>> {
    let items = scope.items(node)?;
    if items.is_empty() {
        return Err(Located::new(node.line, ErrorKind::Invalid(EMPTY.to_owned())));
    }
    items.iter().map(|item| read(scope, item)).collect()
}

/// One comparison, or two for a range.
fn numeric(scope: &Scope<'_>, node: &Node) -> Result<Matcher> {
    let expected =
        || node.expected("one or two pairs of a comparison and a number, such as [\">\", 0, \"<=\", 5]");
    let texts = scope.texts(node)?;
    let comparisons = texts.chunks(2).map(|pair| {
        let [comparison, number] = pair else { return Err(expected()) };
        let comparison = match comparison.as_str() {
            "<" => Comparison::Less,
            "<=" => Comparison::AtMost,
            "=" => Comparison::Equal,
            ">=" => Comparison::AtLeast,
            ">" => Comparison::Greater,
            _ => return Err(expected()),
        };
        let number = number.parse().ok().filter(|number: &f64| number.is_finite());
        Ok((comparison, number.ok_or_else(expected)?))
    });
    let comparisons = comparisons.collect::<Result<Vec<_>>>()?;
    if (1..=2).contains(&comparisons.len()) { Ok(Matcher::Numeric(comparisons)) } else { Err(expected()) }
}

/// A backslash makes an asterisk, or a backslash, mean itself.
fn wildcard(text: &str, line: usize) -> Result<Matcher> {
    let invalid = |why: &str| Err(Located::new(line, ErrorKind::Invalid(why.to_owned())));
    let (mut parts, mut part, mut characters) = (Vec::new(), String::new(), text.chars());
    let mut after_asterisk = false;
    while let Some(character) = characters.next() {
        match character {
            '*' if after_asterisk => return invalid("a wildcard has two asterisks in a row; keep one"),
            '*' => parts.push(std::mem::take(&mut part)),
            '\\' => match characters.next() {
                Some(escaped @ ('*' | '\\')) => part.push(escaped),
                _ => return invalid("a backslash in a wildcard comes before * or another backslash"),
            },
            other => part.push(other),
        }
        after_asterisk = character == '*';
    }
    parts.push(part);
    Ok(Matcher::Wildcard(parts))
}

fn takes_wildcard(parts: &[String], text: &str) -> bool {
    let (first, last, middle) = match parts {
        [] => return text.is_empty(),
        [only] => return text == only,
        [first, middle @ .., last] => (first, last, middle),
    };
    let Some(rest) = text.strip_prefix(first.as_str()) else { return false };
    let rest = middle.iter().try_fold(rest, |rest, part| Some(rest.split_once(part.as_str())?.1));
    rest.is_some_and(|rest| rest.ends_with(last.as_str()))
}

fn unsupported(comparison: &str, line: usize) -> Located {
    let why = format!(
        "the sandbox doesn't compare with {comparison}; it knows exact values, prefix, suffix, equals-ignore-case, \
         wildcard, numeric, exists and anything-but"
    );
    Located::new(line, ErrorKind::Unsupported(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Matcher {
        wildcard(text, 1).unwrap()
    }

    #[test]
    fn an_asterisk_stands_for_any_characters_and_a_backslash_takes_its_meaning() {
        for (pattern, text, takes) in [
            ("*.json", "a.json", true),
            ("*.json", ".json", true),
            ("*.json", "a.json5", false),
            ("emails/*/email-*.json", "emails/2026/11/email-1.json", true),
            ("emails/*/email-*.json", "emails/email-1.json", false),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false),
            ("a\\\\*", "a\\b", true),
            ("*", "", true),
            ("é*", "éa", true),
        ] {
            assert_eq!(parts(pattern).takes_text(text), takes, "{pattern} {text}");
        }
        for pattern in ["a**", "a\\b", "a\\"] {
            assert!(wildcard(pattern, 1).is_err(), "{pattern}");
        }
    }
}
