//! The certificates that the functions trust.

use crate::harness::{Ours, alb_event, email, invoke_api, request};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, crypto::ring};
use sandbox::events::Events;
use sandbox::lambda::Function;
use sandbox::services::faults::Faults;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A TLS proxy with a certificate of an unknown authority.
pub(crate) struct Tls {
    address: SocketAddr,
    pub(crate) authority: PathBuf,
    _directory: TempDir,
}

impl Tls {
    /// Before a system's AWS.
    async fn before(system: &Ours) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, system.stack.aws().endpoint_url().trim_start_matches("http://"))
    }

    /// Before what answers at `address`.
    pub(crate) fn on(listener: TcpListener, behind: &str) -> Self {
        let (issuer, authority) = authority();
        let key = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned()];
        let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(forward(listener, TlsAcceptor::from(Arc::new(config)), behind.to_owned()));

        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("authority.pem");
        std::fs::write(&file, authority).unwrap();
        Self { address, authority: file, _directory: directory }
    }

    /// The system's `api`, asking AWS over TLS, with one more variable in its environment.
    fn api(&self, system: &Ours, variable: Option<(&str, &str)>) -> Function {
        let mut config = system.function("ApiFunction").config().clone();
        let url = format!("https://localhost:{}", self.address.port());
        config.environment.insert("AWS_ENDPOINT_URL".to_owned(), url);
        config.environment.extend(variable.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Function::new(config, Events::default(), Faults::default())
    }
}

/// A certificate authority: what signs, and its certificate in PEM.
fn authority() -> (Issuer<'static, KeyPair>, String) {
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap().pem();
    (Issuer::new(parameters, key), certificate)
}

async fn forward(listener: TcpListener, acceptor: TlsAcceptor, behind: String) {
    while let Ok((client, _)) = listener.accept().await {
        let (acceptor, behind) = (acceptor.clone(), behind.clone());
        tokio::spawn(async move {
            // A client that doesn't trust the certificate ends the handshake.
            let Ok(mut client) = acceptor.accept(client).await else { return };
            let mut server = TcpStream::connect(behind).await.expect("it is there");
            // Either side may hang up.
            let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
        });
    }
}

/// The status of a good request.
async fn post(api: &Function) -> u16 {
    invoke_api(api, &alb_event("POST", "/", &[], &request(&email("John doe")).to_string())).await.status
}

#[tokio::test]
async fn a_bundle_that_the_environment_names_is_trusted() {
    let system = Ours::start().await;
    let tls = Tls::before(&system).await;
    let file = tls.authority.to_str().unwrap();
    for name in ["AWS_CA_BUNDLE", "SSL_CERT_FILE"] {
        assert_eq!(post(&tls.api(&system, Some((name, file)))).await, 200, "{name}");
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_trusted_by_nobody() {
    let system = Ours::start().await;
    let tls = Tls::before(&system).await;
    assert_eq!(post(&tls.api(&system, None)).await, 503);
    let (_, other) = authority();
    let file = tls.authority.with_file_name("other.pem");
    std::fs::write(&file, other).unwrap();
    assert_eq!(post(&tls.api(&system, Some(("AWS_CA_BUNDLE", file.to_str().unwrap())))).await, 503);
}
