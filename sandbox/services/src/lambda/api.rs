//! `Invoke`, as it comes in over HTTP: <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use super::{Found, Invocation, Lambda, Outcome, RunError, Target};
use crate::error::{Result, ServiceError};
use crate::trace;
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header, request::Parts};
use percent_encoding::percent_decode_str;
use s3s::Body;
use serde::de::IgnoredAny;
use serde_json::Value;

/// The path of every operation on functions; the version of the API is its date.
const FUNCTIONS: &str = "/2015-03-31/functions/";
const INVOCATIONS: &str = "/invocations";
/// The most bytes of a request whose caller waits ("Lambda quotas", invocation payload).
const SYNCHRONOUS_LIMIT: usize = 6 * 1_048_576;
/// The most bytes of one whose caller doesn't wait.
const ASYNCHRONOUS_LIMIT: usize = 1_048_576;
/// The most bytes of a log in a response, before it is encoded.
const LOG_TAIL: usize = 4_096;
/// The most bytes of an encoded client context.
const CONTEXT_LIMIT: usize = 3_583;

const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");
const LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");
const EXECUTED_VERSION: HeaderName = HeaderName::from_static("x-amz-executed-version");
/// Members of the request that change what happens on AWS and that don't exist here.
const UNSUPPORTED: [&str; 2] = ["x-amz-tenant-id", "x-amz-durable-execution-name"];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    RequestResponse,
    Event,
    DryRun,
}

/// The head of a request to invoke.
#[derive(Debug)]
pub(crate) struct Call {
    target: Target,
    kind: Kind,
    with_log: bool,
    client_context: Option<String>,
    trace_id: Option<String>,
}

/// True if a path is for Lambda and not for a bucket, whatever the signature's scope says.
pub(crate) fn is_path(path: &str) -> bool {
    path.starts_with(FUNCTIONS)
}

/// The function's name in the path of `Invoke`, still encoded.
pub(crate) fn invoked(path: &str) -> Option<&str> {
    path.strip_prefix(FUNCTIONS)?.strip_suffix(INVOCATIONS).filter(|name| !name.contains('/'))
}

impl Call {
    pub(crate) fn read(head: &Parts) -> Result<Self> {
        let name = invoked(head.uri.path()).unwrap_or_default();
        let query = form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
        let qualifier = query.into_iter().find_map(|(name, value)| (name == "Qualifier").then_some(value));
        let target = Target::parse(&percent_decode_str(name).decode_utf8_lossy(), qualifier.as_deref())?;
        if let Some(name) = UNSUPPORTED.iter().find(|name| head.headers.contains_key(**name)) {
            let message =
                format!("The sandbox doesn't support the header {name}; send the request without it.");
            return Err(ServiceError::new("InvalidParameterValueException", message));
        }
        let kind = one_of(
            &head.headers,
            "x-amz-invocation-type",
            "invocationType",
            &[("Event", Kind::Event), ("RequestResponse", Kind::RequestResponse), ("DryRun", Kind::DryRun)],
        )?;
        let log = one_of(&head.headers, "x-amz-log-type", "logType", &[("None", false), ("Tail", true)])?;
        let trace_header = text(&head.headers, "x-amzn-trace-id");
        Ok(Self {
            target,
            kind: kind.unwrap_or(Kind::RequestResponse),
            with_log: log.unwrap_or(false),
            client_context: text(&head.headers, "x-amz-client-context").map(client_context).transpose()?,
            trace_id: trace_header.and_then(trace::id).map(str::to_owned),
        })
    }

    pub(crate) fn function(&self) -> &str {
        &self.target.name
    }
}

