//! Every answer but the good ones: the one place where what went wrong becomes HTTP.

use email::FieldError;
use lambda_http::http::{Response, StatusCode, header};
use serde::Serialize;

/// When a client may try again after a 503, in seconds.
const RETRY_AFTER: &str = "5";
/// How many faults an answer lists. The load balancer turns an answer over 1 MB into a 502, and a body of that
/// size can hold more unknown fields than fit ("Lambda functions as targets", Elastic Load Balancing).
const FAULTS_SHOWN: usize = 100;
/// How much of a pointer an answer shows, in bytes: an unknown field's name may fill the whole request.
const POINTER_SHOWN: usize = 256;

/// Why a request is not accepted.
#[derive(Debug)]
pub enum Refusal {
    /// No such path.
    NotFound,
    /// A known path, but not with this method.
    MethodNotAllowed {
        /// The methods that it answers.
        allow: &'static str,
    },
    /// A body that can't be read as a JSON object. The text is for the client alone.
    Unreadable(String),
    /// A JSON object that breaks the contract.
    Invalid(Vec<FieldError>),
    /// The token is wrong or missing.
    Forbidden,
    /// The email is larger than a queue message can be.
    TooLarge {
        /// How many bytes its message would have.
        bytes: usize,
        /// How many a message may have.
        limit: usize,
    },
    /// AWS could not do its part. The text is for the log alone.
    Unavailable(String),
    /// A bug of ours; the panic hook has logged where.
    Bug,
}

/// An answer as RFC 9457 wants it.
#[derive(Serialize)]
struct Problem<'a> {
    title: &'a str,
    status: u16,
    detail: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ProblemError>,
}

#[derive(Serialize)]
struct ProblemError {
    pointer: String,
    detail: String,
}

impl Refusal {
    /// A word for logs and metrics.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::Unreadable(_) => "unreadable",
            Self::Invalid(_) => "invalid",
            Self::Forbidden => "token",
            Self::TooLarge { .. } => "too_large",
            Self::Unavailable(_) => "unavailable",
            Self::Bug => "bug",
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Unreadable(_) | Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Bug => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::NotFound => "there is nothing here: post emails to /api/email".to_owned(),
            Self::MethodNotAllowed { allow } => format!("this path answers {allow}"),
            Self::Unreadable(detail) => detail.clone(),
            Self::Invalid(faults) if faults.len() > FAULTS_SHOWN => {
                format!(
                    "the request has {} faults, of which these are the first {FAULTS_SHOWN}",
                    faults.len()
                )
            }
            Self::Invalid(_) => "the request breaks the contract; `errors` lists every fault".to_owned(),
            Self::Forbidden => {
                "the token is wrong or missing: send it as the string `token` beside `data`".to_owned()
            }
            Self::TooLarge { bytes, limit } => {
                format!("the email takes {bytes} bytes in the queue, the limit is {limit}")
            }
            Self::Unavailable(_) => "the email was not accepted: please send it again later".to_owned(),
            Self::Bug => "the email was not accepted: this is a fault of the service".to_owned(),
        }
    }

    fn errors(&self) -> Vec<ProblemError> {
        let Self::Invalid(faults) = self else { return Vec::new() };
        let shown = faults.iter().take(FAULTS_SHOWN);
        shown
            .map(|fault| ProblemError { pointer: cut(&fault.pointer), detail: fault.kind.to_string() })
            .collect()
    }

    /// The answer that the client gets.
    pub(crate) fn into_response(self) -> Response<String> {
        let status = self.status();
        let title = status.canonical_reason().unwrap_or_default();
        let problem =
            Problem { title, status: status.as_u16(), detail: self.detail(), errors: self.errors() };
        #[expect(clippy::expect_used, reason = "strings and a number always serialise")]
        let body = serde_json::to_string(&problem).expect("a problem is always JSON");

        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/problem+json"));
        match self {
            Self::MethodNotAllowed { allow } => {
                headers.insert(header::ALLOW, header::HeaderValue::from_static(allow));
            }
            Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static(RETRY_AFTER));
            }
            _ => {}
        }
        response
    }
}

fn cut(pointer: &str) -> String {
    match pointer.floor_char_boundary(POINTER_SHOWN) {
        end if end < pointer.len() => format!("{}…", &pointer[..end]),
        _ => pointer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use email::FieldErrorKind;
    use serde_json::{Value, json};

    fn body(refusal: Refusal) -> Value {
        serde_json::from_str(refusal.into_response().body()).unwrap()
    }

    #[test]
    fn an_invalid_request_is_told_every_fault() {
        let faults = vec![
            FieldError::new("/data", "email_subject", FieldErrorKind::Missing),
            FieldError::new("", "extra", FieldErrorKind::Unknown),
        ];
        assert_eq!(
            body(Refusal::Invalid(faults)),
            json!({
                "title": "Bad Request",
                "status": 400,
                "detail": "the request breaks the contract; `errors` lists every fault",
                "errors": [
                    {"pointer": "/data/email_subject", "detail": "is required"},
                    {"pointer": "/extra", "detail": "is not a known field"},
                ],
            })
        );
    }

    #[test]
    fn a_flood_of_faults_and_endless_names_stay_far_below_what_the_load_balancer_takes() {
        let faults = (0..50_000)
            .map(|n| FieldError::new("", &format!("{n}{}", "é".repeat(500)), FieldErrorKind::Unknown))
            .collect();
        let response = Refusal::Invalid(faults).into_response();
        assert!(response.body().len() < 100_000, "{}", response.body().len());
        assert!(response.body().contains("50000 faults"));
    }

    #[test]
    fn what_aws_said_stays_out_of_the_answer() {
        let response = Refusal::Unavailable("AccessDenied".to_owned()).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "5");
        assert!(!response.body().contains("AccessDenied"));
    }

    #[test]
    fn a_wrong_method_is_told_the_right_ones() {
        let response = Refusal::MethodNotAllowed { allow: "GET, HEAD" }.into_response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["allow"]),
            (405, &"GET, HEAD".parse().unwrap())
        );
    }
}
