//! The endpoint that accepts emails.

use super::http;
use super::tokens::Token;
use anyhow::Result;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_types::date_time::{DateTime, Format};
use probe::Response;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::time::{Duration, SystemTime};
use terminal::text::Printable;

/// The longest wait that a number of seconds can mean to HTTP (RFC 9111, section 1.2.2).
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(1 << 31);

/// The name of the commands in the endpoint's access log.
const USER_AGENT: &str = concat!("mailroom/", env!("CARGO_PKG_VERSION"));
/// The name for requests that only ask whether something works: the email page on this machine tells them by its end.
const PROBE: &str = concat!("mailroom/", env!("CARGO_PKG_VERSION"), " (probe)");

pub(crate) struct ApiClient {
    connector: SharedHttpConnector,
    url: String,
}

/// The answer to one posted email.
#[derive(Clone, Debug)]
pub(crate) struct PostReply {
    pub(crate) status: u16,
    pub(crate) receipt: Option<Printable>,
    pub(crate) detail: Printable,
    pub(crate) errors: Vec<ErrorDetail>,
    /// At most [`LONGEST_RETRY_AFTER`].
    pub(crate) retry_after: Option<Duration>,
}

/// The answer to emails posted together.
#[derive(Debug)]
pub(crate) enum BatchReply {
    /// One for each email, in their order.
    Each(Vec<PostReply>),
    /// To the request. It says nothing about single emails.
    Whole(PostReply),
}

/// One entry of a problem's `errors`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct ErrorDetail {
    pub(crate) pointer: Printable,
    pub(crate) detail: Printable,
}

#[derive(Default, Deserialize)]
struct ReplyBody {
    receipt: Option<Printable>,
    #[serde(default, alias = "message")]
    detail: Printable,
    #[serde(default)]
    errors: Vec<ErrorDetail>,
}

#[derive(Deserialize)]
struct BatchReplyBody {
    emails: Vec<OneOfBatch>,
}

#[derive(Deserialize)]
struct OneOfBatch {
    status: u16,
    #[serde(flatten)]
    reply: ReplyBody,
}

impl ApiClient {
    /// For the endpoint at `url`, which has no slash at its end. Its connections are its own.
    pub(crate) fn new(url: &str) -> Result<Self> {
        Ok(Self { connector: http::connector(Some(url))?, url: url.to_owned() })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request that only asks whether something works. A body is sent as JSON; the error holds nothing of it.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&str>) -> Result<Response> {
        self.send_coded(method, path, body, None).await
    }

    /// Says that the body has this coding. It is sent as it is.
    pub(crate) async fn send_coded(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
        coding: Option<&'static str>,
    ) -> Result<Response> {
        self.send_as(PROBE, method, path, body, coding).await
    }

    async fn send_as(
        &self,
        user_agent: &'static str,
        method: &str,
        path: &str,
        body: Option<&str>,
        coding: Option<&'static str>,
    ) -> Result<Response> {
        let url = format!("{}{path}", self.url);
        let request = probe::Request { method, url: &url, user_agent, body, coding };
        Ok(request.send(&self.connector).await?)
    }

    /// Posts an email. `data` must be one JSON value.
    pub(crate) async fn post_email(&self, data: &str, token: &Token) -> Result<PostReply> {
        Ok(self.post_as(USER_AGENT, "/api/email", data, token).await?.into())
    }

    /// Posts several emails in one request. Each must be one JSON value. An email's answer has the pointers that it has if
    /// the email is posted alone.
    pub(crate) async fn post_emails(&self, emails: &[&str], token: &Token) -> Result<BatchReply> {
        let data = format!("[{}]", emails.join(","));
        let response = self.post_as(USER_AGENT, "/api/emails", &data, token).await?;
        let retry_after = retry_after(&response);
        let each = |(index, OneOfBatch { status, reply }): (usize, OneOfBatch)| {
            reply.without_prefix(&format!("/data/{index}")).with(status, retry_after)
        };
        Ok(match serde_json::from_slice::<BatchReplyBody>(&response.body) {
            Ok(body) if matches!(response.status, 200 | 503) && body.emails.len() == emails.len() => {
                BatchReply::Each(body.emails.into_iter().enumerate().map(each).collect())
            }
            _ => BatchReply::Whole(response.into()),
        })
    }

