//! Counts and durations, written to CloudWatch through the log.
//!
//! - `names`: every metric, with its unit and its dimensions, in one place;
//! - [`Meter`]: one for each instance; makes the [`Metrics`] of each invocation, which are written when they are dropped;
//! - [`Timer`]: measures an operation, even one that is cut off;
//! - `emf`: the embedded metric format, which turns a line of the log into metrics.
//!
//! No crate: `metrique` (0.1.33) brings 43 others that the functions don't need, and `metrics_cloudwatch_embedded`
//! (0.10) a global recorder and names that are spelled out at every call. The functions write one line at the end of an
//! invocation.

mod emf;
mod meter;
mod names;

pub use meter::{Meter, Metrics, Timer};
pub use names::*;
