//! Ctrl-C, the SIGTERM of `kill` and service managers, and the SIGHUP of a terminal that is closed.

use anyhow::{Context, Result};
use std::{future::poll_fn, task::Poll};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The signals that ask a command to stop: the first asks it to begin nothing more, the second to leave at once.
///
/// From [`Interrupt::listen`] on, none of them ends the program by itself. A SIGHUP that `nohup` made this program
/// ignore stays ignored.
#[derive(Clone)]
pub struct Interrupt {
    first: CancellationToken,
    second: CancellationToken,
}

impl Interrupt {
    /// Listens in a task of its own: needs tokio's runtime.
    pub fn listen() -> Result<Self> {
        let on = |kind| signal(kind).context("can't listen for Ctrl-C");
        let mut signals = vec![on(SignalKind::interrupt())?, on(SignalKind::terminate())?];
        if !hangup_is_ignored() {
            signals.push(on(SignalKind::hangup())?);
        }
        let this = Self { first: CancellationToken::new(), second: CancellationToken::new() };
        let Self { first, second } = this.clone();
        tokio::spawn(async move {
            any(&mut signals).await;
            first.cancel();
            any(&mut signals).await;
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

async fn any(signals: &mut [Signal]) {
    // A ready signal ends this at once. Otherwise all are polled, so that each can wake this task.
    poll_fn(|context| match signals.iter_mut().any(|signal| signal.poll_recv(context).is_ready()) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

/// True if this program was started with SIGHUP ignored, as by `nohup`. Listening would end that. Only Linux tells it
/// without unsafe code; elsewhere SIGHUP stops the program.
fn hangup_is_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hangup(&status))
}

/// `SigIgn` is a set of bits in hexadecimal, SIGHUP the lowest.
fn ignores_hangup(status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).is_some_and(|bits| bits & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_bit_of_the_ignored_signals_is_sighup() {
        for (status, ignored) in [
            ("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t0\n", true),
            ("SigBlk:\t1\nSigIgn:\t0000000000001000\n", false),
            ("SigIgn:\tx\n", false),
            ("", false),
        ] {
            assert_eq!(ignores_hangup(status), ignored, "{status}");
        }
    }
}
