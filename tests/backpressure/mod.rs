//! Emails wait while S3 is slow, stuck or down, and their delay is bounded.
//!
//! - `slow`: S3 slow, and S3 away for longer than five receives take;
//! - `hanging`: what a batch costs while S3 never answers;
//! - `backlog`: many emails waiting, and how they drain;
//! - `killed`: a worker that Lambda ends at its timeout;
//! - `simulated`: `mailroom plan --simulate` beside the sandbox;
//! - `stuck`: one email that S3 never takes, among many;
//! - `emails`: many emails and their objects;
//! - `polling`: a mapping that begins when a test says so;
//! - `spread`: durations, summed up.
//!
//! Each takes some seconds. With the template's own durations and the numbers that operators have, they take minutes
//! and print what they measured:
//!
//!     MAILROOM_BACKPRESSURE=full cargo test --release -p end-to-end backpressure:: -- --nocapture --test-threads 1

mod backlog;
mod emails;
mod hanging;
mod killed;
mod polling;
mod simulated;
mod slow;
mod spread;
mod stuck;

use std::time::Duration;

fn full() -> bool {
    std::env::var_os("MAILROOM_BACKPRESSURE").is_some()
}

/// A test gives up after this time.
fn patience() -> Duration {
    Duration::from_secs(if full() { 1_800 } else { 60 })
}
