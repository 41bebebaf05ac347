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
pub(crate) struct Invocation {
    pub(crate) request_id: String,
    pub(crate) payload: Bytes,
    pub(crate) trace: String,
    pub(crate) answer: oneshot::Sender<Answer>,
}

/// What an instance handed in.
pub(crate) enum Answer {
    /// The function's answer.
    Response(Bytes),
    /// The function reported an error, as a JSON document of its own.
    Error(String),
    /// The answer was larger than Lambda takes.
    TooLarge,
}

/// How far the init of an instance is.
#[derive(PartialEq)]
pub(crate) enum Init {
    /// It has not asked for work yet.
    Running,
    /// It has asked for work.
    Done,
    /// It reported an error, as a JSON document of its own.
    Failed(String),
}

/// The instance's side, shared by its requests.
pub(crate) struct RuntimeApi {
    function_arn: String,
    timeout: Duration,
    work: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    current: Mutex<Option<(String, oneshot::Sender<Answer>)>>,
    init: watch::Sender<Init>,
}

/// The stack's side.
pub(crate) struct Handle {
    /// Takes one invocation at a time.
    pub(crate) work: mpsc::Sender<Invocation>,
    /// How far the instance's init is.
    pub(crate) init: watch::Receiver<Init>,
}

impl RuntimeApi {
    pub(crate) fn new(function_arn: String, timeout: Duration) -> (Self, Handle) {
        let (work, receiver) = mpsc::channel(1);
        let (init, progress) = watch::channel(Init::Running);
        let work_queue = tokio::sync::Mutex::new(receiver);
        let api = Self { function_arn, timeout, work: work_queue, current: Mutex::default(), init };
        (api, Handle { work, init: progress })
    }

    /// Answers the instance until the task is aborted.
    pub(crate) async fn serve(self, listener: TcpListener) -> std::io::Result<()> {
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
    api.init.send_replace(Init::Done);
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

async fn init_error(State(api): State<Arc<RuntimeApi>>, body: String) -> Response {
    api.init.send_replace(Init::Failed(body));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A Runtime API whose instance has taken the invocation `1`: its address, and where the answer arrives.
    async fn invoked() -> (String, oneshot::Receiver<Answer>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/2018-06-01/runtime/invocation", listener.local_addr().unwrap());
        let (api, handle) = RuntimeApi::new("arn".to_owned(), Duration::from_secs(9));
        tokio::spawn(api.serve(listener));
        let (answer, answered) = oneshot::channel();
        let (request_id, payload, trace) = ("1".to_owned(), Bytes::from("{}"), "Root=1-a".to_owned());
        handle.work.send(Invocation { request_id, payload, trace, answer }).await.ok().unwrap();
        assert_eq!(reqwest::get(format!("{url}/next")).await.unwrap().text().await.unwrap(), "{}");
        (url, answered)
    }

    async fn post(url: &str, path: &str, body: Vec<u8>) -> (u16, String) {
        let response = reqwest::Client::new().post(format!("{url}/{path}")).body(body).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    #[tokio::test]
    async fn an_answer_is_taken_once_and_for_the_invocation_that_waits_alone() {
        let (url, answered) = invoked().await;
        for path in ["2/response", "2/error"] {
            let (status, refusal) = post(&url, path, b"other".to_vec()).await;
            assert!(status == 400 && refusal.contains("InvalidRequestID"), "{status} {refusal}");
        }
        assert_eq!(post(&url, "1/response", b"mine".to_vec()).await.0, 202);
        assert!(matches!(answered.await, Ok(Answer::Response(answer)) if answer == "mine"));
        assert_eq!(post(&url, "1/response", b"again".to_vec()).await.0, 400);
    }

    #[tokio::test]
    async fn an_answer_of_six_megabytes_is_taken_and_one_byte_more_is_a_413() {
        let (url, answered) = invoked().await;
        assert_eq!(post(&url, "1/response", vec![b'x'; ANSWER_LIMIT]).await.0, 202);
        assert!(matches!(answered.await, Ok(Answer::Response(answer)) if answer.len() == ANSWER_LIMIT));
        let (url, answered) = invoked().await;
        assert_eq!(post(&url, "1/response", vec![b'x'; ANSWER_LIMIT + 1]).await.0, 413);
        assert!(matches!(answered.await, Ok(Answer::TooLarge)));
    }
}
