//! The Lambda Runtime API: how an instance asks for work and hands in answers.
//!
//! Paths, headers and statuses as in "Using the Lambda runtime API for custom runtimes" of the AWS Lambda
//! developer guide. Each instance has a listener of its own, so that a request's process is known.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

/// The most bytes of an answer ("Lambda quotas", invocation payload, synchronous).
const ANSWER_LIMIT: usize = 6 * 1_048_576;

/// One piece of work for an instance.
pub(super) struct Invocation {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    pub(super) trace: String,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What an instance handed in.
pub(super) enum Answer {
    /// The function's answer.
    Response(Bytes),
    /// The function reported an error, as a JSON document of its own.
    Error(String),
    /// The answer was larger than Lambda takes.
    TooLarge,
}

/// The instance's side, shared by its requests.
pub(super) struct RuntimeApi {
    function_arn: String,
    timeout: Duration,
    work: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    current: Mutex<Option<(String, oneshot::Sender<Answer>)>>,
    ready: watch::Sender<bool>,
}

/// The stack's side.
pub(super) struct Handle {
    /// Takes one invocation at a time.
    pub(super) work: mpsc::Sender<Invocation>,
    /// Whether the instance has ended its init and asked for work.
    pub(super) ready: watch::Receiver<bool>,
}

impl RuntimeApi {
    pub(super) fn new(function_arn: String, timeout: Duration) -> (Self, Handle) {
        let (work, receiver) = mpsc::channel(1);
        let (ready, is_ready) = watch::channel(false);
        let work_queue = tokio::sync::Mutex::new(receiver);
        let api = Self { function_arn, timeout, work: work_queue, current: Mutex::default(), ready };
        (api, Handle { work, ready: is_ready })
    }

    /// Answers the instance until the task is aborted.
    pub(super) async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        let invocation = "/2018-06-01/runtime/invocation";
        let router = Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(&format!("{invocation}/{{id}}/response"), post(response))
            .route(&format!("{invocation}/{{id}}/error"), post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(Arc::new(self));
        axum::serve(listener, router).await
    }

    /// Hands `answer` to whoever waits for the invocation `id`; false if nobody does.
    fn hand_in(&self, id: &str, answer: Answer) -> bool {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        match current.take_if(|(current, _)| current == id) {
            // Nobody waits any more when the invocation timed out just now.
            Some((_, waiting)) => waiting.send(answer).is_ok(),
            None => false,
        }
    }
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    api.ready.send_replace(true);
    let Some(invocation) = api.work.lock().await.recv().await else {
        return failure(StatusCode::INTERNAL_SERVER_ERROR, "ShuttingDown", "the stack is stopping");
    };
    let Some(headers) = headers(&invocation, &api) else {
        return failure(StatusCode::INTERNAL_SERVER_ERROR, "InvalidHeader", "an id that is no header value");
    };
    *api.current.lock().unwrap_or_else(PoisonError::into_inner) =
        Some((invocation.request_id, invocation.answer));
    (headers, invocation.payload).into_response()
}

fn headers(invocation: &Invocation, api: &RuntimeApi) -> Option<HeaderMap> {
    let deadline = (SystemTime::now() + api.timeout).duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("lambda-runtime-aws-request-id", invocation.request_id.clone()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        ("lambda-runtime-invoked-function-arn", api.function_arn.clone()),
        ("lambda-runtime-trace-id", invocation.trace.clone()),
        ("content-type", "application/json".to_owned()),
    ] {
        headers.insert(name, HeaderValue::from_str(&value).ok()?);
    }
    Some(headers)
}

async fn response(State(api): State<Arc<RuntimeApi>>, Path(id): Path<String>, body: Body) -> Response {
    match Limited::new(body, ANSWER_LIMIT).collect().await {
        Ok(body) => accepted(api.hand_in(&id, Answer::Response(body.to_bytes()))),
        Err(_) => {
            api.hand_in(&id, Answer::TooLarge);
            failure(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "the answer is larger than 6 MB")
        }
    }
}

async fn error(State(api): State<Arc<RuntimeApi>>, Path(id): Path<String>, body: String) -> Response {
    accepted(api.hand_in(&id, Answer::Error(body)))
}

async fn init_error() -> Response {
    // The process ends after this, and with it the init: `Instance::start` tells the person.
    accepted(true)
}

fn accepted(known: bool) -> Response {
    if known {
        (StatusCode::ACCEPTED, json!({"status": "OK"}).to_string()).into_response()
    } else {
        failure(StatusCode::BAD_REQUEST, "InvalidRequestID", "no invocation of that id waits for an answer")
    }
}

fn failure(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, json!({"errorType": kind, "errorMessage": message}).to_string()).into_response()
}
