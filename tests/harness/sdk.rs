//! Talking to SQS, S3 and SSM with the AWS SDK, as anyone would.

use super::System;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_http_client::{Builder, tls};
use local::aws::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

/// What the SDK needs to know about an endpoint on this machine.
pub(crate) async fn sdk_config(endpoint_url: &str) -> SdkConfig {
    let tls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(Builder::new().tls_provider(tls).build_https())
        .endpoint_url(endpoint_url)
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "tests"))
        .load()
        .await
}

/// S3 with the bucket in the path: 127.0.0.1 has no subdomains.
pub(crate) fn s3_client(config: &SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
}

impl System {
    async fn sdk_config(&self) -> SdkConfig {
        sdk_config(self.stack.aws().endpoint_url()).await
    }

    pub(crate) async fn s3(&self) -> aws_sdk_s3::Client {
        s3_client(&self.sdk_config().await)
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
