//! AWS for a measured process: SSM, SQS and S3 in a thread of their own, answered in the fewest bytes.
//!
//! The one in `local` would be in the way: it checks signatures, writes objects to files and tells of everything. A PUT
//! costs it 0.4 ms of processor time, three times what it costs the worker, and they share the machine; here it is some
//! 0.05 ms. Besides, S3 has a latency here, and the PUTs in flight are counted. What is kept is looked at after the time
//! is taken.
//!
//! - `answers`: the three operations;
//! - `chunks`: a body as `aws-chunked` has it;
//! - `state`: what was sent, what was stored, what is in flight;
//! - `tls`: a certificate for one run.

mod answers;
mod chunks;
mod state;
mod tls;

pub use state::State;
pub use tls::TlsError;

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use sandbox::services::server::Server;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// A running stub. It ends when it is dropped.
#[derive(Debug)]
pub struct Stub {
    endpoint_url: String,
    roots: Option<PathBuf>,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Why there is no stub.
#[derive(Debug, thiserror::Error)]
pub enum StubError {
    /// No port, no thread.
    #[error("the stub of AWS can't start")]
    Start(#[from] std::io::Error),
    /// No certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Stub {
    /// Starts one, with TLS if `tls` names a directory for the certificates that clients must trust.
    ///
    /// # Errors
    /// [`StubError`]
    pub fn start(tls: Option<&Path>) -> Result<Self, StubError> {
        let identity = tls.map(tls::Identity::make).transpose()?;
        let (acceptor, roots) = identity.map(|identity| (identity.acceptor, identity.roots)).unzip();
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let endpoint_url = format!("{scheme}://{}", listener.local_addr()?);
        let state = Arc::new(State::default());
        let (stop, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _registered_there = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let served = Arc::clone(&state);
        let serve = move || runtime.block_on(serve(listener, served, acceptor, stopped));
        let thread = std::thread::Builder::new().name("stub".to_owned()).spawn(serve)?;
        Ok(Self { endpoint_url, roots, state, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it answers.
    #[must_use]
    pub fn endpoint_url(&self) -> &str {
        &self.endpoint_url
    }

    /// The file with the certificates to trust, if it speaks TLS.
    #[must_use]
    pub fn roots(&self) -> Option<&Path> {
        self.roots.as_deref()
    }

    /// What it was sent.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // It has nothing to say; what panicked in it was printed.
            let _ = thread.join();
        }
    }
}

async fn serve(
    listener: TcpListener,
    state: Arc<State>,
    tls: Option<TlsAcceptor>,
    stopped: oneshot::Receiver<()>,
) {
    let server = Server::spawn(listener, move |stream, _: SocketAddr| {
        let (state, tls) = (Arc::clone(&state), tls.clone());
        async move {
            match tls {
                // A client that doesn't trust us says so itself.
                Some(tls) => {
                    // A client that doesn't trust us says so itself.
                    if let Ok(stream) = tls.accept(stream).await {
                        connection(stream, state).await;
                    }
                }
                None => connection(stream, state).await,
            }
        }
    });
    // Nothing is ever sent: the other end is dropped.
    let _ = stopped.await;
    server.stop().await;
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send, state: Arc<State>) {
    let service = service_fn(move |request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, std::convert::Infallible>(answers::answer(&state, request).await) }
    });
    // It fails when the client's process is ended.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

#[cfg(test)]
mod tests;
