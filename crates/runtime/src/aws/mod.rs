//! The AWS SDK as the functions use it.
//!
//! - [`sdk_config`]: its configuration, from what Lambda puts into the environment;
//! - [`http_client`], [`http_connector`]: its HTTP client, and `roots`: whose certificates it trusts;
//! - [`Endpoints`]: where the services are, if not on AWS;
//! - [`Failure`]: its errors in words that are safe to log.

mod config;
mod connector;
mod endpoints;
mod failure;
mod roots;

pub use config::sdk_config;
pub use connector::{http_client, http_connector};
pub use endpoints::Endpoints;
pub use failure::Failure;
