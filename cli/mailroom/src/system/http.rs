//! The HTTP client of the SDK and of the requests to the endpoint. It uses no proxy and follows no redirect.

use anyhow::{Context, Result, ensure};
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpConnector};
use aws_smithy_types::base64;
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The variables that may name a file of root certificates: the AWS CLI's and SDKs', then OpenSSL's.
const CA_BUNDLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// A client of the server at `url`, or of AWS, with connections of its own. The environment's certificates are not read for
/// plain HTTP, so a file that is missing doesn't stop the commands for this machine.
pub(crate) fn connector(url: Option<&str>) -> Result<SharedHttpConnector> {
    let plain = url.is_some_and(|url| url.starts_with("http://"));
    let certificates = if plain { Vec::new() } else { root_certificates()? };
    let trusted = certificates.iter().map(pem).fold(TrustStore::empty(), TrustStore::with_pem_certificate);
    let tls = TlsContext::builder().with_trust_store(trusted).build()?;
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_TIMEOUT).build();
    let connector = Connector::builder().connector_settings(settings);
    let connector = connector.tls_provider(Provider::Rustls(CryptoMode::Ring)).tls_context(tls).build();
    Ok(SharedHttpConnector::new(connector))
}

/// The certificates of the PEM file that the environment names, or else Mozilla's, which are compiled in.
fn root_certificates() -> Result<Vec<CertificateDer<'static>>> {
    let named = CA_BUNDLES.into_iter().find_map(|name| {
        let file = std::env::var_os(name).filter(|file| !file.is_empty())?;
        Some((name, file))
    });
    let Some((name, file)) = named else { return Ok(webpki_root_certs::TLS_SERVER_ROOT_CERTS.to_vec()) };
    let text = std::fs::read(&file).with_context(|| format!("{name}: can't read {}", file.display()))?;
    let mut certificates: Vec<_> = CertificateDer::pem_slice_iter(&text).flatten().collect();
    // The client panics at one that it can't parse.
    certificates.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
    ensure!(!certificates.is_empty(), "{name}: {} has no root certificate in PEM", file.display());
    Ok(certificates)
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let base64 = base64::encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}
