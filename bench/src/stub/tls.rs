//! A certificate authority for one run, and the certificate of the stub.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// Where systems keep the certificates that they trust.
const SYSTEM_ROOTS: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// No certificate can be made.
    #[error("no certificate can be made")]
    Certificate(#[from] rcgen::Error),
    /// The certificate can't be used.
    #[error("the stub's certificate is of no use")]
    Server(#[from] tokio_rustls::rustls::Error),
    /// The certificates can't be written down.
    #[error("the certificates to trust can't be written to {path}")]
    Roots {
        /// Where they would be.
        path: PathBuf,
        /// Why they aren't.
        source: std::io::Error,
    },
}

/// Who the stub is, and what its clients must trust.
pub(crate) struct Identity {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) roots: PathBuf,
}

impl Identity {
    /// Makes one, and writes its authority into a bundle in `directory`, beside all that the system trusts: a function
    /// on Lambda reads as many, and to read them is much of its start.
    pub(crate) fn make(directory: &Path) -> Result<Self, TlsError> {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "benchmark");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
        let key = KeyPair::generate()?;
        let server = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()])?;
        let server = server.signed_by(&key, &authority)?;

        let roots = directory.join("roots.pem");
        let trusted = SYSTEM_ROOTS.iter().find_map(|path| std::fs::read_to_string(path).ok());
        let bundle = format!("{}\n{}", authority.pem(), trusted.unwrap_or_default());
        std::fs::write(&roots, bundle).map_err(|source| TlsError::Roots { path: roots.clone(), source })?;

        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![server.der().clone(), authority.der().clone()], key)?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), roots })
    }
}
