//! How the SDK's requests get to AWS: HTTP/1.1, over TLS or in the clear, as the endpoint's URL says.
//!
//! The SDK has such a client too, but lets nobody choose precompiled root certificates.

use super::roots;
use crate::settings::SettingError;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Client, Error, connect::HttpConnector as TcpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, crypto::ring};
use std::{fmt, sync::Arc, time::Duration};

/// The SDK's HTTP client: one pool of connections for all services. `connect` is how long connecting may take.
///
/// # Errors
/// [`SettingError`] if the environment asks for root certificates that can't be had.
pub fn http_client(connect: Duration) -> Result<SharedHttpClient, SettingError> {
    let connector = http_connector(connect)?;
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// What sends its requests, for whoever has one of their own: over TLS or in the clear, as a request's URL says.
///
/// # Errors
/// [`SettingError`] if the environment asks for root certificates that can't be had.
pub fn http_connector(connect: Duration) -> Result<SharedHttpConnector, SettingError> {
    Ok(SharedHttpConnector::new(Connector::new(tls(roots::from_environment()?), connect)))
}

/// TLS with ring: the SDK's default library spends some 27 ms of CPU time on seeding itself at each cold start.
#[expect(clippy::expect_used, reason = "ring has the cipher suites of TLS 1.2 and 1.3")]
fn tls(roots: rustls::RootCertStore) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("two versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

struct Connector(Client<HttpsConnector<TcpConnector>, SdkBody>);

impl Connector {
    fn new(tls: ClientConfig, connect: Duration) -> Self {
        let mut tcp = TcpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(connect));
        let pool = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(HttpsConnector::from((tcp, tls)));
        Self(pool)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let answer = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let answer = answer.await.map_err(connector_error)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// A request that can't be sent is ours to mend; anything else is the network's, and worth another attempt.
fn connector_error(error: Error) -> ConnectorError {
    let ours = std::error::Error::source(&error)
        .and_then(|source| source.downcast_ref::<hyper::Error>())
        .is_some_and(hyper::Error::is_user);
    if ours { ConnectorError::user(error.into()) } else { ConnectorError::io(error.into()) }
}
