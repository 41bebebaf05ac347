//! The AWS SDK as the functions use it.
//!
//! - [`sdk_config`]: its configuration, from Lambda's environment variables;
//! - [`http_client`]: its HTTP client, and the root certificates that this trusts; [`http_connector`]: for other servers;
//! - [`FewerHeaders`]: shorter requests;
//! - [`AwsError`]: its errors in words that are safe to log.

mod config;
mod connector;
mod error;
mod fewer_headers;

pub use config::{has_custom_endpoint, sdk_config};
pub use connector::{http_client, http_connector, is_connect};
pub use error::AwsError;
pub use fewer_headers::FewerHeaders;
