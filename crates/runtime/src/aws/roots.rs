//! Whose certificates are trusted.

use crate::settings::{self, SettingError};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, pem::PemObject};

/// The variables that may name a file of root certificates: the AWS CLI's and SDKs', then OpenSSL's.
const VARIABLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// The root certificates of the PEM file that the environment names, or else Mozilla's, which are compiled in:
/// to read the system's own takes a cold start milliseconds of CPU time.
///
/// # Errors
/// [`SettingError`] if the file can't be read or holds no certificate.
pub(crate) fn from_environment() -> Result<RootCertStore, SettingError> {
    for name in VARIABLES {
        if let Some(file) = settings::read(name)? {
            return from_file(&file).map_err(|reason| SettingError::Wrong { name, reason });
        }
    }
    Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() })
}

fn from_file(file: &str) -> Result<RootCertStore, String> {
    let text = std::fs::read(file).map_err(|error| format!("must name a file that can be read ({error})"))?;
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(CertificateDer::pem_slice_iter(&text).flatten());
    if added == 0 {
        return Err("must name a file with root certificates in PEM".to_owned());
    }
    Ok(roots)
}
