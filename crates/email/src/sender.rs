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
    fn text_that_only_looks_blank_is_kept_and_debug_output_hides_it() {
        for text in ["\u{200b}", " a ", "\u{0}", "\u{feff}"] {
            let sender = Sender::new(text.into()).unwrap();
            assert_eq!((sender.as_str(), format!("{sender:?}")), (text, "Sender(..)".to_owned()));
        }
    }
}
