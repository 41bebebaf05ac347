//! The SDK's HTTP client: HTTP/1.1, over TLS or in the clear, as the endpoint's URL says.
//!
//! The SDK has such a client too, but it doesn't take precompiled root certificates.

use crate::settings::{self, SettingError};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Client, Error, connect::HttpConnector as TcpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::{sync::Arc, time::Duration};

/// The variables that may name a file of root certificates: the AWS CLI's and SDKs', then OpenSSL's.
const CA_VARIABLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// One pool of connections for all services. `connect` limits the time that connecting may take.
pub fn http_client(connect: Duration) -> Result<SharedHttpClient, SettingError> {
    let connector = http_connector(connect)?;
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// The same without the SDK around it, for a request to another server.
pub fn http_connector(connect: Duration) -> Result<SharedHttpConnector, SettingError> {
    Ok(SharedHttpConnector::new(Connector::new(tls(root_certificates()?), connect)))
}

/// True if the connection failed: the name, the address or TLS. Nothing was sent, so the error quotes no request.
pub fn is_connect(error: &ConnectorError) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<Error>());
    source.is_some_and(Error::is_connect)
}

/// The root certificates of the PEM file that the environment names. The default is Mozilla's, which are compiled in:
/// reading the system's own would take a cold start milliseconds of CPU time.
fn root_certificates() -> Result<RootCertStore, SettingError> {
    for name in CA_VARIABLES {
        if let Some(file) = settings::read(name)? {
            return read_pem(&file).map_err(|reason| SettingError::Invalid { name, reason });
        }
    }
    Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
}

fn read_pem(file: &str) -> Result<RootCertStore, String> {
    let text = std::fs::read(file).map_err(|error| format!("must name a file that can be read ({error})"))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&text).flatten());
    if added == 0 {
        return Err("must name a file with root certificates in PEM".to_owned());
    }
    Ok(roots)
}

/// Uses ring, since the SDK's default TLS library spends 27 ms of CPU time on seeding itself at each cold start.
#[expect(clippy::expect_used, reason = "ring has the cipher suites of TLS 1.2 and 1.3")]
fn tls(roots: RootCertStore) -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("two versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[derive(Debug)]
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

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let response = self.0.request(request);
        HttpConnectorFuture::new(async move {
            let response = response.await.map_err(connector_error)?.map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// A request that can't be sent is a bug of the caller. Any other error is the network's, and worth another attempt.
fn connector_error(error: Error) -> ConnectorError {
    let is_user = std::error::Error::source(&error)
        .and_then(|source| source.downcast_ref::<hyper::Error>())
        .is_some_and(hyper::Error::is_user);
    if is_user { ConnectorError::user(error.into()) } else { ConnectorError::io(error.into()) }
}
