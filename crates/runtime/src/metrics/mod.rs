//! What is counted and measured, told to CloudWatch through the log.
//!
//! - `names`: every metric, with its unit and its dimensions, in one place;
//! - `definition`: the kinds of metrics there are;
//! - [`Meter`]: one for each instance; makes the [`Metrics`] of each invocation, which are written when they end;
//! - [`Timer`]: how long something takes, even if it never ends;
//! - `emf`: the embedded metric format, which makes metrics of a line of the log.
//!
//! No crate: `metrique` (0.1.33) brings 43 others that the functions have no use for, `metrics_cloudwatch_embedded`
//! (0.10) a recorder behind a global and names that are spelled out at every call. This is one line at the end of an
//! invocation.

mod definition;
mod emf;
mod invocation;
mod meter;
mod names;
mod timer;

pub use definition::{Counter, CounterBy, Definition, Timing, Unit};
pub use invocation::Metrics;
pub use meter::Meter;
pub use names::*;
pub use timer::Timer;
