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
//! - [`aws`]: SQS, S3 and SSM on one endpoint, and of CloudFormation and CloudWatch Logs what operators ask;
//! - [`events`]: what happens, as it happens;
//! - [`journal`]: what became of each request and each message;
//! - [`status`]: a page to look at, and metrics for Prometheus;
//! - [`server`]: a listener and its connections;
//! - [`trace`]: X-Ray's tracing headers, which say what led to what;
//! - [`time_scale`]: how much faster than real time.
//!
//! It listens on loopback only.
//!
//! A test gives itself a whole system, on free ports and with a directory of its own, and any number of tests do
//! so at once. The functions are built once a process; after that a stack starts in milliseconds:
//!
//! ```no_run
//! use sandbox::Stack;
//! use sandbox::services::faults::{Fault, Times};
//! use sandbox::time_scale::TimeScale;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let stack = Stack::from_template("template.yaml")
//!     .parameter("ObjectKeyLayout", "dated")
//!     .time_scale(TimeScale::new(100.0)?) // a visibility timeout of 180 s is 1.8 s
//!     .start()
//!     .await?;
//! stack.aws().ssm().put_secure_string("/local/auth_token", "the token")?;
//! stack.aws().faults().set("PutObject", Fault::Error { status: 503, code: "SlowDown".into() }, Times::N(2));
//! // Now speak HTTP to `stack.url()` and AWS to `stack.aws().endpoint_url()`, and wait for what happens:
//! let mut events = stack.events();
//! println!("{:?}", events.recv().await?);
//! # Ok(())
//! # }
//! ```

pub mod alb;
pub mod journal;
pub mod lambda;
pub mod mapping;
pub mod stack;
pub mod status;

pub use sandbox_services as services;
pub use sandbox_services::{events, time_scale};
pub use sandbox_template as template;
pub use stack::{Stack, StackBuilder, StackError};
