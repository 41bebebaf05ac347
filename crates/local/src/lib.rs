//! AWS on one machine, for the parts that a small serverless system uses.
//!
//! A [`Stack`](stack::Stack) is everything that a SAM template describes, running: it learns all it does from the
//! template, so that what runs here is what is deployed.
//!
//! - [`template`]: the template, read into what runs;
//! - [`stack`]: puts it together and keeps it running;
//! - [`alb`]: HTTP in front, Lambda targets behind;
//! - [`lambda`]: functions as processes, each behind a Runtime API of its own;
//! - [`mapping`]: from a queue, in batches, to a function;
//! - [`aws`]: SQS, S3 and SSM on one endpoint;
//! - [`events`]: what happens, as it happens;
//! - [`time_scale`]: how much faster than real time.
//!
//! It listens on loopback only.

pub mod alb;
pub mod aws;
pub mod events;
pub mod lambda;
pub mod mapping;
mod server;
pub mod stack;
pub mod template;
pub mod time_scale;

pub use stack::{Stack, StackBuilder, StackError};
