//! A certificate authority for one run, and the stub's certificate.

use anyhow::{Context, Result};
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

/// Creates a certificate, and a bundle in `directory` with its authority and all that the system trusts: a function on
/// Lambda reads as many, which takes much of its start.
pub(crate) fn create(directory: &Path) -> Result<(TlsAcceptor, PathBuf)> {
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
    std::fs::write(&roots, bundle).with_context(|| format!("can't write {}", roots.display()))?;

    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone(), authority.der().clone()], key)?;
    Ok((TlsAcceptor::from(Arc::new(config)), roots))
}
