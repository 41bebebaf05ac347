//! Hosts and origins that the user lets in.

use super::host::{Authority, Host};
use std::str::FromStr;

/// A host beside this machine's own, such as `host.docker.internal`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllowedHost(Host);

/// The origin of web pages, such as `http://localhost:5173`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AllowedOrigin(String);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "{0:?} is not a host: write a name or an address without scheme, port and path, as host.docker.internal"
)]
pub struct NotAHost(String);

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is not an origin: write scheme, host and port without a path, as http://localhost:5173")]
pub struct NotAnOrigin(String);

impl AllowedHost {
    pub(crate) fn is(&self, authority: &Authority) -> bool {
        self.0 == authority.host
    }
}

impl FromStr for AllowedHost {
    type Err = NotAHost;

    fn from_str(text: &str) -> Result<Self, NotAHost> {
        Host::parse(text).map(Self).ok_or_else(|| NotAHost(text.to_owned()))
    }
}

impl AllowedOrigin {
    /// Browsers write an origin in lower case and without the scheme's own port.
    pub(crate) fn is(&self, origin: &str) -> bool {
        self.0 == origin
    }
}

impl FromStr for AllowedOrigin {
    type Err = NotAnOrigin;

    /// `null` and `*` are refused: they are any page.
    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let origin = || {
            let (scheme, authority) = text.split_once("://")?;
            let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
            Authority::parse(authority).filter(|_| is_scheme)?;
            let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.to_ascii_lowercase());
            let own_port = match scheme.as_str() {
                "http" => ":80",
                "https" => ":443",
                _ => "",
            };
            let authority = authority.strip_suffix(own_port).unwrap_or(&authority);
            Some(Self(format!("{scheme}://{authority}")))
        };
        origin().ok_or_else(|| NotAnOrigin(text.to_owned()))
    }
}
