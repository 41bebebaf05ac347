//! Tokens as digests.

use email::Caller;
use sha2::{Digest, Sha256};
use subtle::{ConditionallySelectable, ConstantTimeEq};

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

/// The valid tokens: one, or several, of several callers or during a rotation. It can't be printed.
#[derive(Default)]
pub(crate) struct TokenSet(Vec<ValidToken>);

pub(crate) struct ValidToken {
    digest: TokenDigest,
    /// The caller that it names.
    pub(crate) caller: Option<Caller>,
}

impl TokenSet {
    /// The tokens in the parameter's value.
    pub(crate) fn parse(value: &str) -> Self {
        let valid =
            |token| ValidToken { digest: Sha256::digest(token).into(), caller: tokens::caller(token) };
        Self(tokens::parse(value).map(valid).collect())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Finds the valid token that equals this one. It compares with every token, so that the time that it takes reveals
    /// nothing, neither of the tokens nor which of them matches.
    pub(crate) fn find(&self, presented: &PresentedToken) -> Option<&ValidToken> {
        let mut found = u64::MAX;
        for (index, valid) in (0_u64..).zip(&self.0) {
            found.conditional_assign(&index, valid.digest.ct_eq(&presented.0));
        }
        self.0.get(usize::try_from(found).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(value: &str, token: &str) -> bool {
        TokenSet::parse(value).find(&PresentedToken::new(token)).is_some()
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

    #[test]
    fn the_caller_is_that_of_the_line_which_the_whole_token_equals() {
        let named = |name: &str| format!("mailroom_{name}_{}", "0".repeat(64));
        let almost = &named("shop")[1..];
        let value = format!("first\n{}\n{}\n{almost}\nlast", named("billing"), named("shop"));
        let caller = |token: &str| {
            let valid = TokenSet::parse(&value);
            let found = valid.find(&PresentedToken::new(token))?;
            Some(found.caller.as_ref().map(|caller| caller.as_str().to_owned()))
        };
        assert_eq!(caller("first"), Some(None));
        assert_eq!(caller(&named("billing")), Some(Some("billing".to_owned())));
        assert_eq!(caller(&named("shop")), Some(Some("shop".to_owned())));
        assert_eq!(caller(almost), Some(None), "a line that only resembles a named one");
        assert_eq!(caller("last"), Some(None));
        for wrong in ["billing", "mailroom_billing_", &"0".repeat(64), &named("other")] {
            assert_eq!(caller(wrong), None, "{wrong}");
        }
    }
}
