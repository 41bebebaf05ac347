//! AWS for the measured processes: SSM, SQS and S3, in a thread of their own.
//!
//! The sandbox would disturb the measurement. It checks signatures, writes objects to files and publishes events: a PUT
//! costs it 0.4 ms of CPU, three times what it costs the worker, and both share the machine. A PUT costs the stub about
//! 0.05 ms. The stub also delays S3's responses and counts concurrent PUTs. It keeps what it gets; the harness checks
//! that after the clocks have been read.
//!
//! - `operations`: the three operations; `state`: what was sent and stored; `tls`: a certificate for one run

mod operations;
mod state;
mod tls;

pub(crate) use state::State;

use anyhow::Result;
use axum::serve::{Listener, ListenerExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tls_listener::TlsListener;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

/// Stops when it is dropped.
#[derive(Debug)]
pub(crate) struct Stub {
    pub(crate) endpoint_url: String,
    /// The file with the certificates that its clients must trust, if it speaks TLS.
    pub(crate) roots: Option<PathBuf>,
    pub(crate) state: Arc<State>,
    runtime: Option<Runtime>,
}

impl Stub {
    /// With `tls`, a directory for certificates, the stub speaks TLS.
    pub(crate) fn start(tls: Option<&Path>) -> Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("stub").enable_all().build()?;
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let listener = {
            let _runtime = runtime.enter();
            TcpListener::from_std(listener)?
        };
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let (scheme, roots) = match tls {
            None => {
                let listener = listener.tap_io(|stream| {
                    let _ = stream.set_nodelay(true);
                });
                serve(&runtime, listener, &state);
                ("http", None)
            }
            Some(directory) => {
                let (acceptor, roots) = tls::create(directory)?;
                let listener = TlsListener::new(acceptor, listener).tap_io(|stream| {
                    let _ = stream.get_ref().0.set_nodelay(true);
                });
                serve(&runtime, listener, &state);
                ("https", Some(roots))
            }
        };
        Ok(Self { endpoint_url: format!("{scheme}://{address}"), roots, state, runtime: Some(runtime) })
    }
}

fn serve<L: Listener<Addr: std::fmt::Debug>>(runtime: &Runtime, listener: L, state: &Arc<State>) {
    runtime.spawn(axum::serve(listener, operations::routes(Arc::clone(state))).into_future());
}

impl Drop for Stub {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping it would panic in a test, which is inside another runtime.
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests;
