//! The body of a request: an email and a token.

use crate::{api_error::ApiError, auth::PresentedToken};
use email::json::{self, Lookup, Members, Value};
use email::{Email, FieldError, FieldErrorKind};

/// A JSON object that may not keep the contract.
///
/// Two steps keep the contract's order: first [`tokens`](Self::tokens) for the check, then
/// [`into_email`](Self::into_email), so that a caller without the token learns nothing about the fields.
pub struct RequestBody {
    tokens: Vec<PresentedToken>,
    rest: Members,
}

impl RequestBody {
    /// Reads the body as a JSON object, whatever its content type.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        let value =
            json::parse(body).map_err(|error| ApiError::Unreadable(format!("the body is {error}")))?;
        let Value::Object(mut members) = value else {
            let detail = "the body must be a JSON object with `data` and `token`";
            return Err(ApiError::Unreadable(detail.to_owned()));
        };
        let values = match members.take("token") {
            Lookup::Missing => Vec::new(),
            Lookup::Once(value) => vec![value],
            Lookup::Repeated(values) => values,
        };
        // A value that is not a string matches no token, so the others don't count either.
        let tokens = values.into_iter().map(presented).collect::<Option<_>>();
        Ok(Self { tokens: tokens.unwrap_or_default(), rest: members })
    }

    /// The tokens, all of which must be right. A caller without one is refused.
    pub fn tokens(&self) -> &[PresentedToken] {
        &self.tokens
    }

    /// The email, or every error of the request at once.
    pub fn into_email(mut self) -> Result<Email, ApiError> {
        let error = |name, kind| vec![FieldError::new("", name, kind)];
        let data = match self.rest.take("data") {
            Lookup::Once(Value::Object(members)) => Email::from_members(members, "/data"),
            Lookup::Once(_) => Err(error("data", FieldErrorKind::NotAnObject)),
            Lookup::Missing => Err(error("data", FieldErrorKind::Missing)),
            Lookup::Repeated(_) => Err(error("data", FieldErrorKind::Repeated)),
        };
        let (email, mut errors) = match data {
            Ok(email) => (Some(email), Vec::new()),
            Err(errors) => (None, errors),
        };
        if self.tokens.len() > 1 {
            errors.extend(error("token", FieldErrorKind::Repeated));
        }
        errors.extend(FieldError::unknown("", self.rest));
        email.filter(|_| errors.is_empty()).ok_or(ApiError::Invalid(errors))
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

    fn parse(body: &str) -> RequestBody {
        RequestBody::parse(body.as_bytes()).unwrap_or_else(|error| panic!("{error:?}: {body}"))
    }

    fn errors(body: &str) -> Vec<(String, &'static str)> {
        let Err(ApiError::Invalid(errors)) = parse(body).into_email() else { panic!("accepted: {body}") };
        errors.into_iter().map(|error| (error.pointer, error.kind.code())).collect()
    }

    #[test]
    fn a_good_body_is_an_email_and_one_token() {
        let body = parse(&format!(r#"{{"token": "t", "data": {DATA}}}"#));
        assert_eq!(body.tokens().len(), 1);
        assert_eq!(body.into_email().unwrap().sender.as_str(), "a");
    }

    #[test]
    fn a_token_that_is_not_a_string_does_not_count() {
        for token in ["null", "1", "true", "[\"t\"]", "{\"t\": 1}"] {
            let body = format!(r#"{{"token": {token}, "data": {DATA}}}"#);
            assert!(parse(&body).tokens().is_empty(), "{token}");
        }
        assert!(parse(&format!(r#"{{"data": {DATA}}}"#)).tokens().is_empty());
        assert!(parse(&format!(r#"{{"token": "t", "token": 1, "data": {DATA}}}"#)).tokens().is_empty());
    }

    #[test]
    fn of_two_tokens_both_are_checked_and_the_second_is_an_error() {
        let body = format!(r#"{{"token": "t", "data": {DATA}, "token": "u"}}"#);
        assert_eq!(parse(&body).tokens().len(), 2);
        assert_eq!(errors(&body), [("/token".to_owned(), "repeated")]);
    }

    #[test]
    fn errors_within_data_and_beside_it_are_reported_together() {
        let found = errors(r#"{"token": "t", "data": {"email_sender": "a"}, "extra": 1}"#);
        let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
        let expected = ["/data/email_subject", "/data/email_timestream", "/data/email_content", "/extra"];
        assert_eq!(pointers, expected);
    }

    #[test]
    fn data_must_be_one_object() {
        let twice = format!(r#"{{"token": "t", "data": {DATA}, "data": {DATA}}}"#);
        for (body, code) in [
            (r#"{"token": "t"}"#, "missing"),
            (r#"{"token": "t", "data": "x"}"#, "not_an_object"),
            (&twice, "repeated"),
        ] {
            assert_eq!(errors(body), [("/data".to_owned(), code)]);
        }
    }

    #[test]
    fn a_body_that_is_not_a_json_object_is_unreadable() {
        for body in ["", "null", "[]", "\"x\"", "{", "email_sender=a&token=t"] {
            assert!(matches!(RequestBody::parse(body.as_bytes()), Err(ApiError::Unreadable(_))), "{body}");
        }
    }
}
