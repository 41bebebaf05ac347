//! Talking to SQS, S3 and SSM with the AWS SDK, as anyone would.

use super::System;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::{Builder, tls};
use local::aws::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

impl System {
    async fn sdk_config(&self) -> SdkConfig {
        let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
        aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(Builder::new().tls_provider(tls).build_https())
            .endpoint_url(self.stack.aws().endpoint_url())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "tests"))
            .load()
            .await
    }

    pub(crate) async fn s3(&self) -> aws_sdk_s3::Client {
        let config =
            aws_sdk_s3::config::Builder::from(&self.sdk_config().await).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    pub(crate) async fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.sdk_config().await)
    }

    pub(crate) async fn ssm(&self) -> aws_sdk_ssm::Client {
        aws_sdk_ssm::Client::new(&self.sdk_config().await)
    }

    pub(crate) fn queue_url(&self, name: &str) -> String {
        self.stack.aws().sqs().queue_url(name)
    }
}
