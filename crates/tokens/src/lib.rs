//! The value of the token parameter: one token a line, the newest first.

/// The tokens in the parameter's value. `api` accepts exactly these, and the tools read and rotate the same.
///
/// Carriage returns at the end of a line and blank lines are dropped, so that an empty token never works.
pub fn parse(value: &str) -> impl Iterator<Item = &str> {
    value.split('\n').map(|line| line.trim_end_matches('\r')).filter(|line| !line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_line_that_is_not_blank_is_a_token() {
        assert!(super::parse("old\r\n\n \nnew\nthird one \n").eq(["old", "new", "third one "]));
        for value in ["", "\n", "\r\n\r\n", "  \n\t"] {
            assert_eq!(super::parse(value).next(), None, "{value:?}");
        }
    }
}
