//! The Lambda Runtime API of one measured process.
//!
//! It reads the clocks where the measured code begins and ends: when the process asks for an event, when it gets one,
//! and when its whole response has arrived. The sandbox's Runtime API times nothing.

use crate::check::Outcome;
use crate::usage::Reading;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Router, http::StatusCode};
use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// Lambda's longest timeout, so that no runtime gives up early.
pub(crate) const DEADLINE: Duration = Duration::from_secs(900);

#[derive(Debug)]
pub(crate) enum Call {
    /// The process asks for an event.
    Next { asked: Reading, event: oneshot::Sender<Bytes> },
    /// It has responded to the event that it got at `got`, or reports an error.
    Done { got: Instant, done: Reading, outcome: Outcome },
}

/// Dropping it closes the listener.
#[derive(Debug)]
pub(crate) struct RuntimeApi {
    pub(crate) calls: mpsc::UnboundedReceiver<Call>,
    _server: JoinSet<std::io::Result<()>>,
}

struct Process {
    id: u32,
    calls: mpsc::UnboundedSender<Call>,
    got: Mutex<Instant>,
}

/// Answers the calls of `process`, which may have connected to `listener` already.
pub(crate) fn serve(listener: TcpListener, process: u32) -> RuntimeApi {
    let (sender, calls) = mpsc::unbounded_channel();
    let process = Process { id: process, calls: sender, got: Mutex::new(Instant::now()) };
    let routes = Router::new()
        .route("/invocation/next", get(next))
        .route("/invocation/{id}/response", post(async |process, body| done(process, Ok(body))))
        .route("/invocation/{id}/error", post(async |process, body| done(process, Err(body))))
        .route("/init/error", post(async |process, body| done(process, Err(body))));
    let routes = Router::new().nest("/2018-06-01/runtime", routes).with_state(Arc::new(process));
    let listener = listener.tap_io(|stream| {
        // Without it a response may only be slower.
        let _ = stream.set_nodelay(true);
    });
    let mut server = JoinSet::new();
    server.spawn(axum::serve(listener, routes).into_future());
    RuntimeApi { calls, _server: server }
}

async fn next(State(process): State<Arc<Process>>) -> Result<impl IntoResponse, StatusCode> {
    let gone = StatusCode::INTERNAL_SERVER_ERROR;
    let (sender, event) = oneshot::channel();
    let asked = Reading::of(process.id).map_err(|_| gone)?;
    process.calls.send(Call::Next { asked, event: sender }).map_err(|_| gone)?;
    let event = event.await.map_err(|_| gone)?;
    let deadline = (SystemTime::now() + DEADLINE).duration_since(UNIX_EPOCH).unwrap_or_default();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-central-1:000000000000:function:it".to_owned(),
        ),
        ("lambda-runtime-trace-id", "Root=1-64f1b0cd-3f2a1b0c9d8e7f6a5b4c3d2e;Sampled=0".to_owned()),
    ];
    *process.got.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    Ok((headers, event))
}

fn done(State(process): State<Arc<Process>>, outcome: Outcome) -> StatusCode {
    let Ok(done) = Reading::of(process.id) else { return StatusCode::INTERNAL_SERVER_ERROR };
    let got = *process.got.lock().unwrap_or_else(PoisonError::into_inner);
    match process.calls.send(Call::Done { got, done, outcome }) {
        Ok(()) => StatusCode::ACCEPTED,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    async fn start() -> (String, RuntimeApi) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/2018-06-01/runtime", listener.local_addr().unwrap());
        (url, serve(listener, std::process::id()))
    }

    async fn post(url: String, body: &'static str) -> u16 {
        reqwest::Client::new().post(url).body(body).send().await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn an_event_is_timed_until_its_response_is_there() {
        let (url, mut api) = start().await;
        let give = async {
            let Some(Call::Next { asked, event }) = api.calls.recv().await else { panic!("no call") };
            event.send(Bytes::from("event")).unwrap();
            asked
        };
        let (asked, event) = tokio::join!(give, reqwest::get(format!("{url}/invocation/next")));
        assert_eq!(event.unwrap().bytes().await.unwrap(), "event");
        assert_eq!(post(format!("{url}/invocation/1/response"), "response").await, 202);
        let Some(Call::Done { got, done, outcome }) = api.calls.recv().await else { panic!("no call") };
        assert!(asked.at <= got && got <= done.at && asked.cpu <= done.cpu, "{asked:?} {got:?} {done:?}");
        assert_eq!(outcome.unwrap(), "response");
    }

    #[tokio::test]
    async fn an_error_is_not_a_response_and_unknown_calls_are_refused() {
        let (url, mut api) = start().await;
        assert_eq!(post(format!("{url}/init/error"), "why").await, 202);
        let Some(Call::Done { outcome, .. }) = api.calls.recv().await else { panic!("no call") };
        assert_eq!(outcome.unwrap_err(), "why");
        assert_eq!(post(format!("{url}/invocation/1/previous"), "").await, 404);
    }
}