    async fn post_as(
        &self,
        user_agent: &'static str,
        path: &str,
        data: &str,
        token: &Token,
    ) -> Result<Response> {
        let token = serde_json::Value::from(token.expose_secret());
        let body = format!(r#"{{"data":{data},"token":{token}}}"#);
        self.send_as(user_agent, "POST", path, Some(&body), None).await
    }

    /// True if the endpoint accepts this token, found out without an email: the token is checked before the fields, so an
    /// empty object gets 400 with a right token and 403 with a wrong one. `None` for any other answer.
    pub(crate) async fn accepts(&self, token: &Token) -> Result<Option<bool>> {
        Ok(match self.post_as(PROBE, "/api/email", "{}", token).await?.status {
            400 => Some(true),
            403 => Some(false),
            _ => None,
        })
    }
}

impl ReplyBody {
    /// Shortens the pointers into an email of a batch, such as `/data/7/email_sender`.
    fn without_prefix(mut self, prefix: &str) -> Self {
        for error in &mut self.errors {
            if let Some(rest) = error.pointer.as_str().strip_prefix(prefix) {
                error.pointer = format!("/data{rest}").into();
            }
        }
        self
    }

    fn with(self, status: u16, retry_after: Option<Duration>) -> PostReply {
        let Self { receipt, detail, errors } = self;
        PostReply { status, receipt, detail, errors, retry_after }
    }
}

impl From<Response> for PostReply {
    fn from(response: Response) -> Self {
        // A load balancer's own answers are HTML; an HTTP API's have a `message`.
        let body: ReplyBody = serde_json::from_slice(&response.body).unwrap_or_default();
        body.with(response.status, retry_after(&response))
    }
}

/// The wait that the server asks for, in seconds or until a date (RFC 9110, section 10.2.3). `None` for anything else.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.header("retry-after");
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large for a u64 means the longest wait.
        let seconds = value.parse().map_or(LONGEST_RETRY_AFTER, Duration::from_secs);
        return Some(seconds.min(LONGEST_RETRY_AFTER));
    }
    // By the server's own clock if it shows it.
    let now = http_date(response.header("date")).unwrap_or_else(SystemTime::now);
    let wait = http_date(value)?.duration_since(now).unwrap_or_default();
    Some(wait.min(LONGEST_RETRY_AFTER))
}

fn http_date(value: &str) -> Option<SystemTime> {
    DateTime::from_str(value, Format::HttpDate).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry_after(value: &str) -> Option<u64> {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let headers = vec![header("date", "Fri, 27 Nov 2026 12:00:00 GMT"), header("retry-after", value)];
        super::retry_after(&Response { status: 503, headers, body: Vec::new() }).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_retry_after_is_bounded_and_anything_else_is_none() {
        let longest = LONGEST_RETRY_AFTER.as_secs();
        for (value, expected) in [
            ("0", Some(0)),
            ("120", Some(120)),
            ("18446744073709551615", Some(longest)),
            ("99999999999999999999999999", Some(longest)),
            ("Fri, 27 Nov 2026 12:01:30 GMT", Some(90)),
            ("Fri, 27 Nov 2026 11:00:00 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(longest)),
            ("", None),
            ("-1", None),
            ("+5", None),
            ("1.5", None),
            ("1e9", None),
            ("soon", None),
            ("\u{1b}[2J", None),
        ] {
            assert_eq!(retry_after(value), expected, "{value}");
        }
    }

    #[test]
    fn a_date_of_a_server_without_a_clock_counts_from_now() {
        let headers = vec![("retry-after".to_owned(), "Fri, 31 Dec 9999 23:59:59 GMT".to_owned())];
        let response = Response { status: 503, headers, body: Vec::new() };
        assert_eq!(super::retry_after(&response), Some(LONGEST_RETRY_AFTER));
    }
}
