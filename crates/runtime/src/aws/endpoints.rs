//! Where the services are, if not on AWS.

use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use std::env;

/// The variable that points every service somewhere else than AWS ("Service-specific endpoints", AWS SDKs and Tools
/// Reference Guide).
const ALL: &str = "AWS_ENDPOINT_URL";

/// What the environment says of endpoints, looked up when a client is made: `AWS_ENDPOINT_URL` for all services, `AWS_ENDPOINT_URL_S3` and the like
/// for one.
#[derive(Debug)]
pub struct Endpoints;

impl Endpoints {
    /// Whether `service` ("S3") is somewhere else than on AWS. S3 then needs path-style addresses: nothing resolves
    /// `bucket.localhost`.
    #[must_use]
    pub fn has(&self, service: &str) -> bool {
        self.of_all().or_else(|| self.of_one(service)).is_some()
    }

    /// The endpoint of the services that have none of their own.
    pub(crate) fn of_all(&self) -> Option<String> {
        read(ALL)
    }

    fn of_one(&self, service: &str) -> Option<String> {
        read(&format!("{ALL}_{service}"))
    }
}

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.env() == ALL).then(|| self.of_one(&key.service_id().to_uppercase().replace(' ', "_")))?
    }
}

fn read(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
