//! The Application Load Balancer: HTTP in front, Lambda targets behind.
//!
//! - [`LoadBalancer`]: the listener and its rules;
//! - `refusal`: what it refuses whatever the rules say;
//! - `desync`: requests that could be cut in two ways;
//! - `patient`: clients that don't take their answers;
//! - `rule`: which rule a request meets;
//! - `event`: a request as the event that a Lambda target gets;
//! - `answer`: a Lambda target's answer as a response, or a 502;
//! - `health_check`: asking a function whether it is well;
//! - `page`: the load balancer's own answers;
//! - `forward`: passing a request on to a port of this machine;
//! - `redirect`: sending a client elsewhere.

mod answer;
mod desync;
mod event;
mod forward;
mod health_check;
mod listener;
mod page;
mod patient;
mod redirect;
mod refusal;
mod rule;

pub use listener::{LoadBalancer, LoadBalancerConfig};
