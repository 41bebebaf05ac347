//! Passing a request on to a port of this machine: what an instance target group does on AWS.

use axum::body::Body;
use axum::http::{Request, Response};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a target may take to accept a connection ("Troubleshoot your Application Load Balancers", HTTP 504).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a request could not be passed on.
pub(crate) enum ForwardError {
    /// Nothing listens: on AWS, no healthy target.
    NoTarget,
    /// Something listens and doesn't answer in HTTP.
    BadAnswer,
    /// Something listens and says nothing.
    NoAnswer,
}

/// Passes `request` on to `port` and its answer back, as they are. The target may be silent for `idle_timeout`.
pub(crate) async fn forward(
    request: Request<Body>,
    port: u16,
    idle_timeout: Duration,
) -> Result<Response<Body>, ForwardError> {
    let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(("127.0.0.1", port))).await;
    let stream = connected.map_err(|_| ForwardError::NoAnswer)?.map_err(|_| ForwardError::NoTarget)?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|_| ForwardError::BadAnswer)?;
    tokio::spawn(async move {
        // A connection that breaks shows in the answer, or in its body.
        let _ = connection.await;
    });
    let answered = timeout(idle_timeout, sender.send_request(request)).await;
    let response = answered.map_err(|_| ForwardError::NoAnswer)?.map_err(|_| ForwardError::BadAnswer)?;
    Ok(response.map(Body::new))
}
