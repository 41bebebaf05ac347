//! The scheduled function: is the way from the public address to the bucket whole? `main.rs` wires it up.
//!
//! From the outside in:
//! - `canary`: one event, from the schedule or from CodeDeploy, always answered before the deadline;
//! - `public_path`: posts an email through the public address, and follows it;
//! - `new_versions`: the same through the versions that a deployment is about to give traffic to;
//! - `invocation`: one of these versions, invoked with an event as its own caller sends it;
//! - `run`: the steps of one run, of which the log and the metrics name the one that fails;
//! - `bucket`: waits for an email in the bucket, and compares;
//! - `token`: the token in SSM;
//! - `settings`: the environment.
//!
//! It deletes nothing: a lifecycle rule of the bucket does.

mod bucket;
mod canary;
mod invocation;
mod new_versions;
mod public_path;
mod run;
mod settings;
mod token;

pub use canary::Canary;
