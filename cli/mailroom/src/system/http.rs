//! The HTTP client of the SDK and of the requests to the endpoint: HTTP/1.1, without proxies and redirects.

use anyhow::{Context, Result, ensure};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use reqwest::{Body, Client, Request, redirect::Policy};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use std::sync::Arc;
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The variables that may name a file of root certificates: the AWS CLI's and SDKs', then OpenSSL's.
const CA_BUNDLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// A client with connections of its own.
pub(crate) fn client() -> Result<Client> {
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots()?)
        .with_no_client_auth();
    let client = Client::builder().tls_backend_preconfigured(tls).connect_timeout(CONNECT_TIMEOUT);
    let client = client.http1_only().no_proxy().redirect(Policy::none());
    client.build().context("can't make an HTTP client")
}

/// The certificates of the PEM file that the environment names, or else Mozilla's, which are compiled in.
fn roots() -> Result<RootCertStore> {
    let named = CA_BUNDLES.into_iter().find_map(|name| {
        let file = std::env::var_os(name).filter(|file| !file.is_empty())?;
        Some((name, file))
    });
    let Some((name, file)) = named else {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    };
    let shown = file.display();
    let pem = std::fs::read(&file).with_context(|| format!("{name}: can't read {shown}"))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&pem).flatten());
    ensure!(added > 0, "{name}: {shown} has no root certificate in PEM");
    Ok(roots)
}

/// The same client for the SDK.
pub(crate) fn sdk_client() -> Result<SharedHttpClient> {
    let connector = SharedHttpConnector::new(Sdk(client()?));
    Ok(http_client_fn(move |_, _| connector.clone()))
}

#[derive(Debug)]
struct Sdk(Client);

impl HttpConnector for Sdk {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let request = Request::try_from(request.map(Body::wrap)).map_err(connector_error)?;
            let response = client.execute(request).await.map_err(connector_error)?;
            let response = http::Response::<Body>::from(response).map(SdkBody::from_body_1_x);
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// A request that can't be sent is a mistake of this program; anything else is the network's, and worth a retry.
fn connector_error(error: reqwest::Error) -> ConnectorError {
    if error.is_builder() { ConnectorError::user(error.into()) } else { ConnectorError::io(error.into()) }
}
