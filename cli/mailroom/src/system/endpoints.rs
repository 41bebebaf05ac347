//! Where AWS's services are, if not at AWS's own addresses: the environment and a profile can name others.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use std::collections::BTreeMap;

/// The services that the commands use beside CloudFormation, by their ids
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html>).
const SERVICES: [&str; 6] = ["SQS", "S3", "SSM", "CloudWatch Logs", "CloudWatch", "Athena"];
/// The variables that lead CloudFormation elsewhere, the strongest first.
const VARIABLES: [&str; 2] = ["AWS_ENDPOINT_URL_CLOUDFORMATION", "AWS_ENDPOINT_URL"];

/// A URL, or nothing for AWS's own.
type Endpoint = Option<String>;

pub(crate) struct Endpoints {
    pub(crate) cloudformation: Endpoint,
    /// Those of the other services.
    others: BTreeMap<&'static str, Endpoint>,
}

impl Endpoints {
    pub(crate) fn of(sdk: &SdkConfig) -> Self {
        let others = SERVICES.map(|service| (service, endpoint(sdk, service)));
        Self::new(endpoint(sdk, "CloudFormation"), others)
    }

    pub(crate) fn new<const N: usize>(
        cloudformation: Endpoint,
        others: [(&'static str, Endpoint); N],
    ) -> Self {
        Self { cloudformation, others: others.into() }
    }

    /// Only AWS resolves `bucket.host`.
    pub(crate) fn path_style(&self) -> bool {
        self.others.get("S3").is_some_and(Option::is_some)
    }

    /// The services that are not where CloudFormation is.
    pub(crate) fn elsewhere(&self) -> BTreeMap<&'static str, Endpoint> {
        let others = self.others.iter().filter(|(_, endpoint)| **endpoint != self.cloudformation);
        others.map(|(service, endpoint)| (*service, endpoint.clone())).collect()
    }

    /// The setting that leads CloudFormation to its URL.
    pub(crate) fn source(&self) -> &'static str {
        let leads = |name: &&str| std::env::var(name).ok() == self.cloudformation;
        VARIABLES.into_iter().find(leads).unwrap_or("endpoint_url of the AWS profile")
    }
}

/// As the SDK's clients find it.
fn endpoint(sdk: &SdkConfig, service: &str) -> Endpoint {
    let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url");
    let own = sdk.service_config().zip(key.build().ok()).and_then(|(config, key)| config.load_config(key));
    own.or_else(|| sdk.endpoint_url().map(str::to_owned))
}
