use super::{Services, dispatch};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::TcpStream;

/// Answers the requests of one connection.
pub(crate) async fn serve(stream: TcpStream, services: Arc<Services>) {
    let service = service_fn(move |request| {
        let services = Arc::clone(&services);
        // Boxed: the future of an S3 operation is large, and there is one in every connection.
        Box::pin(async move { dispatch::answer(&services, request).await })
    });
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        // A client that hangs up, or a fault that was asked for.
        tracing::debug!(%error, "a connection ended early");
    }
}
