//! The value of the token parameter: one token a line, the newest first.
//!
//! A token may name its caller:
//!
//! ```text
//! mailroom_billing_0000000000000000000000000000000000000000000000000000000000000000
//! ```
//!
//! A *named token* is `mailroom_`, the caller's name (`[a-z0-9][a-z0-9-]{0,31}`), `_`, and exactly 64 of the digits
//! `0-9a-f`. The caller sends all of it. Every other line is an unnamed token, whole, however close it comes.
//!
//! The name is a part of the token, not a note beside it, so that no reader can disagree about what a caller must send:
//!
//! - Each line is a token, whole, exactly as before there were names. So no token that is in use changes its meaning, and
//!   a line of this form that was in use already is still right; it only gains a name. Neither form that was ever
//!   documented or generated, 44 characters of base64 and 64 hex digits, has a `_`.
//! - A version of `api` without names accepts the same requests, during a deployment and after a rollback; their emails
//!   carry no name.
//! - A tool without names that writes the parameter keeps the lines it keeps byte for byte.
//!
//! The name isn't secret: [`caller`] is called with lines of the parameter only, never with what a client sent. The 256
//! bits behind it are the secret, so a name can be neither guessed nor claimed.
//!
//! [`refresh`] says when `api` reads the parameter again.

pub mod refresh;

use email::Caller;

const PREFIX: &str = "mailroom_";
const SECRET_DIGITS: usize = 64;

/// The tokens in the parameter's value. `api` accepts exactly these, and the tools read and rotate the same.
///
/// Carriage returns at the end of a line and blank lines are dropped, so that an empty token never works.
pub fn parse(value: &str) -> impl Iterator<Item = &str> {
    value.split('\n').map(|line| line.trim_end_matches('\r')).filter(|line| !line.trim().is_empty())
}

/// The caller that this token of the parameter names; `None` for an unnamed one.
pub fn caller(token: &str) -> Option<Caller> {
    let (name, secret) = token.strip_prefix(PREFIX)?.split_once('_')?;
    name.parse().ok().filter(|_| is_secret(secret))
}

/// A token of this caller; `None` if the secret is not 64 of the digits `0-9a-f`.
pub fn named(caller: &Caller, secret: &str) -> Option<String> {
    is_secret(secret).then(|| format!("{PREFIX}{caller}_{secret}"))
}

fn is_secret(text: &str) -> bool {
    text.len() == SECRET_DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_that_is_not_blank_is_a_token() {
        assert!(parse("old\r\n\n \nnew\nthird one \n").eq(["old", "new", "third one "]));
        for value in ["", "\n", "\r\n\r\n", "  \n\t"] {
            assert_eq!(parse(value).next(), None, "{value:?}");
        }
    }

    #[test]
    fn a_named_token_is_a_whole_line_and_names_its_caller() {
        let secret = "0123456789abcdef".repeat(4);
        for name in ["a", "billing", "web-shop-2", &"x".repeat(32)] {
            let token = named(&name.parse().unwrap(), &secret).unwrap();
            assert_eq!(token, format!("mailroom_{name}_{secret}"));
            assert!(parse(&format!("old\r\n{token}\r\n")).eq(["old", token.as_str()]));
            assert_eq!(caller(&token).unwrap().as_str(), name);
        }
        assert_eq!(named(&"a".parse().unwrap(), "short"), None);
    }

    #[test]
    fn any_other_line_is_an_unnamed_token() {
        let secret = "0".repeat(64);
        for line in [
            "token",
            &secret,
            "mailroom",
            "mailroom_",
            "mailroom__",
            "mailroom_billing",
            "mailroom_billing_",
            &format!("mailroom__{secret}"),
            &format!("mailroom_{secret}"),
            &format!("mailroom_Billing_{secret}"),
            &format!("Mailroom_billing_{secret}"),
            &format!("mailroom-billing-{secret}"),
            &format!("mailroom_bill_ing_{secret}"),
            &format!("mailroom_-billing_{secret}"),
            &format!("mailroom_{}_{secret}", "x".repeat(33)),
            &format!("mailroom_billing_{}", &secret[1..]),
            &format!("mailroom_billing_{secret}0"),
            &format!("mailroom_billing_{}A", &secret[1..]),
            &format!("mailroom_billing_{}g", &secret[1..]),
            &format!("mailroom_billing_{secret} "),
            &format!(" mailroom_billing_{secret}"),
            &format!("billing mailroom_billing_{secret}"),
        ] {
            assert_eq!(caller(line), None, "{line:?}");
            assert!(parse(line).eq([line]), "{line:?}");
        }
    }
}
