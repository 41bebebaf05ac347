//! The details that S3 adds to an error's code and message: the bucket, the key and the values in question.
//!
//! `s3s` writes code and message only. So an error's details travel in a header of their own until [`complete`]
//! writes them into the body.

use crate::query;
use http::{HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body_util::BodyExt;
use s3s::{Body, S3Error, S3ErrorCode};

const DETAILS: HeaderName = HeaderName::from_static("x-sandbox-error-details");

/// An error that carries details.
pub(crate) trait Detailed: Sized {
    /// Adds an element to the error's XML.
    fn detail(self, name: &str, value: impl ToString) -> Self;
    fn header(self, name: HeaderName, value: Option<HeaderValue>) -> Self;
}

impl Detailed for S3Error {
    fn detail(self, name: &str, value: impl ToString) -> Self {
        let before = self.headers().and_then(|headers| headers.get(DETAILS));
        let before = before.and_then(|details| details.to_str().ok()).unwrap_or_default().to_owned();
        let mut details = form_urlencoded::Serializer::new(before);
        let details = details.append_pair(name, &value.to_string()).finish();
        self.header(DETAILS, HeaderValue::try_from(details).ok())
    }

    fn header(mut self, name: HeaderName, value: Option<HeaderValue>) -> Self {
        let mut headers = self.headers().cloned().unwrap_or_default();
        if let Some(value) = value {
            headers.insert(name, value);
        }
        self.set_headers(headers);
        self
    }
}

/// An argument that S3 refuses.
pub(crate) fn invalid_argument(name: &str, value: impl ToString, message: &str) -> S3Error {
    S3Error::with_message(S3ErrorCode::InvalidArgument, message.to_owned())
        .detail("ArgumentName", name)
        .detail("ArgumentValue", value)
}

/// The request that an error answers.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) method: Method,
    /// `bucket/key`
    pub(crate) path: String,
    pub(crate) version_id: Option<String>,
    pub(crate) has_body: bool,
    pub(crate) request_id: String,
}

/// Writes what `s3s` leaves out into the body of an error.
pub(crate) async fn complete(response: Response<Body>, subject: &Subject) -> Response<Body> {
    let status = response.status();
    if status == StatusCode::NOT_MODIFIED || (subject.method == Method::HEAD && !status.is_success()) {
        let (mut head, _) = response.into_parts();
        head.headers.remove(DETAILS);
        return Response::from_parts(head, Body::empty());
    }
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    if subject.has_body {
        // It may not have been read: the server then closes the connection, and the client has to know.
        head.headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let Ok(body) = BodyExt::collect(body).await else { return Response::from_parts(head, Body::empty()) };
    let xml = String::from_utf8_lossy(&body.to_bytes()).into_owned();
    let details = head.headers.remove(DETAILS);
    let xml = with_details(&xml, details.as_ref(), subject);
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    Response::from_parts(head, Body::from(xml))
}

fn with_details(xml: &str, details: Option<&HeaderValue>, subject: &Subject) -> String {
    let (Some(code), Some(end)) = (element(xml, "Code"), xml.rfind("</Error>")) else {
        return xml.to_owned();
    };
    let mut more = String::new();
    let mut add = |name: &str, value: &str| {
        if element(xml, name).is_none() {
            // XML 1.0 can't write control characters.
            more += &query::element(name, &value.replace(char::is_control, "\u{fffd}"));
        }
    };
    add("Message", message(code));
    let details = details.map(HeaderValue::as_bytes).unwrap_or_default();
    let mut given = Vec::new();
    for (name, value) in form_urlencoded::parse(details) {
        add(&name, &value);
        given.push(name.into_owned());
    }
    for (name, value) in subject.details(code) {
        if !given.iter().any(|given| given == name) {
            add(name, value);
        }
    }
    add("RequestId", &subject.request_id);
    add("HostId", HOST_ID);
    format!("{}{more}</Error>", &xml[..end])
}

impl Subject {
    /// The part of the request that is in question.
    fn details(&self, code: &str) -> Vec<(&'static str, &str)> {
        let (bucket, key) = self.path.split_once('/').unwrap_or((&self.path, ""));
        let version = self.version_id.as_deref().map(|id| ("VersionId", id));
        match code {
            "NoSuchBucket" | "BucketNotEmpty" | "BucketAlreadyOwnedByYou" | "InvalidBucketName" => {
                vec![("BucketName", bucket)]
            }
            "NoSuchKey" | "ConditionalRequestConflict" => vec![("Key", key)],
            "NoSuchVersion" => version.into_iter().chain([("Key", key)]).collect(),
            "MethodNotAllowed" => vec![("Method", self.method.as_str())],
            _ => Vec::new(),
        }
    }
}

/// S3's second id of a request, which tells its engineers where it was answered.
const HOST_ID: &str = "sandbox";

/// S3's message of an error that `s3s` leaves without one.
fn message(code: &str) -> &'static str {
    match code {
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        }
        "InvalidURI" => "Couldn't parse the specified URI.",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "KeyTooLongError" => "Your key is too long",
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "NoSuchBucket" => "The specified bucket does not exist",
        "MalformedXML" => {
            "The XML you provided was not well-formed or did not validate against our published schema"
        }
        "IncompleteBody" => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        }
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "EntityTooLarge" => "Your proposed upload exceeds the maximum allowed size",
        "XAmzContentSHA256Mismatch" => {
            "The provided 'x-amz-content-sha256' header does not match what was computed."
        }
        "NotImplemented" => "A header you provided implies functionality that is not implemented",
        "MissingRequestBodyError" => "Request Body is empty",
        "MaxMessageLengthExceeded" => "Your request was too big.",
        "InternalError" => "We encountered an internal error. Please try again.",
        _ => "The sandbox can't answer this request.",
    }
}

/// The content of the first element of this name.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = xml.find(&open)? + open.len();
    Some(&xml[start..start + xml[start..].find(&close)?])
}
