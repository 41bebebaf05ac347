//! Filter patterns, as far as they compare members of a JSON object with a string:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>.

use super::invalid;
use crate::error::Result;
use serde_json::Value;

#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Pattern {
    Anything,
    /// One of these members must be there, with just this string.
    AnyOf(Vec<Term>),
}

/// `$.member = "value"`
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Term {
    member: String,
    value: String,
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self::Anything);
        }
        let terms = text.trim().strip_prefix('{').and_then(terms);
        terms.map(Self::AnyOf).ok_or_else(|| {
            let forms = r#"{ $.member = "value" }, several joined with ||, or nothing"#;
            invalid(format!("The sandbox doesn't support this filter pattern; use {forms}: {text}"))
        })
    }

    pub(crate) fn matches(&self, line: &str) -> bool {
        let Self::AnyOf(terms) = self else { return true };
        let Ok(Value::Object(line)) = serde_json::from_str(line) else { return false };
        terms.iter().any(|term| line.get(&term.member).and_then(Value::as_str) == Some(&term.value))
    }
}

/// Parses everything behind the brace that opens a pattern.
fn terms(mut rest: &str) -> Option<Vec<Term>> {
    let mut terms = Vec::new();
    loop {
        let (term, behind) = term(rest)?;
        terms.push(term);
        match behind.strip_prefix("||") {
            Some(behind) => rest = behind,
            None => return (behind == "}").then_some(terms),
        }
    }
}

/// Parses a comparison, in brackets or not, and returns the rest.
fn term(text: &str) -> Option<(Term, &str)> {
    let text = text.trim_start();
    let inner = text.strip_prefix('(');
    let selector = inner.unwrap_or(text).trim_start().strip_prefix("$.")?;
    let end = selector.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'))?;
    let (member, rest) = selector.split_at(end);
    let value = rest.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
    let (value, rest) = value.split_once('"')?;
    // A star would match anything, and a backslash escapes the next character.
    if member.is_empty() || value.contains(['*', '\\']) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = if inner.is_some() { rest.strip_prefix(')')?.trim_start() } else { rest };
    Some((Term { member: member.to_owned(), value: value.to_owned() }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_matches_if_one_of_the_members_is_just_that_string() {
        let accepted = r#"{"message":"accepted","status":200,"more":{"message":"filed"}}"#;
        let odd = r#"{"message":"a || b } \"(c)"}"#;
        for (pattern, line, matches) in [
            ("", "no JSON", true),
            (" ", accepted, true),
            (r#"{ $.message = "accepted" }"#, accepted, true),
            (r#"{$.message="accepted"}"#, accepted, true),
            (r#"{ ($.message = "accepted") }"#, accepted, true),
            (r#"{ $.message = "accept" }"#, accepted, false),
            (r#"{ $.message = "filed" }"#, accepted, false),
            (r#"{ $.message = "filed" || $.message = "accepted" }"#, accepted, true),
            (r#"{ ($.message = "filed") || ($.message = "other") }"#, accepted, false),
            (r#"{ $.message = "accepted" }"#, "accepted", false),
            (r#"{ $.message = "accepted" }"#, r#"["accepted"]"#, false),
            (r#"{ $.status = "200" }"#, accepted, false),
            (r#"{ $.level = "" }"#, accepted, false),
            (r#"{ $.message = "a || b } " }"#, odd, false),
            (r#"{ $.message = "a || b }" }"#, r#"{"message":"a || b }"}"#, true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(line), matches, "{pattern} {line}");
        }
    }

    #[test]
    fn a_pattern_that_is_not_understood_is_refused_and_not_guessed() {
        for pattern in [
            "accepted",
            "\"accepted\"",
            "?a ?b",
            "[a, b]",
            "%a%",
            "{}",
            "{ $.a = \"b\"",
            "{ $.a = \"b\" } x",
            "{ $.a = b }",
            "{ $.a = 1 }",
            "{ $.a = \"b }",
            "{ $.a = \"b*\" }",
            "{ $.a = \"b\\\"c\" }",
            "{ $.a != \"b\" }",
            "{ $.a > 1 }",
            "{ $.a IS NULL }",
            "{ $.a.b = \"c\" }",
            "{ $.a[0] = \"c\" }",
            "{ a = \"b\" }",
            "{ $. = \"b\" }",
            "{ ($.a = \"b\" }",
            "{ $.a = \"b\") }",
            "{ (($.a = \"b\")) }",
            "{ $.a = \"b\" && $.c = \"d\" }",
            "{ $.a = \"b\" || }",
            "{ $.a = \"b\" | $.c = \"d\" }",
        ] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
    }
}
