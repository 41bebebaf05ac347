//! Passing a request on to a port of this machine: what an instance target group does on AWS.

use axum::body::Body;
use axum::http::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Why a request could not be passed on.
pub(super) enum ForwardError {
    /// Nothing listens: on AWS, no healthy target.
    NoTarget,
    /// Something listens and doesn't answer in HTTP.
    BadAnswer,
}

/// Passes `request` on to `port` and its answer back, as they are.
pub(super) async fn forward(request: Request<Body>, port: u16) -> Result<Response<Body>, ForwardError> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.map_err(|_| ForwardError::NoTarget)?;
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|_| ForwardError::BadAnswer)?;
    tokio::spawn(async move {
        // A connection that breaks shows in the answer, or in its body.
        let _ = connection.await;
    });
    let response = sender.send_request(request).await.map_err(|_| ForwardError::BadAnswer)?;
    Ok(response.map(Body::new))
}
