//! Tokens as digests.

use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The SHA-256 of a token. Comparing digests takes the same time whatever the tokens' lengths, and the function doesn't
/// keep the secret itself in memory.
type TokenDigest = [u8; 32];

/// A token that a caller sent, unchecked. It can't be printed.
pub struct PresentedToken(TokenDigest);

impl PresentedToken {
    pub(crate) fn new(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }
}

/// The valid tokens: one, or several during a rotation. It can't be printed.
#[derive(Default)]
pub(crate) struct TokenSet(Vec<TokenDigest>);

impl TokenSet {
    /// The tokens in the parameter's value.
    pub(crate) fn parse(value: &str) -> Self {
        Self(tokens::parse(value).map(|token| Sha256::digest(token).into()).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares with every token, so that the time that it takes reveals nothing.
    pub(crate) fn contains(&self, presented: &PresentedToken) -> bool {
        let matches = self.0.iter().map(|known| known.ct_eq(&presented.0));
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
    fn every_token_of_the_parameter_is_valid_and_nothing_else() {
        let value = "old\r\n\n \nnew\nthird one\n";
        for token in ["old", "new", "third one"] {
            assert!(contains(value, token), "{token}");
        }
        for token in ["", " ", "ol", "older", "old\r", "old\n", "old\nnew", "third", "OLD"] {
            assert!(!contains(value, token), "{token:?}");
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
