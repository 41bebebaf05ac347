//! AWS's limits and prices: the one table that the plan, the simulation and docs/CAPACITY.md share.

mod limits;
mod prices;

pub(crate) use limits::*;
pub(crate) use prices::*;

use clap::ValueEnum;
use serde::Serialize;

/// The month in which the sources were read.
const READ: &str = "2026-11";

/// The regions whose prices the table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Region {
    #[serde(rename = "us-east-1")]
    #[value(name = "us-east-1")]
    UsEast1,
    #[serde(rename = "eu-central-1")]
    #[value(name = "eu-central-1")]
    EuCentral1,
}

impl Region {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UsEast1 => "us-east-1",
            Self::EuCentral1 => "eu-central-1",
        }
    }
}
