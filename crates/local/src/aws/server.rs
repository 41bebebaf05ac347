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
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

/// How long to wait after a failed accept: it fails when the process is out of file descriptors, and asking
/// again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// The task that serves. Dropping this ends it too.
#[derive(Debug)]
pub(super) struct Server(Mutex<Option<Running>>);

#[derive(Debug)]
struct Running {
    /// Dropped to stop.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    pub(super) fn spawn(listener: TcpListener, services: Arc<Services>) -> Self {
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(accept(listener, services, stopped));
        Self(Mutex::new(Some(Running { stop, task })))
    }

    /// Returns when the listener and every connection are closed.
    pub(super) async fn stop(&self) {
        let running = locked(&self.0).take();
        if let Some(Running { stop, task }) = running {
            drop(stop);
            if let Err(error) = task.await {
                tracing::error!(%error, "the AWS endpoint had ended early");
            }
        }
    }
}

async fn accept(listener: TcpListener, services: Arc<Services>, mut stopped: oneshot::Receiver<()>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // Nothing is ever sent: the other end is dropped.
            _ = &mut stopped => break,
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
    drop(listener);
    connections.shutdown().await;
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
