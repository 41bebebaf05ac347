//! Who sent an email.

use std::fmt;

/// The sender: any text that is not blank, kept as written.
#[derive(Clone, PartialEq)]
pub struct Sender(String);

/// A sender of nothing but white space.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("must not be blank")]
pub struct BlankSender;

impl Sender {
    /// Takes a sender that is not blank, where blank means Unicode's `White_Space` alone.
    ///
    /// # Errors
    /// [`BlankSender`] for the empty string too.
    pub fn new(text: String) -> Result<Self, BlankSender> {
        if text.chars().all(char::is_whitespace) { Err(BlankSender) } else { Ok(Self(text)) }
    }

    /// The sender as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Hides the sender, so that it can't reach a log by way of `{:?}`.
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
    fn what_only_looks_blank_is_kept() {
        for text in ["\u{200b}", " a ", "\u{0}", "\u{feff}"] {
            assert_eq!(Sender::new(text.into()).unwrap().as_str(), text);
        }
    }

    #[test]
    fn debug_output_hides_the_sender() {
        assert!(!format!("{:?}", Sender::new("John doe".into())).contains("John"));
    }
}
