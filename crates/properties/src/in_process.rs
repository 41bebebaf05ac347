//! The SDK without a network: a service in the same process answers its requests.

use aws_config::identity::IdentityCache;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::checksum_config::RequestChecksumCalculation;
use std::{fmt::Debug, sync::Arc};
use tokio::runtime::{Builder, Runtime};

pub(crate) trait Service: Debug + Send + Sync + 'static {
    /// The response; `None` breaks the connection.
    fn answer(&self, request: &HttpRequest, body: &[u8]) -> Option<HttpResponse>;
}

/// The SDK's configuration for one service. Without retries, which would only take time.
pub(crate) fn sdk_config(service: Arc<impl Service>) -> SdkConfig {
    let connector = SharedHttpConnector::new(InProcess(service));
    let credentials = Credentials::new("id", "secret", None, None, "in_process");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .identity_cache(IdentityCache::no_cache())
        .http_client(http_client_fn(move |_, _| connector.clone()))
        .endpoint_url("http://aws.invalid")
        .sleep_impl(TokioSleep::new())
        .timeout_config(TimeoutConfig::disabled())
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired) // the body as it is
        .build()
}

/// One thread, as the functions have it.
pub(crate) fn tokio_runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

pub(crate) fn response(status: u16, body: impl Into<SdkBody>) -> HttpResponse {
    HttpResponse::new(StatusCode::try_from(status).expect("a status"), body.into())
}

#[derive(Debug)]
struct InProcess<S>(Arc<S>);

impl<S: Service> HttpConnector for InProcess<S> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().expect("a body in memory");
        let response = self.0.answer(&request, body);
        HttpConnectorFuture::ready(response.ok_or_else(|| ConnectorError::io("cut off".into())))
    }
}
