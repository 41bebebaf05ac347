//! A listener and its connections: one task each, all of them gone when the server is.

use parking_lot::Mutex;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

/// How long to wait after a failed accept: it fails when the process is out of file descriptors, and asking
/// again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A task that accepts connections, and what stops it when dropped.
#[derive(Debug)]
pub struct Server(Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>);

impl Server {
    /// Gives each connection to `serve`, in a task of its own.
    pub fn spawn<F>(
        listener: TcpListener,
        serve: impl Fn(TcpStream, SocketAddr) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (stop, stopped) = oneshot::channel();
        Self(Mutex::new(Some((stop, tokio::spawn(accept(listener, serve, stopped))))))
    }

    /// Returns when the listener and every connection are closed.
    pub async fn stop(&self) {
        let running = self.0.lock().take();
        if let Some((stop, task)) = running {
            drop(stop);
            if let Err(error) = task.await {
                tracing::error!(%error, "a server had ended early");
            }
        }
    }
}

async fn accept<F>(
    listener: TcpListener,
    serve: impl Fn(TcpStream, SocketAddr) -> F,
    mut stopped: oneshot::Receiver<()>,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // Nothing is ever sent: the other end is dropped.
            _ = &mut stopped => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, client)) => {
                    // Responses are small: waiting to fill a packet would add 40 ms to each.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(stream, client));
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
