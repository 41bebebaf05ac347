//! Ctrl-C, and the SIGTERM of `kill` and service managers.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The signals that ask a command to stop: the first asks it to begin nothing more, the second to leave at once.
///
/// From [`Interrupt::listen`] on, neither ends the program by itself.
#[derive(Clone)]
pub struct Interrupt {
    first: CancellationToken,
    second: CancellationToken,
}

impl Interrupt {
    /// Listens in a task of its own: needs tokio's runtime.
    pub fn listen() -> Result<Self> {
        let on = |kind| signal(kind).context("can't listen for Ctrl-C");
        let (mut interrupt, mut terminate) = (on(SignalKind::interrupt())?, on(SignalKind::terminate())?);
        let this = Self { first: CancellationToken::new(), second: CancellationToken::new() };
        let Self { first, second } = this.clone();
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            first.cancel();
            either(&mut interrupt, &mut terminate).await;
            second.cancel();
        });
        Ok(this)
    }

    /// Runs work that may be dropped anywhere; `None` if a signal came first.
    pub async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.first.run_until_cancelled(work).await
    }

    /// Runs work that must come to its end; `None` if a second signal came first.
    pub async fn finish<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.second.run_until_cancelled(work).await
    }

    /// True if the command should begin nothing more.
    pub fn came(&self) -> bool {
        self.first.is_cancelled()
    }

    /// A token that the first signal cancels, and that its owner can cancel for other reasons.
    pub fn token(&self) -> CancellationToken {
        self.first.child_token()
    }
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
