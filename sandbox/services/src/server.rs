//! A listener and its connections: one task each, all of them gone when the server is.

use parking_lot::Mutex;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

/// How long to wait after a failed accept: it fails when the process is out of file descriptors, and asking
/// again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);

/// A task that accepts connections. It and its connections end when this is dropped.
#[derive(Debug)]
pub struct Server {
    finishing: CancellationToken,
    stopping: CancellationToken,
    /// Cancelled when all connections have ended.
    ended: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Server {
    /// Gives each connection to `serve`, in a task of its own, with a token that [`Server::finish`] cancels: from then on
    /// a connection is to end with the response to its request.
    pub fn spawn<F>(
        listener: TcpListener,
        serve: impl Fn(TcpStream, SocketAddr, CancellationToken) -> F + Send + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let [finishing, stopping, ended] = std::array::from_fn(|_| CancellationToken::new());
        let (finish, stop, end) = (finishing.clone(), stopping.clone(), ended.clone().drop_guard());
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            let served = async {
                accept(listener, serve, &finish, &mut connections).await;
                while connections.join_next().await.is_some() {}
            };
            stop.run_until_cancelled(served).await;
            connections.shutdown().await;
            drop(end);
        });
        Self { finishing, stopping, ended, task: Mutex::new(Some(task)) }
    }

    /// Closes the listener, and returns when every connection has ended by itself.
    pub async fn finish(&self) {
        self.finishing.cancel();
        self.ended.cancelled().await;
    }

    /// Returns when the listener and every connection are closed.
    pub async fn stop(&self) {
        self.stopping.cancel();
        let task = self.task.lock().take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "a server had ended early");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

/// Accepts connections until `finishing` is cancelled.
async fn accept<F>(
    listener: TcpListener,
    serve: impl Fn(TcpStream, SocketAddr, CancellationToken) -> F,
    finishing: &CancellationToken,
    connections: &mut JoinSet<()>,
) where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        tokio::select! {
            () = finishing.cancelled() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, client)) => {
                    // Responses are small: waiting to fill a packet would add 40 ms to each.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(serve(stream, client, finishing.clone()));
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
