//! Tokens as digests.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The SHA-256 of a token.
///
/// Comparing digests takes the same time whatever the tokens' lengths, and what is kept for an hour is not
/// the secret itself.
struct TokenDigest([u8; 32]);

impl TokenDigest {
    fn of(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// A token that a caller sent; unchecked. It can't be printed.
pub struct PresentedToken(TokenDigest);

impl PresentedToken {
    pub(crate) fn new(token: &str) -> Self {
        Self(TokenDigest::of(token))
    }
}

/// The tokens that are right: one, or several while one replaces another. It can't be printed.
#[derive(Default)]
pub(crate) struct TokenSet(Vec<TokenDigest>);

impl TokenSet {
    /// The tokens of the parameter's value, one a line. Carriage returns and blank lines are dropped, so an
    /// empty token is never right.
    pub(crate) fn parse(value: &str) -> Self {
        let lines = value.split('\n').map(|line| line.trim_end_matches('\r'));
        Self(lines.filter(|line| !line.trim().is_empty()).map(TokenDigest::of).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `presented` is one of the set. Always compares with all of them: how long it takes tells nothing.
    pub(crate) fn contains(&self, presented: &PresentedToken) -> bool {
        let matches = self.0.iter().map(|known| known.0.ct_eq(&presented.0.0));
        matches.fold(Choice::from(0), |any, one| any | one).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(value: &str, token: &str) -> bool {
        TokenSet::parse(value).contains(&PresentedToken::new(token))
    }

    #[test]
    fn any_line_is_a_token() {
        for token in ["old", "new", "third one"] {
            assert!(contains("old\r\n\n \nnew\nthird one\n", token), "{token}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for token in ["", " ", "ol", "older", "old\r", "old\n", "old\nnew", "third", "OLD"] {
            assert!(!contains("old\r\n\n \nnew\nthird one\n", token), "{token:?}");
        }
    }

    #[test]
    fn a_value_without_a_token_is_an_empty_set_that_nothing_matches() {
        for value in ["", "\n", "\r\n\r\n", "  \n\t"] {
            assert!(TokenSet::parse(value).is_empty(), "{value:?}");
            assert!(!contains(value, "") && !contains(value, value), "{value:?}");
        }
    }
}
