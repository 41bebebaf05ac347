//! The Lambda Runtime API, through which an instance asks for work and returns results.
//!
//! Paths, headers and statuses are those of "Using the Lambda runtime API for custom runtimes" in the AWS Lambda
//! developer guide. Each instance has a listener of its own, which identifies the calling process. No web page may use
//! it: a page could take an invocation from the function and answer it.

use super::invoke_error::RESPONSE_LIMIT;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use parking_lot::Mutex;
use sandbox_services::guard::Guard;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

/// The input of a function.
#[derive(Clone)]
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
    /// A tracing header.
    pub(crate) trace: String,
    /// The ARN that was invoked, if it isn't the function's own: it may name a version or an alias.
    pub(crate) arn: Option<String>,
    pub(crate) client_context: Option<String>,
}

/// An invocation, and where its result goes.
pub(crate) type Work = (Invocation, oneshot::Sender<InvocationResult>);

pub(crate) enum InvocationResult {
    Response(Bytes),
    /// The JSON document that the function reported.
    Error(String),
    /// A response over [`RESPONSE_LIMIT`].
    TooLarge,
}

#[derive(PartialEq)]
pub(crate) enum InitState {
    Running,
    /// The instance has asked for work.
    Done,
    /// The JSON document that the instance reported.
    Failed(String),
}

/// The instance's side, shared by its requests.
pub(crate) struct RuntimeApi {
    function_arn: String,
    timeout: Duration,
    work: tokio::sync::Mutex<mpsc::Receiver<Work>>,
    current: Mutex<Option<(String, oneshot::Sender<InvocationResult>)>>,
    init: watch::Sender<InitState>,
}

/// The stack's side.
pub(crate) struct RuntimeApiHandle {
    /// Takes one invocation at a time.
    pub(crate) work: mpsc::Sender<Work>,
    pub(crate) init: watch::Receiver<InitState>,
}

impl RuntimeApi {
    pub(crate) fn new(function_arn: String, timeout: Duration) -> (Self, RuntimeApiHandle) {
        let (work, receiver) = mpsc::channel(1);
        let (init, progress) = watch::channel(InitState::Running);
        let work_queue = tokio::sync::Mutex::new(receiver);
        let api = Self { function_arn, timeout, work: work_queue, current: Mutex::default(), init };
        (api, RuntimeApiHandle { work, init: progress })
    }

    /// Serves the instance until the task is aborted.
    pub(crate) async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
        let invocation = "/2018-06-01/runtime/invocation";
        let router = Router::new()
            .route(&format!("{invocation}/next"), get(next))
            .route(&format!("{invocation}/{{id}}/response"), post(response))
            .route(&format!("{invocation}/{{id}}/error"), post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(middleware::from_fn(guarded))
            .with_state(Arc::new(self));
        axum::serve(listener, router).await
    }

    /// Completes the invocation `id`. False if it isn't the current one, or has just timed out.
    fn complete(&self, id: &str, result: InvocationResult) -> bool {
        let mut current = self.current.lock();
        current.take_if(|(current, _)| current == id).is_some_and(|(_, waiting)| waiting.send(result).is_ok())
    }
}

async fn guarded(request: Request, next: Next) -> Response {
    match Guard::check_program(&request) {
        Ok(()) => next.run(request).await,
        Err(foreign) => failure(StatusCode::FORBIDDEN, "Forbidden", &foreign.to_string()),
    }
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    api.init.send_replace(InitState::Done);
    let Some((invocation, result)) = api.work.lock().await.recv().await else {
        return failure(StatusCode::INTERNAL_SERVER_ERROR, "ShuttingDown", "the stack is stopping");
    };
    let deadline = (SystemTime::now() + api.timeout).duration_since(UNIX_EPOCH).unwrap_or_default();
    let headers = AppendHeaders(
        [
            ("lambda-runtime-aws-request-id", Some(invocation.request_id.clone())),
            ("lambda-runtime-deadline-ms", Some(deadline.as_millis().to_string())),
            (
                "lambda-runtime-invoked-function-arn",
                Some(invocation.arn.unwrap_or_else(|| api.function_arn.clone())),
            ),
            ("lambda-runtime-trace-id", Some(invocation.trace)),
            ("lambda-runtime-client-context", invocation.client_context),
            ("content-type", Some("application/json".to_owned())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?))),
    );
    *api.current.lock() = Some((invocation.request_id, result));
    (headers, invocation.payload).into_response()
}

