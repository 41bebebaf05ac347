//! The names of functions: `mine`, `mine:live`, `123456789012:function:mine` or a whole ARN
//! (<https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>).

use crate::error::{Result, ServiceError};

/// As AWS's service model has it.
const PATTERN: &str = "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?\
    (\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const QUALIFIER_PATTERN: &str = "(|[a-zA-Z0-9$_-]+)";

/// A function that a caller named.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Target {
    pub(crate) region: Option<String>,
    pub(crate) account_id: Option<String>,
    pub(crate) name: String,
    /// A version or an alias.
    pub(crate) qualifier: Option<String>,
}

impl Target {
    /// Reads a function's name and the parameter `Qualifier`, which must not contradict it.
    pub(crate) fn parse(name: &str, qualifier: Option<&str>) -> Result<Self> {
        let mut target = Self::of_name(name).ok_or_else(|| invalid("functionName", name, PATTERN))?;
        let Some(qualifier) = qualifier.filter(|qualifier| !qualifier.is_empty()) else { return Ok(target) };
        if !qualifier.chars().all(|c| is_of_name(c) || c == '$') {
            return Err(invalid("qualifier", qualifier, QUALIFIER_PATTERN));
        }
        match &target.qualifier {
            Some(named) if named != qualifier => {
                let message =
                    "The derived qualifier from the function name does not match the specified qualifier.";
                Err(ServiceError::new("InvalidParameterValueException", message))
            }
            _ => {
                target.qualifier = Some(qualifier.to_owned());
                Ok(target)
            }
        }
    }

    /// Each part before the name may be left out.
    fn of_name(name: &str) -> Option<Self> {
        let mut parts = name.split(':').collect::<Vec<_>>().into_iter().peekable();
        if parts.next_if_eq(&"arn").is_some() {
            parts.next().filter(|partition| partition.starts_with("aws"))?;
            parts.next_if_eq(&"lambda")?;
        }
        let is_last = |parts: &mut std::iter::Peekable<std::vec::IntoIter<&str>>| parts.len() < 2;
        let region = if is_last(&mut parts) { None } else { parts.next_if(|part| is_region(part)) };
        let account_id = if is_last(&mut parts) { None } else { parts.next_if(|part| is_account(part)) };
        if !is_last(&mut parts) {
            parts.next_if_eq(&"function");
        }
        let name = parts.next().filter(|name| is_name(&name.replace('.', "")))?;
        let qualifier = parts.next();
        let is_right = qualifier.is_none_or(|qualifier| qualifier == super::LATEST || is_name(qualifier));
        let owned = |part: Option<&str>| part.map(str::to_owned);
        let (region, account_id) = (owned(region), owned(account_id));
        let target = Self { region, account_id, name: name.to_owned(), qualifier: owned(qualifier) };
        (is_right && parts.next().is_none()).then_some(target)
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(is_of_name)
}

fn is_account(part: &str) -> bool {
    part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Such as `eu-central-1`: a function's name doesn't stand before another part.
fn is_region(part: &str) -> bool {
    let mut words = part.rsplit('-');
    let ends_in_digit =
        words.next().is_some_and(|word| word.len() == 1 && word.as_bytes()[0].is_ascii_digit());
    ends_in_digit
        && words.clone().count() >= 2
        && words.all(|word| word.bytes().all(|b| b.is_ascii_lowercase()))
}

pub(crate) fn invalid(member: &str, value: &str, pattern: &str) -> ServiceError {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}"
    );
    ServiceError::new("ValidationException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(region: Option<&str>, account_id: Option<&str>, qualifier: Option<&str>) -> Target {
        let owned = |part: Option<&str>| part.map(str::to_owned);
        let (region, account_id, qualifier) = (owned(region), owned(account_id), owned(qualifier));
        Target { region, account_id, name: "jobs-1".to_owned(), qualifier }
    }

    #[test]
    fn a_function_is_named_by_its_name_its_arn_or_a_part_of_it() {
        let (region, account) = (Some("eu-central-1"), Some("000000000000"));
        for (name, expected) in [
            ("jobs-1", target(None, None, None)),
            ("jobs-1:live", target(None, None, Some("live"))),
            ("jobs-1:$LATEST", target(None, None, Some("$LATEST"))),
            ("function:jobs-1", target(None, None, None)),
            ("000000000000:function:jobs-1", target(None, account, None)),
            ("000000000000:jobs-1:7", target(None, account, Some("7"))),
            ("arn:aws:lambda:eu-central-1:000000000000:function:jobs-1", target(region, account, None)),
            (
                "arn:aws:lambda:eu-central-1:000000000000:function:jobs-1:live",
                target(region, account, Some("live")),
            ),
        ] {
            assert_eq!(Target::parse(name, None), Ok(expected), "{name}");
        }
        let named = Target::parse("function", None).unwrap();
        assert_eq!((named.name.as_str(), named.qualifier), ("function", None));
    }

    #[test]
    fn a_qualifier_stands_in_the_name_or_beside_it_and_says_the_same() {
        let live = Ok(target(None, None, Some("live")));
        for name in ["jobs-1", "jobs-1:live"] {
            assert_eq!(Target::parse(name, Some("live")), live, "{name}");
        }
        assert_eq!(Target::parse("jobs-1:live", Some("")), live);
        let error = Target::parse("jobs-1:live", Some("$LATEST")).unwrap_err();
        assert_eq!(error.code(), "InvalidParameterValueException");
    }

    #[test]
    fn a_name_outside_the_pattern_is_a_validation_error() {
        for name in
            ["", "a b", "jobs:", ":jobs", "jobs:a:b", "arn:aws:sqs:eu-central-1:000000000000:jobs", "a/b"]
        {
            assert_eq!(Target::parse(name, None).unwrap_err().code(), "ValidationException", "{name}");
        }
        assert_eq!(Target::parse("jobs", Some("a b")).unwrap_err().code(), "ValidationException");
    }
}
