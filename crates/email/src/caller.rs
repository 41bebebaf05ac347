//! The caller whose token an email came with.

use serde::Serialize;
use std::{fmt, str::FromStr};

/// The most bytes of a name.
const LONGEST: usize = 32;

/// The name of a caller: `[a-z0-9][a-z0-9-]{0,31}`.
///
/// The operators choose it, so it may appear in logs. No character of it needs escaping in a log, a shell, a URL, an
/// HTTP header or SQL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Caller(String);

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("must have 1 to {LONGEST} lower-case letters, digits and hyphens, and must not begin with a hyphen")]
pub struct InvalidCaller;

impl Caller {
    /// The name of the message attribute and the key of the object metadata that carry it.
    pub const NAME: &str = "caller";

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Caller {
    type Err = InvalidCaller;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let is_name =
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(known) && !text.starts_with('-');
        is_name.then(|| Self(text.to_owned())).ok_or(InvalidCaller)
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lower_case_letters_digits_and_hyphens_are_a_name() {
        for text in ["a", "7", "billing", "web-shop-2", "a-", &"x".repeat(32)] {
            assert_eq!(text.parse::<Caller>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "-", "-a", "A", "a_b", "a b", "a.b", "é", "a\n", " a", &"x".repeat(33)] {
            assert_eq!(text.parse::<Caller>(), Err(InvalidCaller), "{text:?}");
        }
    }
}
