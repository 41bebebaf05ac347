//! The emails that arrive.

use super::facts::{REQUEST_BYTES, Region};
use anyhow::{Result, bail};
use clap::{ValueEnum, value_parser};
use indicatif::HumanCount;
use serde::Serialize;
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
    /// Endpoint
    #[arg(long, value_enum, default_value = "alb")]
    pub(crate) endpoint: Endpoint,
    /// Tracing
    #[arg(long, value_enum, default_value = "Active", ignore_case = true)]
    pub(crate) tracing: Tracing,
    /// SystemLogLevel
    #[arg(long, value_enum, default_value = "INFO", ignore_case = true)]
    pub(crate) system_log_level: SystemLogLevel,
    /// Region of the prices
    #[arg(long, value_enum, default_value = "us-east-1")]
    pub(crate) region: Region,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Layout {
    Flat,
    Dated,
    Batch,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Endpoint {
    Alb,
    HttpApi,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Tracing {
    #[value(name = "Active")]
    Active,
    #[value(name = "PassThrough")]
    PassThrough,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SystemLogLevel {
    #[value(name = "INFO")]
    Info,
    #[value(name = "WARN")]
    Warn,
}

/// The members of a request beside its emails: `data` and the token.
const ENVELOPE_BYTES: u64 = 200;

impl Load {
    pub(crate) fn requests_per_second(&self) -> f64 {
        self.rate.0 / self.batch as f64
    }

    pub(crate) fn request_bytes(&self) -> u64 {
        self.batch * (self.size + 1) + ENVELOPE_BYTES
    }

    /// The load balancer refuses a larger request.
    pub(crate) fn check(&self) -> Result<()> {
        if self.batch == 1 || self.request_bytes() <= REQUEST_BYTES.value {
            return Ok(());
        }
        let most = (REQUEST_BYTES.value - ENVELOPE_BYTES) / (self.size + 1);
        let (batch, size) = (HumanCount(self.batch), HumanCount(self.size));
        bail!(
            "a request of {batch} emails of {size} bytes is larger than 1 MiB; use --batch {} at most",
            most.max(1)
        )
    }
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
