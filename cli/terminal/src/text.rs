//! Text from outside, made safe to print: it can't move the cursor, change colours or reverse the order of a line.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Text from outside, such as a server's answer, an AWS error, a log line, a key or a header, that is safe to print on
/// one line: it holds U+FFFD in place of each control character and invisible character.
///
/// Fields of replies and reports have this type, so that no command prints such text unfiltered. `serde` parses
/// an answer straight into it. It doesn't keep the original: a key that goes back to a service stays a `String`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(from = "String")]
pub struct Printable(String);

impl Printable {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Printable {
    fn from(text: &str) -> Self {
        Self(printable(text))
    }
}

impl From<String> for Printable {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl fmt::Display for Printable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The text with U+FFFD in place of each control character and invisible character.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if is_harmful(c) { '\u{fffd}' } else { c }).collect()
}

/// The same JSON with such characters escaped. JSON has them in strings alone, where it allows escapes.
pub fn printable_json(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        if is_harmful(c) {
            text.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            text.push(c);
        }
    }
    text
}

/// Control characters, and of Unicode's format characters those that can stand in a path: directions, line breaks,
/// and others that are not seen.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HARMFUL: &str =
        "\u{1b}\r\u{9b}\u{85}\u{7f}\u{202e}\u{2066}\u{200f}\u{61c}\u{2028}\u{200b}\u{feff}\u{e0041}";

    #[test]
    fn harmful_characters_are_replaced() {
        let text = printable(&format!("[2J{HARMFUL}é"));
        assert_eq!(text, format!("[2J{}é", "\u{fffd}".repeat(HARMFUL.chars().count())));
    }

    #[test]
    fn text_from_outside_is_safe_however_it_arrives_and_leaves() {
        let safe = format!("{}é", "\u{fffd}".repeat(HARMFUL.chars().count()));
        let text = format!("{HARMFUL}é");
        let parsed: Printable = serde_json::from_value(serde_json::json!(text)).unwrap();
        for printable in [Printable::from(text.as_str()), Printable::from(text), parsed] {
            assert_eq!(printable.as_str(), safe);
            assert_eq!(printable.to_string(), safe);
            assert_eq!(serde_json::to_value(&printable).unwrap(), safe);
        }
        assert_eq!(format!("{:>3}|{:<3}|", Printable::from("a"), Printable::from("b")), "  a|b  |");
    }

    #[test]
    fn printable_json_is_the_same_json() {
        let text = format!("a{HARMFUL}\"\\é");
        let json = printable_json(&serde_json::to_string(&text).unwrap());
        assert!(!json.chars().any(is_harmful), "{json:?}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
