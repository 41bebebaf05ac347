//! The body of a request: a token, and an email or several.

use crate::{api_error::ApiError, auth::PresentedToken};
use email::json::{self, InvalidJson, Lookup, Members, Value};
use email::{Email, FieldError, FieldErrorKind, MOST_EMAILS};

/// A JSON object that may not keep the contract.
///
/// Two steps keep the contract's order: first [`tokens`](Self::tokens) for the check, then
/// [`into_email`](Self::into_email) or [`into_emails`](Self::into_emails), so that a caller without the token learns
/// nothing about the fields.
pub struct RequestBody {
    tokens: Vec<PresentedToken>,
    rest: Members,
}

impl RequestBody {
    /// Reads the body of one email as a JSON object, whatever its content type.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        Self::of(json::parse(body))
    }

    /// Reads the body of several emails.
    pub fn parse_batch(body: &[u8]) -> Result<Self, ApiError> {
        Self::of(json::parse_with_arrays(body))
    }

    fn of(value: Result<Value, InvalidJson>) -> Result<Self, ApiError> {
        let value = value.map_err(|error| ApiError::Unreadable(format!("the body is {error}")))?;
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
    pub fn into_email(self) -> Result<Email, ApiError> {
        self.into_data(|value| match value {
            Value::Object(members) => Email::from_members(members, "/data"),
            _ => Err(data_error(FieldErrorKind::NotAnObject)),
        })
    }

    /// The emails, each or its errors, or every error of the request around them at once.
    pub fn into_emails(self) -> Result<Vec<Result<Email, Vec<FieldError>>>, ApiError> {
        self.into_data(|value| match value {
            Value::Array(values) if (1..=MOST_EMAILS).contains(&values.len()) => {
                Ok(values.into_iter().enumerate().map(|(index, value)| one_of_batch(index, value)).collect())
            }
            Value::Array(_) => Err(data_error(FieldErrorKind::EmailCount)),
            _ => Err(data_error(FieldErrorKind::NotAnArray)),
        })
    }

    /// Reads `data`, and finds every error beside it.
    fn into_data<T>(mut self, read: impl FnOnce(Value) -> Result<T, Vec<FieldError>>) -> Result<T, ApiError> {
        let data = match self.rest.take("data") {
            Lookup::Once(value) => read(value),
            Lookup::Missing => Err(data_error(FieldErrorKind::Missing)),
            Lookup::Repeated(_) => Err(data_error(FieldErrorKind::Repeated)),
        };
        let (data, mut errors) = match data {
            Ok(data) => (Some(data), Vec::new()),
            Err(errors) => (None, errors),
        };
        if self.tokens.len() > 1 {
            errors.push(FieldError::new("", "token", FieldErrorKind::Repeated));
        }
        errors.extend(FieldError::unknown("", self.rest));
        data.filter(|_| errors.is_empty()).ok_or(ApiError::Invalid(errors))
    }
}

fn data_error(kind: FieldErrorKind) -> Vec<FieldError> {
    vec![FieldError::new("", "data", kind)]
}

fn one_of_batch(index: usize, value: Value) -> Result<Email, Vec<FieldError>> {
    match value {
        Value::Object(members) => Email::from_members(members, &format!("/data/{index}")),
        _ => Err(vec![FieldError::new("/data", &index.to_string(), FieldErrorKind::NotAnObject)]),
    }
}

fn presented(value: Value) -> Option<PresentedToken> {
    match value {
        Value::String(text) => Some(PresentedToken::new(&text)),
        Value::Object(_) | Value::Array(_) | Value::Other => None,
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

    fn batch(body: &str) -> Result<Vec<Result<Email, Vec<FieldError>>>, ApiError> {
        RequestBody::parse_batch(body.as_bytes()).unwrap_or_else(|error| panic!("{error:?}")).into_emails()
    }

    #[test]
    fn each_email_of_a_batch_stands_for_itself() {
        let body =
            format!(r#"{{"token": "t", "data": [{DATA}, {{"email_sender": " "}}, 7, [{DATA}], {DATA}]}}"#);
        let emails = batch(&body).unwrap();
        let pointers = |email: &Result<Email, Vec<FieldError>>| match email {
            Ok(_) => Vec::new(),
            Err(errors) => errors.iter().map(|error| error.pointer.clone()).collect(),
        };
        let fields = ["email_subject", "email_sender", "email_timestream", "email_content"];
        let second = fields.map(|field| format!("/data/1/{field}"));
        let found: Vec<_> = emails.iter().map(pointers).collect();
        assert_eq!(found, [vec![], second.to_vec(), vec!["/data/2".into()], vec!["/data/3".into()], vec![]]);
    }

    #[test]
    fn a_batch_is_an_array_of_1_to_500_emails() {
        let of = |count| format!(r#"{{"token": "t", "data": [{}]}}"#, vec![DATA; count].join(","));
        assert_eq!(batch(&of(500)).unwrap().len(), 500);
        let extra = format!(r#"{{"token": "t", "data": [{DATA}], "extra": 1}}"#);
        for (body, pointer, code) in [
            (of(0).as_str(), "/data", "email_count"),
            (&of(501), "/data", "email_count"),
            (&format!(r#"{{"token": "t", "data": {DATA}}}"#), "/data", "not_an_array"),
            (r#"{"token": "t"}"#, "/data", "missing"),
            (&extra, "/extra", "unknown"),
        ] {
            let Err(ApiError::Invalid(errors)) = batch(body) else { panic!("accepted: {body:.100}") };
            let found: Vec<_> =
                errors.iter().map(|error| (error.pointer.as_str(), error.kind.code())).collect();
            assert_eq!(found, [(pointer, code)]);
        }
    }

    #[test]
    fn an_array_is_not_one_email() {
        assert_eq!(
            errors(&format!(r#"{{"token": "t", "data": [{DATA}]}}"#)),
            [("/data".into(), "not_an_object")]
        );
    }

    #[test]
    fn a_body_that_is_not_a_json_object_is_unreadable() {
        for body in ["", "null", "[]", "\"x\"", "{", "email_sender=a&token=t"] {
            assert!(matches!(RequestBody::parse(body.as_bytes()), Err(ApiError::Unreadable(_))), "{body}");
        }
    }
}
