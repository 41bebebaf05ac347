//! The HTTP/1.1 server: connections in, one task each.

use super::{Services, dispatch, locked::locked};
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// How long to wait after a failed accept: it fails when the process is out of file descriptors, and asking
/// again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// The task that serves. Dropping it ends the task and, with it, every connection.
#[derive(Debug)]
pub(super) struct Server(Mutex<Option<JoinHandle<()>>>);

impl Server {
    pub(super) fn spawn(listener: TcpListener, services: Arc<Services>) -> Self {
        Self(Mutex::new(Some(tokio::spawn(accept(listener, services)))))
    }

    /// Returns when the listener and every connection are closed.
    pub(super) async fn stop(&self) {
        let task = locked(&self.0).take();
        if let Some(task) = task {
            task.abort();
            // It was aborted: that it did not end by itself is the point.
            let _ = task.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(task) = locked(&self.0).take() {
            task.abort();
        }
    }
}

async fn accept(listener: TcpListener, services: Arc<Services>) {
    // Owns the connections: they end with this task.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&services)));
                }
                Err(error) => {
                    tracing::warn!(%error, "can't accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, services: Arc<Services>) {
    // Answers are small: waiting to fill a packet would add 40 ms to each.
    let _ = stream.set_nodelay(true);
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
