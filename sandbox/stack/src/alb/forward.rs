//! Targets on a port of this machine: an instance target group on AWS.

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest that a target takes to accept a connection ("Troubleshoot your Application Load Balancers", HTTP 504).
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Passes the request and the target's response on unchanged. An error is 503 for a port on which nothing listens, 502
/// for a target that doesn't speak HTTP, and 504 for one that is silent for `idle_timeout`.
pub(crate) async fn forward(
    request: Request<Body>,
    port: u16,
    idle_timeout: Duration,
) -> Result<Response<Body>, StatusCode> {
    let connected = timeout(CONNECT_TIMEOUT, TcpStream::connect(("127.0.0.1", port))).await;
    let stream =
        connected.map_err(|_| StatusCode::GATEWAY_TIMEOUT)?.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|_| StatusCode::BAD_GATEWAY)?;
    tokio::spawn(async move {
        // A connection that breaks shows in the response or in its body.
        let _ = connection.await;
    });
    let response = timeout(idle_timeout, sender.send_request(request)).await;
    let response = response.map_err(|_| StatusCode::GATEWAY_TIMEOUT)?.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(response.map(Body::new))
}
