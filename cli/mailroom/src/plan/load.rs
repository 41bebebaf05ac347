//! What arrives.

use clap::{ValueEnum, value_parser};
use std::str::FromStr;

#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Emails a second, such as 1000/s
    #[arg(long, value_name = "N/s")]
    pub(crate) rate: Rate,
    /// Bytes of an email
    #[arg(long, value_name = "BYTES", value_parser = value_parser!(u64).range(1..=1_048_576))]
    pub(crate) size: u64,
    /// ObjectKeyLayout
    #[arg(long, value_enum, default_value = "flat")]
    pub(crate) layout: Layout,
    /// Emails in a request: 1 for POST /api/email, more for /api/emails
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u64).range(1..=500))]
    pub(crate) batch: u64,
    /// From 15:00, S3 answers every write with a 503 for so long, such as 1h
    #[arg(long, value_name = "DURATION")]
    pub(crate) outage: Option<humantime::Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Layout {
    Flat,
    Dated,
    Batch,
}

/// Emails a second, at most a million.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate(pub(crate) f64);

#[derive(Debug, thiserror::Error)]
#[error("not a rate such as 1000/s or 0.5/s, above 0 and at most 1000000/s")]
pub(crate) struct InvalidRate;

impl FromStr for Rate {
    type Err = InvalidRate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_suffix("/s").unwrap_or(text).replace([',', '_'], "");
        let rate = number.parse().map_err(|_| InvalidRate)?;
        (rate > 0.0 && rate <= 1e6).then_some(Self(rate)).ok_or(InvalidRate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_a_number_a_second() {
        for (text, rate) in [("1000/s", 1_000.0), ("50,000/s", 50_000.0), ("0.5/s", 0.5), ("7", 7.0)] {
            assert_eq!(text.parse::<Rate>().unwrap(), Rate(rate), "{text}");
        }
        for text in ["", "/s", "0/s", "-1/s", "NaN/s", "inf/s", "1000001/s", "10/min"] {
            assert!(text.parse::<Rate>().unwrap_err().to_string().contains("1000/s"), "{text}");
        }
    }
}
