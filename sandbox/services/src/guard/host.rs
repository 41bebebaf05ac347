//! A host and its port.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The port of `http`, which may be left out.
const DEFAULT_PORT: u16 = 80;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Authority {
    pub(crate) host: Host,
    pub(crate) port: u16,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Host {
    Address(IpAddr),
    /// In lower case.
    Name(String),
}

impl Authority {
    /// `None` for anything but a host and perhaps a port: no user, no empty port.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let end =
            if text.starts_with('[') { text.find(']')? + 1 } else { text.find(':').unwrap_or(text.len()) };
        let (host, port) = text.split_at(end);
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            None if port.is_empty() => DEFAULT_PORT,
            _ => return None,
        };
        Some(Self { host: Host::parse(host)?, port })
    }

    pub(crate) fn is_of_this_machine(&self) -> bool {
        match &self.host {
            Host::Address(address) => address.is_loopback(),
            // Browsers and resolvers keep these names to loopback (RFC 6761), whatever DNS says.
            Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }

    /// The host without its port.
    pub(crate) fn name(&self) -> String {
        self.host.to_string()
    }
}

impl Host {
    /// An address as `127.0.0.1` or `[::1]`, or a name. Other spellings of an address, such as `127.1`, are names. A
    /// name with a dot at its end is refused.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
            return address.parse::<Ipv6Addr>().ok().map(|address| Self::Address(address.into()));
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let is_label = |label: &str| {
            !label.is_empty()
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        text.split('.').all(is_label).then(|| Self::Name(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}
