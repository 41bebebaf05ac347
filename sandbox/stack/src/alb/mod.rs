//! The Application Load Balancer: HTTP in front, Lambda targets behind.
//!
//! [`LoadBalancer`] (`listener`) answers a request in this order: `validation` refuses it, or a `rule` matches it. The
//! rule invokes a function (`lambda_event`, then `lambda_response`) or answers by itself (`response`). `health_check`
//! asks functions for their health.

mod health_check;
mod lambda_event;
mod lambda_response;
mod listener;
mod response;
mod rule;
mod validation;

pub(crate) use lambda_event::{add_headers, encode};
pub use listener::{LoadBalancer, LoadBalancerConfig};
pub(crate) use listener::{read_body, until_finishing, user_agent};
