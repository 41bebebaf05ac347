//! An HTTP API of API Gateway, with Lambda integrations of payload format 2.0.
//!
//! [`HttpApi`] (`server`) finds the most specific `route` of a request, invokes its function with an `event`, and turns
//! the function's answer into a `response`. `throttle` limits the requests of a stage.

mod event;
mod response;
mod route;
mod server;
mod throttle;

pub use server::{HttpApi, HttpApiConfig};