/// Gives the function its invocation, and waits for it if the caller does.
pub(crate) async fn invoke(lambda: &Lambda, call: Call, payload: Bytes, id: &str) -> Result<Response<Body>> {
    let Found { function, version, arn } = lambda.find(&call.target)?;
    check(&payload, call.kind)?;
    // An event without a body is an empty object.
    let payload = if payload.is_empty() { Bytes::from_static(b"{}") } else { payload };
    let mut invocation = Invocation {
        request_id: id.to_owned(),
        payload,
        trace_id: call.trace_id,
        arn,
        client_context: call.client_context,
        with_log: call.with_log,
    };
    match call.kind {
        Kind::DryRun => Ok(empty(StatusCode::NO_CONTENT)),
        Kind::Event => {
            invocation.client_context = None;
            function.run.enqueue(invocation);
            Ok(empty(StatusCode::ACCEPTED))
        }
        Kind::RequestResponse => {
            let outcome = function.run.run(invocation).await.map_err(refusal)?;
            Ok(respond(outcome, version, call.with_log))
        }
    }
}

fn check(payload: &Bytes, kind: Kind) -> Result<()> {
    let size = payload.len();
    if kind == Kind::Event && size > ASYNCHRONOUS_LIMIT {
        return Err(too_large(format!(
            "{size} byte payload is too large for the Event invocation type (limit {ASYNCHRONOUS_LIMIT} bytes)"
        )));
    }
    if size > SYNCHRONOUS_LIMIT {
        return Err(too_large(format!(
            "Request must be smaller than {SYNCHRONOUS_LIMIT} bytes for the InvokeFunction operation"
        )));
    }
    if payload.is_empty() {
        return Ok(());
    }
    serde_json::from_slice::<IgnoredAny>(payload).map(|_| ()).map_err(|error| {
        let message =
            format!("Could not parse request body into json: Could not parse payload into json: {error}");
        ServiceError::new("InvalidRequestContentException", message)
    })
}

/// AWS's service model calls it `RequestTooLargeException`; its answers have this code.
fn too_large(message: String) -> ServiceError {
    ServiceError::new("RequestEntityTooLargeException", message).with_status(StatusCode::PAYLOAD_TOO_LARGE)
}

fn refusal(error: RunError) -> ServiceError {
    match error {
        RunError::Throttled => ServiceError::new("TooManyRequestsException", "Rate Exceeded.")
            .with_status(StatusCode::TOO_MANY_REQUESTS),
        RunError::Stopping => ServiceError::new("ServiceException", error.to_string())
            .with_status(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

fn respond(outcome: Outcome, version: &'static str, with_log: bool) -> Response<Body> {
    let mut response = Response::new(Body::from(outcome.payload));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(EXECUTED_VERSION, HeaderValue::from_static(version));
    if outcome.failed {
        headers.insert(FUNCTION_ERROR, HeaderValue::from_static("Unhandled"));
    }
    let tail = &outcome.log[outcome.log.len().saturating_sub(LOG_TAIL)..];
    if with_log && let Ok(tail) = HeaderValue::try_from(BASE64_STANDARD.encode(tail)) {
        headers.insert(LOG_RESULT, tail);
    }
    response
}

fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The value of a header with a fixed set of values.
fn one_of<T: Copy>(headers: &HeaderMap, name: &str, member: &str, all: &[(&str, T)]) -> Result<Option<T>> {
    let Some(given) = headers.get(name) else { return Ok(None) };
    let given = String::from_utf8_lossy(given.as_bytes());
    if let Some((_, value)) = all.iter().find(|(name, _)| *name == given) {
        return Ok(Some(*value));
    }
    let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
    let message = format!(
        "1 validation error detected: Value '{given}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: [{}]",
        names.join(", ")
    );
    Err(ServiceError::new("ValidationException", message))
}

/// The JSON object that a client context encodes, on one line.
fn client_context(encoded: &str) -> Result<String> {
    let decoded = BASE64_STANDARD.decode(encoded).ok().filter(|_| encoded.len() <= CONTEXT_LIMIT);
    let context = decoded.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    // DEL is the only character of compact JSON that a header refuses.
    let line =
        context.filter(Value::is_object).map(|context| context.to_string().replace('\u{7f}', "\\u007f"));
    line.ok_or_else(|| {
        let message = "Client context must be a Base64-encoded JSON object of at most 3583 bytes.";
        ServiceError::new("InvalidRequestContentException", message)
    })
}
