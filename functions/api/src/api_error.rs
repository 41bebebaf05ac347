//! Every response to a request that is not accepted: the one place where errors become HTTP.

use crate::email_queue::MESSAGE_LIMIT;
use email::FieldError;
use lambda_http::http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;

/// After a 503: the seconds until the client may try again.
const RETRY_AFTER: &str = "5";
/// The most errors that a response lists. The load balancer turns a response over 1 MB into a 502, and a request of
/// that size can have more unknown fields than fit ("Lambda functions as targets", Elastic Load Balancing).
const ERRORS_SHOWN: usize = 100;
/// The most bytes of a pointer that a response shows: an unknown field's name may fill the whole request.
const POINTER_SHOWN: usize = 256;

/// The bytes of all errors of a response, of the load balancer's 1 MB. 500 emails and their problems take a third of that.
const ROOM: usize = 500_000;
/// The bytes of an error beside its two texts: `{"pointer":"","detail":""},` with its quotes escaped.
const FRAME: usize = 36;

/// The reason why a request is not accepted.
#[derive(Debug)]
pub enum ApiError {
    NotFound,
    MethodNotAllowed {
        allow: &'static str,
    },
    /// The body has a content coding, such as gzip.
    Compressed,
    /// The body is not a JSON object. The text is for the client, not for the log.
    Unreadable(String),
    /// A JSON object that breaks the contract.
    Invalid(Vec<FieldError>),
    /// The token is wrong or missing.
    Forbidden,
    /// The email doesn't fit into a queue message.
    TooLarge {
        bytes: usize,
    },
    /// An AWS call failed. The text is for the log, not for the client.
    Unavailable(String),
    /// The code panicked; the panic hook has logged the place.
    Internal,
}

/// Problem details (RFC 9457).
#[derive(Serialize)]
pub(crate) struct Problem {
    title: &'static str,
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

impl ApiError {
    /// The text for the log.
    pub(crate) fn cause(&self) -> Option<&str> {
        if let Self::Unavailable(cause) = self { Some(cause) } else { None }
    }

    /// The status, and a word for logs and metrics.
    pub(crate) fn status_and_reason(&self) -> (StatusCode, &'static str) {
        match self {
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            Self::MethodNotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Self::Compressed => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "compressed"),
            Self::Unreadable(_) => (StatusCode::BAD_REQUEST, "unreadable"),
            Self::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "token"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            Self::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "bug"),
        }
    }

    fn detail(&self, shown: usize) -> String {
        let fixed = match self {
            Self::MethodNotAllowed { allow } => return format!("this path answers {allow}"),
            Self::Unreadable(detail) => detail,
            Self::Invalid(errors) if shown == 0 && !errors.is_empty() => {
                let count = errors.len();
                return format!("the email has {count} faults, for which the answer has no room left");
            }
            Self::Invalid(errors) if errors.len() > shown => {
                let count = errors.len();
                return format!("the request has {count} faults, of which these are the first {shown}");
            }
            Self::TooLarge { bytes } => {
                return format!("the email takes {bytes} bytes in the queue, the limit is {MESSAGE_LIMIT}");
            }
            Self::NotFound => "there is nothing here: post emails to /api/email",
            Self::Compressed => "the body is compressed: send it as it is, without Content-Encoding",
            Self::Invalid(_) => "the request breaks the contract; `errors` lists every fault",
            Self::Forbidden => "the token is wrong or missing: send it as the string `token` beside `data`",
            Self::Unavailable(_) => "the email was not accepted: please send it again later",
            Self::Internal => "the email was not accepted: this is a fault of the service",
        };
        fixed.to_owned()
    }

    /// The problem details, with as many errors as the response has room for.
    pub(crate) fn problem(&self, room: &mut Room) -> Problem {
        let (status, _) = self.status_and_reason();
        let all = if let Self::Invalid(errors) = self { errors.as_slice() } else { &[] };
        let shown = all.iter().take(ERRORS_SHOWN);
        let shown = shown.map(|e| ProblemError { pointer: cut(&e.pointer), detail: e.kind.to_string() });
        let errors: Vec<_> = shown.take_while(|error| room.takes(error)).collect();
        let title = status.canonical_reason().unwrap_or_default();
        Problem { title, status: status.as_u16(), detail: self.detail(errors.len()), errors }
    }

    pub(crate) fn into_response(self) -> Response<String> {
        let problem = self.problem(&mut Room::new());
        self.response_with(&problem)
    }

    /// The response with this body, which has the members of a problem.
    pub(crate) fn response_with(&self, problem: &impl Serialize) -> Response<String> {
        let (status, _) = self.status_and_reason();
        #[expect(clippy::expect_used, reason = "strings and numbers always serialise")]
        let body = serde_json::to_string(problem).expect("a problem is always JSON");

        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match self {
            Self::MethodNotAllowed { allow } => {
                headers.insert(header::ALLOW, HeaderValue::from_static(allow));
            }
            // As RFC 9110 asks for, section 12.5.3.
            Self::Compressed => {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
            }
            _ => {}
        }
        response
    }
}

/// The room that a response has for errors, so that it stays far below the load balancer's limit.
pub(crate) struct Room {
    bytes: usize,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self { bytes: ROOM }
    }

    /// Takes the room that an error needs, if that is left.
    fn takes(&mut self, error: &ProblemError) -> bool {
        // Characters that JSON escapes take up to six bytes, and twice that in the event that holds the JSON.
        let escaped = |text: &str| {
            let bytes = text.bytes().map(|byte| match byte {
                b'"' | b'\\' => 4,
                0..=0x1f => 7,
                _ => 1,
            });
            bytes.sum::<usize>()
        };
        let bytes = FRAME + escaped(&error.pointer) + escaped(&error.detail);
        self.bytes = self.bytes.saturating_sub(bytes);
        self.bytes > 0
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

    #[test]
    fn the_response_to_an_invalid_request_lists_every_error() {
        let errors = vec![
            FieldError::new("/data", "email_subject", FieldErrorKind::Missing),
            FieldError::new("", "extra", FieldErrorKind::Unknown),
        ];
        let response = ApiError::Invalid(errors).into_response();
        assert_eq!(
            serde_json::from_str::<Value>(response.body()).unwrap(),
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
    fn many_errors_and_long_names_stay_far_below_the_load_balancers_limit() {
        let name = |n| format!("{n}{}", "é".repeat(500));
        let errors = (0..50_000).map(|n| FieldError::new("", &name(n), FieldErrorKind::Unknown)).collect();
        let response = ApiError::Invalid(errors).into_response();
        assert!(response.body().len() < 100_000, "{}", response.body().len());
        assert!(response.body().contains("50000 faults"));
    }

    #[test]
    fn a_503_says_when_to_try_again_and_hides_the_cause() {
        let response = ApiError::Unavailable("AccessDenied".to_owned()).into_response();
        assert_eq!(
            (response.status().as_u16(), &response.headers()["retry-after"]),
            (503, &"5".parse().unwrap())
        );
        assert!(!response.body().contains("AccessDenied"));
    }

    #[test]
    fn a_415_says_which_coding_is_accepted() {
        let response = ApiError::Compressed.into_response();
        let accepted = &response.headers()["accept-encoding"];
        assert_eq!((response.status().as_u16(), accepted), (415, &"identity".parse().unwrap()));
    }

    #[test]
    fn a_405_lists_the_allowed_methods() {
        let response = ApiError::MethodNotAllowed { allow: "GET, HEAD" }.into_response();
        let allow = &response.headers()["allow"];
        assert_eq!((response.status().as_u16(), allow), (405, &"GET, HEAD".parse().unwrap()));
    }
}
