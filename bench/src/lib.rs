//! The benchmark: what the functions cost, measured on one machine.
//!
//! Fresh and warm processes of the functions run as Lambda runs them, each behind a Runtime API, against a stub of AWS
//! that answers in the fewest bytes. Every answer is checked: a fast wrong one would be worth nothing.
//!
//! - [`run`](mod@run): builds, measures, prints;
//! - [`harness`]: what the sections measure with;
//! - [`options`]: the command line, and the plan that it makes;
//! - [`contestants`], [`peers`]: whose functions are measured, and how those of others are built;
//! - [`events`]: emails, and the events they come in;
//! - [`stub`]: SSM, SQS and S3, with a latency;
//! - [`runtime_api`], [`process`], [`usage`], [`cgroup`]: one process of a function, what it uses, and what it may use;
//! - [`check`]: whether an answer is right;
//! - [`measure`]: cold starts, warm invocations, batches, and the whole system;
//! - [`report`], [`columns`], [`table`], [`plot`]: what came out, for people and as JSON;
//! - [`machine`]: what it was measured on;
//! - [`stats`], [`package`]: medians; sizes.

pub mod cgroup;
pub mod check;
pub mod columns;
pub mod contestants;
pub mod error;
pub mod events;
pub mod harness;
pub mod machine;
pub mod measure;
pub mod options;
pub mod package;
pub mod peers;
pub mod plot;
pub mod process;
pub mod report;
pub mod run;
pub mod runtime_api;
pub mod stats;
pub mod stub;
pub mod table;
pub mod usage;

pub use error::BenchError;
pub use options::Options;
pub use run::run;
