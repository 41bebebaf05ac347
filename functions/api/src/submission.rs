//! What a request's body holds: an email and a token.

use crate::{refusal::Refusal, tokens::PresentedToken};
use email::json::{self, Lookup, Members, Value};
use email::{Email, FieldError, FieldErrorKind};

/// A body that is a JSON object, and nothing more is known yet.
///
/// The two steps keep the contract's order: first [`tokens`](Self::tokens) for the check, then
/// [`into_email`](Self::into_email), so that a caller without the token learns nothing about the fields.
pub struct Submission {
    token: Token,
    rest: Members,
}

/// The member `token`, as it was given.
enum Token {
    Missing,
    Once(PresentedToken),
    Repeated(Vec<PresentedToken>),
}

impl Submission {
    /// Reads a body as JSON, whatever its content type says.
    ///
    /// # Errors
    /// [`Refusal::Unreadable`] for anything but a JSON object.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let value = json::parse(body).map_err(|error| Refusal::Unreadable(format!("the body is {error}")))?;
        let Value::Object(mut members) = value else {
            return Err(Refusal::Unreadable(
                "the body must be a JSON object with `data` and `token`".to_owned(),
            ));
        };
        let token = match members.take("token") {
            Lookup::Missing => Token::Missing,
            Lookup::Once(value) => presented(value).map_or(Token::Missing, Token::Once),
            // A value that is no string matches nothing: the others can't speak for it.
            Lookup::Repeated(values) => values
                .into_iter()
                .map(presented)
                .collect::<Option<_>>()
                .map_or(Token::Missing, Token::Repeated),
        };
        Ok(Self { token, rest: members })
    }

    /// The tokens that must all be right; none if there is nothing to check, and so no right to anything.
    #[must_use]
    pub fn tokens(&self) -> &[PresentedToken] {
        match &self.token {
            Token::Missing => &[],
            Token::Once(token) => std::slice::from_ref(token),
            Token::Repeated(tokens) => tokens,
        }
    }

    /// The email, or every fault of the request at once.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for an object that breaks the contract.
    pub fn into_email(mut self) -> Result<Email, Refusal> {
        let (email, mut faults) = match self.rest.take("data") {
            Lookup::Once(Value::Object(members)) => match Email::from_members(members, "/data") {
                Ok(email) => (Some(email), Vec::new()),
                Err(faults) => (None, faults),
            },
            Lookup::Once(_) => (None, vec![FieldError::new("", "data", FieldErrorKind::NotAnObject)]),
            Lookup::Missing => (None, vec![FieldError::new("", "data", FieldErrorKind::Missing)]),
            Lookup::Repeated(_) => (None, vec![FieldError::new("", "data", FieldErrorKind::Repeated)]),
        };
        if matches!(self.token, Token::Repeated(_)) {
            faults.push(FieldError::new("", "token", FieldErrorKind::Repeated));
        }
        faults.extend(
            self.rest.into_names().iter().map(|name| FieldError::new("", name, FieldErrorKind::Unknown)),
        );
        match email {
            Some(email) if faults.is_empty() => Ok(email),
            _ => Err(Refusal::Invalid(faults)),
        }
    }
}

fn presented(value: Value) -> Option<PresentedToken> {
    match value {
        Value::String(text) => Some(PresentedToken::new(&text)),
        Value::Object(_) | Value::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATA: &str =
        r#"{"email_subject": "s", "email_sender": "a", "email_timestream": "1", "email_content": "c"}"#;

    fn read(body: &str) -> Submission {
        Submission::read(body.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal:?}: {body}"))
    }

    fn faults(body: &str) -> Vec<(String, &'static str)> {
        let Err(Refusal::Invalid(faults)) = read(body).into_email() else { panic!("accepted: {body}") };
        faults.into_iter().map(|fault| (fault.pointer, fault.kind.code())).collect()
    }

    #[test]
    fn a_good_body_is_an_email_and_one_token() {
        let submission = read(&format!(r#"{{"token": "t", "data": {DATA}}}"#));
        assert_eq!(submission.tokens().len(), 1);
        assert_eq!(submission.into_email().unwrap().sender.as_str(), "a");
    }

    #[test]
    fn a_token_that_is_no_string_is_no_token() {
        for token in ["null", "1", "true", "[\"t\"]", "{\"t\": 1}"] {
            assert!(read(&format!(r#"{{"token": {token}, "data": {DATA}}}"#)).tokens().is_empty(), "{token}");
        }
        assert!(read(&format!(r#"{{"data": {DATA}}}"#)).tokens().is_empty());
        assert!(read(&format!(r#"{{"token": "t", "token": 1, "data": {DATA}}}"#)).tokens().is_empty());
    }

    #[test]
    fn of_two_tokens_both_are_checked_and_the_second_is_a_fault() {
        let body = format!(r#"{{"token": "t", "data": {DATA}, "token": "u"}}"#);
        assert_eq!(read(&body).tokens().len(), 2);
        assert_eq!(faults(&body), [("/token".to_owned(), "repeated")]);
    }

    #[test]
    fn faults_within_data_and_beside_it_are_named_together() {
        let found = faults(r#"{"token": "t", "data": {"email_sender": "a"}, "extra": 1}"#);
        let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(
            pointers,
            ["/data/email_subject", "/data/email_timestream", "/data/email_content", "/extra"]
        );
    }

    #[test]
    fn data_must_be_one_object() {
        assert_eq!(faults(r#"{"token": "t"}"#), [("/data".to_owned(), "missing")]);
        assert_eq!(faults(r#"{"token": "t", "data": "x"}"#), [("/data".to_owned(), "not_an_object")]);
        assert_eq!(
            faults(&format!(r#"{{"token": "t", "data": {DATA}, "data": {DATA}}}"#)),
            [("/data".to_owned(), "repeated")]
        );
    }

    #[test]
    fn what_is_no_json_object_is_unreadable() {
        for body in ["", "null", "[]", "\"x\"", "{", "email_sender=a&token=t"] {
            assert!(matches!(Submission::read(body.as_bytes()), Err(Refusal::Unreadable(_))), "{body}");
        }
    }
}
