//! The Runtime API of one measured process.
//!
//! The one in `local` keeps a stack alive: it times nothing. This one takes the time where the measured code begins
//! and ends: when the process asks for work, when an event is handed over, and when the whole answer has arrived.

use crate::usage::{CpuClock, Moment};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sandbox::services::server::Server;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};

/// How long an invocation may take: Lambda's most, so that nothing gives up early and all do the same work.
pub const DEADLINE: Duration = Duration::from_secs(900);

/// The process asks for work.
#[derive(Debug)]
pub struct Ask {
    /// When it did.
    pub moment: Moment,
    /// Gives it an event.
    pub give: oneshot::Sender<Bytes>,
}

/// The process has answered.
#[derive(Debug)]
pub struct Answer {
    /// When the event was handed over.
    pub handed: Instant,
    /// When the answer was there.
    pub moment: Moment,
    /// What it is.
    pub outcome: Outcome,
}

/// What a process hands in.
#[derive(Debug)]
pub enum Outcome {
    /// The function's answer.
    Response(Bytes),
    /// An error, of the function or of its init.
    Error(Bytes),
}

/// The harness's side.
#[derive(Debug)]
pub struct Handle {
    /// Whenever the process asks.
    pub asks: mpsc::UnboundedReceiver<Ask>,
    /// Whenever it answers.
    pub answers: mpsc::UnboundedReceiver<Answer>,
    _server: Server,
}

struct Shared {
    clock: CpuClock,
    asks: mpsc::UnboundedSender<Ask>,
    answers: mpsc::UnboundedSender<Answer>,
    handed: Mutex<Instant>,
}

/// Answers the process whose clock this is, which may have called already: the listener keeps its connection.
#[must_use]
pub fn serve(listener: TcpListener, clock: CpuClock) -> Handle {
    let (asks, asked) = mpsc::unbounded_channel();
    let (answers, answered) = mpsc::unbounded_channel();
    let shared = Arc::new(Shared { clock, asks, answers, handed: Mutex::new(Instant::now()) });
    let server = Server::spawn(listener, move |stream, _| connection(stream, Arc::clone(&shared)));
    Handle { asks: asked, answers: answered, _server: server }
}

async fn connection(stream: TcpStream, shared: Arc<Shared>) {
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.answer(request).await) }
    });
    // It fails when the process ends, which is how each of them ends here.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let path = request.uri().path().to_owned();
        let response = match (request.method(), path.rsplit('/').next()) {
            (&Method::GET, Some("next")) => self.next().await,
            (&Method::POST, Some("response")) => self.take(request, Outcome::Response).await,
            (&Method::POST, Some("error")) => self.take(request, Outcome::Error).await,
            _ => None,
        };
        response.unwrap_or_else(|| {
            let mut refusal = Response::default();
            *refusal.status_mut() = StatusCode::NOT_FOUND;
            refusal
        })
    }

    async fn next(&self) -> Option<Response<Full<Bytes>>> {
        let (give, event) = oneshot::channel();
        self.asks.send(Ask { moment: self.clock.moment().ok()?, give }).ok()?;
        let event = event.await.ok()?;
        let deadline = (SystemTime::now() + DEADLINE).duration_since(UNIX_EPOCH).unwrap_or_default();
        let response = Response::builder()
            .header("content-type", "application/json")
            .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
            .header(
                "lambda-runtime-invoked-function-arn",
                "arn:aws:lambda:eu-central-1:000000000000:function:it",
            )
            .header("lambda-runtime-trace-id", "Root=1-64f1b0cd-3f2a1b0c9d8e7f6a5b4c3d2e;Sampled=0");
        *self.handed.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        response.body(Full::new(event)).ok()
    }

    async fn take(
        &self,
        request: Request<Incoming>,
        outcome: impl FnOnce(Bytes) -> Outcome,
    ) -> Option<Response<Full<Bytes>>> {
        let body = request.into_body().collect().await.ok()?.to_bytes();
        let moment = self.clock.moment().ok()?;
        let handed = *self.handed.lock().unwrap_or_else(PoisonError::into_inner);
        self.answers.send(Answer { handed, moment, outcome: outcome(body) }).ok()?;
        Response::builder().status(StatusCode::ACCEPTED).body(Full::default()).ok()
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")] // processes are measured there alone
mod tests {
    use super::*;
    use hyper::client::conn::http1::{SendRequest, handshake};

    /// A function's connection to its Runtime API, in this process, and the harness's side.
    async fn function() -> (SendRequest<Full<Bytes>>, Handle) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (function, connection) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        // Later than the connection, as it is with a process.
        (function, serve(listener, CpuClock::of(std::process::id()).unwrap()))
    }

    async fn call(
        function: &mut SendRequest<Full<Bytes>>,
        method: &str,
        path: &str,
        body: &str,
    ) -> (u16, Bytes) {
        let request = Request::builder().method(method).uri(format!("/2018-06-01/runtime/{path}"));
        let request = request.header("host", "it").body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let response = function.send_request(request).await.unwrap();
        (response.status().as_u16(), response.into_body().collect().await.unwrap().to_bytes())
    }

    #[tokio::test]
    async fn an_event_is_handed_over_when_asked_for_and_timed_until_its_answer_is_there() {
        let (mut function, mut handle) = function().await;
        let give = async {
            let ask = handle.asks.recv().await.unwrap();
            ask.give.send(Bytes::from("event")).unwrap();
            ask.moment
        };
        let (asked, event) = tokio::join!(give, call(&mut function, "GET", "invocation/next", ""));
        assert_eq!(event, (200, Bytes::from("event")));
        assert_eq!(call(&mut function, "POST", "invocation/1/response", "answer").await.0, 202);
        let answer = handle.answers.recv().await.unwrap();
        assert!(asked.at <= answer.handed && answer.handed <= answer.moment.at, "{answer:?}");
        assert!(asked.cpu <= answer.moment.cpu, "{answer:?}");
        assert!(matches!(answer.outcome, Outcome::Response(body) if body == "answer"));
    }

    #[tokio::test]
    async fn an_error_is_no_answer_and_what_is_unknown_is_refused() {
        let (mut function, mut handle) = function().await;
        assert_eq!(call(&mut function, "POST", "init/error", "why").await.0, 202);
        let answer = handle.answers.recv().await.unwrap();
        assert!(matches!(answer.outcome, Outcome::Error(body) if body == "why"));
        assert_eq!(call(&mut function, "GET", "invocation/previous", "").await.0, 404);
    }
}
