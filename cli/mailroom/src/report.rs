//! What a command found, for people or for programs.

use anstream::print;
use anyhow::{Context, Result};
use serde::Serialize;
use terminal::Outcome;
use terminal::text::printable_json;

/// What a command has to say at its end. Its fields are the JSON document of `--json`: once released, names stay.
pub(crate) trait Report: Serialize {
    /// The same for a person, with styles; each line ended.
    fn text(&self) -> String;

    /// What it means.
    fn outcome(&self) -> Outcome;

    /// Prints it: one JSON document on one line, or text.
    fn print(&self, output: &Output) -> Result<Outcome> {
        if output.json {
            let json = serde_json::to_string(self).context("the report can't be written as JSON")?;
            print!("{}\n", printable_json(&json));
        } else {
            print!("{}", self.text());
        }
        Ok(self.outcome())
    }
}

/// How a command reports.
#[derive(clap::Args)]
pub(crate) struct Output {
    /// Print one JSON document instead of text, on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

/// One or many: "1 email", "2 emails".
pub(crate) fn count(n: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// A number as people read it: "1,204,331".
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_at_every_third_digit_from_the_end() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_204_331, "1,204,331")] {
            assert_eq!(grouped(n), text);
        }
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!([count(1, "email"), count(2_000, "email")], ["1 email", "2,000 emails"]);
    }
}
