//! The sender of an email.

use serde::Serialize;
use std::fmt;

/// Any text that is not blank, kept as written.
#[derive(Clone, PartialEq, Serialize)]
pub struct Sender(String);

#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("must not be blank")]
pub struct BlankSender;

impl Sender {
    /// Refuses the empty string and text that consists of Unicode's `White_Space` only.
    pub fn new(text: String) -> Result<Self, BlankSender> {
        if text.chars().all(char::is_whitespace) { Err(BlankSender) } else { Ok(Self(text)) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the sender of a stack's canary: `mailroom-canary-` and eight hex digits in small letters, which end the
    /// names of the stack's queues and buckets.
    pub fn is_canary(&self) -> bool {
        let suffix = self.0.strip_prefix("mailroom-canary-");
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        suffix.is_some_and(|suffix| suffix.len() == 8 && suffix.bytes().all(is_digit))
    }
}

/// Hides the sender, so that it can't reach a log through `{:?}`.
impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sender(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_means_unicode_white_space() {
        for blank in ["", " ", "\t\r\n", "\u{a0}", "\u{2003}\u{3000}", "\u{85}", "\u{2028}"] {
            assert_eq!(Sender::new(blank.into()), Err(BlankSender), "{blank:?}");
        }
    }

    #[test]
    fn a_canary_has_eight_hex_digits_in_its_name_and_nothing_more() {
        let is_canary = |text: &str| Sender::new(text.to_owned()).unwrap().is_canary();
        assert!(is_canary("mailroom-canary-8f6d3a10"));
        for other in [
            "mailroom-canary-8f6d3a1",
            "mailroom-canary-8f6d3a10f",
            "mailroom-canary-8F6D3A10",
            "mailroom-canary-8f6d3a1g",
            "mailroom-canary-8f6d3a10 ",
            "Mailroom-canary-8f6d3a10",
            "a mailroom-canary-8f6d3a10",
            "mailroom-canary-",
        ] {
            assert!(!is_canary(other), "{other}");
        }
    }

    #[test]
    fn text_that_only_looks_blank_is_kept_and_debug_output_hides_it() {
        for text in ["\u{200b}", " a ", "\u{0}", "\u{feff}"] {
            let sender = Sender::new(text.into()).unwrap();
            assert_eq!((sender.as_str(), format!("{sender:?}")), (text, "Sender(..)".to_owned()));
        }
    }
}