async fn response(State(api): State<Arc<RuntimeApi>>, Path(id): Path<String>, body: Body) -> Response {
    match Limited::new(body, RESPONSE_LIMIT).collect().await {
        Ok(body) => accepted(api.complete(&id, InvocationResult::Response(body.to_bytes()))),
        Err(_) => {
            api.complete(&id, InvocationResult::TooLarge);
            failure(
                StatusCode::PAYLOAD_TOO_LARGE,
                "RequestEntityTooLarge",
                &format!("Exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."),
            )
        }
    }
}

async fn error(State(api): State<Arc<RuntimeApi>>, Path(id): Path<String>, body: String) -> Response {
    accepted(api.complete(&id, InvocationResult::Error(body)))
}

async fn init_error(State(api): State<Arc<RuntimeApi>>, body: String) -> Response {
    api.init.send_replace(InitState::Failed(body));
    accepted(true)
}

fn accepted(known: bool) -> Response {
    if known {
        (StatusCode::ACCEPTED, json!({"status": "OK"}).to_string()).into_response()
    } else {
        failure(StatusCode::BAD_REQUEST, "InvalidRequestID", "no invocation with this id is waiting")
    }
}

fn failure(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, json!({"errorType": kind, "errorMessage": message}).to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Runtime API whose instance has taken the invocation `1`: its URL, and the receiver of the result.
    async fn invoked() -> (String, oneshot::Receiver<InvocationResult>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/2018-06-01/runtime/invocation", listener.local_addr().unwrap());
        let (api, handle) = RuntimeApi::new("arn".to_owned(), Duration::from_secs(9));
        tokio::spawn(api.serve(listener));
        let (result, received) = oneshot::channel();
        let invocation = Invocation {
            request_id: "1".to_owned(),
            payload: Bytes::from("{}"),
            trace: "Root=1-a".to_owned(),
            arn: None,
            client_context: None,
        };
        handle.work.send((invocation, result)).await.ok().unwrap();
        assert_eq!(reqwest::get(format!("{url}/next")).await.unwrap().text().await.unwrap(), "{}");
        (url, received)
    }

    async fn post(url: &str, path: &str, body: Vec<u8>) -> (u16, String) {
        let response = reqwest::Client::new().post(format!("{url}/{path}")).body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    #[tokio::test]
    async fn an_answer_is_taken_once_and_for_the_invocation_that_waits_alone() {
        let (url, result) = invoked().await;
        for path in ["2/response", "2/error"] {
            let (status, refusal) = post(&url, path, b"other".to_vec()).await;
            assert!(status == 400 && refusal.contains("InvalidRequestID"), "{status} {refusal}");
        }
        assert_eq!(post(&url, "1/response", b"mine".to_vec()).await.0, 202);
        assert!(matches!(result.await, Ok(InvocationResult::Response(response)) if response == "mine"));
        assert_eq!(post(&url, "1/response", b"again".to_vec()).await.0, 400);
    }

    #[tokio::test]
    async fn an_answer_of_six_megabytes_is_taken_and_one_byte_more_is_a_413() {
        let (url, result) = invoked().await;
        assert_eq!(post(&url, "1/response", vec![b'x'; RESPONSE_LIMIT]).await.0, 202);
        assert!(matches!(result.await, Ok(InvocationResult::Response(all)) if all.len() == RESPONSE_LIMIT));
        let (url, result) = invoked().await;
        assert_eq!(post(&url, "1/response", vec![b'x'; RESPONSE_LIMIT + 1]).await.0, 413);
        assert!(matches!(result.await, Ok(InvocationResult::TooLarge)));
    }
}
