//! List prices in US dollars, without tax and free tiers.

use super::{READ, Region};
use serde::Serialize;

/// From a quantity on, the dollars for [`Price::per`] units.
pub(crate) type Tiers = &'static [(f64, f64)];

#[derive(Clone, Copy)]
pub(crate) struct Price {
    pub(crate) name: &'static str,
    /// The price is for so many units.
    pub(crate) per: f64,
    pub(crate) unit: &'static str,
    us_east_1: Tiers,
    /// Empty where the table has no price.
    eu_central_1: Tiers,
    pub(crate) source: &'static str,
    /// AWS's page at hand leaves the number out: it is from memory.
    pub(crate) from_memory: bool,
}

/// A price in one region.
#[derive(Serialize)]
pub(crate) struct PriceRow {
    name: &'static str,
    per: f64,
    unit: &'static str,
    dollars: f64,
    /// For quantities above `from_units`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    further: Vec<Further>,
    region: Region,
    source: &'static str,
    from_memory: bool,
    read: &'static str,
}

#[derive(Serialize)]
struct Further {
    from_units: f64,
    dollars: f64,
}

impl Price {
    pub(crate) fn tiers(&self, region: Region) -> Tiers {
        match region {
            Region::UsEast1 => self.us_east_1,
            Region::EuCentral1 => self.eu_central_1,
        }
    }

    /// Dollars for so many units in a month.
    pub(crate) fn of(&self, region: Region, units: f64) -> f64 {
        let tiers = self.tiers(region);
        let ends = tiers.iter().skip(1).map(|(from, _)| *from).chain([f64::INFINITY]);
        let parts =
            tiers.iter().zip(ends).map(|((from, dollars), end)| (units.min(end) - from).max(0.0) * dollars);
        parts.sum::<f64>() / self.per
    }

    /// Nothing where the table has no price for the region.
    pub(crate) fn row(&self, region: Region) -> Option<PriceRow> {
        let ((_, dollars), further) = self.tiers(region).split_first()?;
        Some(PriceRow {
            name: self.name,
            per: self.per,
            unit: self.unit,
            dollars: *dollars,
            further: further.iter().map(|&(from_units, dollars)| Further { from_units, dollars }).collect(),
            region,
            source: self.source,
            from_memory: self.from_memory,
            read: READ,
        })
    }
}

const fn price(
    name: &'static str,
    per: f64,
    unit: &'static str,
    us: Tiers,
    eu: Tiers,
    source: &'static str,
) -> Price {
    Price { name, per, unit, us_east_1: us, eu_central_1: eu, source, from_memory: false }
}

const fn remembered(
    name: &'static str,
    per: f64,
    unit: &'static str,
    us: Tiers,
    eu: Tiers,
    source: &'static str,
) -> Price {
    Price { from_memory: true, ..price(name, per, unit, us, eu, source) }
}

const M: f64 = 1e6;

pub(crate) const LAMBDA_REQUESTS: Price =
    price("Lambda, requests", M, "requests", &[(0.0, 0.20)], &[(0.0, 0.20)], "AWS Lambda pricing");
pub(crate) const LAMBDA_TIME: Price = price(
    "Lambda, time on arm64",
    1.0,
    "GB-seconds",
    &[(0.0, 0.000_013_333_4)],
    &[(0.0, 0.000_013_333_4)],
    "AWS Lambda pricing, as the package artillery 2.0.28 quotes it",
);
/// A request of up to 64 KiB. Larger ones count as several.
pub(crate) const SQS_REQUESTS: Price = price(
    "SQS, requests of up to 64 KiB",
    M,
    "requests",
    &[(0.0, 0.40)],
    &[(0.0, 0.40)],
    "Amazon SQS pricing, as cloudburn.io quotes it",
);
pub(crate) const S3_WRITES_PRICE: Price =
    remembered("S3, writes", 1_000.0, "writes", &[(0.0, 0.005)], &[(0.0, 0.0054)], "Amazon S3 pricing");
pub(crate) const S3_READS: Price =
    remembered("S3, reads", M, "reads", &[(0.0, 0.40)], &[(0.0, 0.43)], "Amazon S3 pricing");
pub(crate) const S3_STORAGE: Price = remembered(
    "S3, storage",
    1.0,
    "GB-months",
    &[(0.0, 0.023), (51_200.0, 0.022), (512_000.0, 0.021)],
    &[(0.0, 0.0245), (51_200.0, 0.0235), (512_000.0, 0.0225)],
    "Amazon S3 pricing",
);
pub(crate) const LOGS: Price = price(
    "CloudWatch, logs of functions",
    1.0,
    "GB",
    &[(0.0, 0.50), (10_000.0, 0.25), (30_000.0, 0.10), (50_000.0, 0.05)],
    &[(0.0, 0.63), (10_000.0, 0.315), (30_000.0, 0.126), (50_000.0, 0.063)],
    "Amazon CloudWatch pricing, as duckbillgroup.com quotes it; the tiers, and eu-central-1, from memory",
);
pub(crate) const ACCESS_LOGS: Price = remembered(
    "CloudWatch, other logs",
    1.0,
    "GB",
    &[(0.0, 0.50)],
    &[(0.0, 0.63)],
    "Amazon CloudWatch pricing",
);
pub(crate) const METRICS: Price = remembered(
    "CloudWatch, metrics",
    1.0,
    "metric-months",
    &[(0.0, 0.30)],
    &[(0.0, 0.30)],
    "Amazon CloudWatch pricing",
);
pub(crate) const ALARMS: Price = remembered(
    "CloudWatch, alarms",
    1.0,
    "alarm-months",
    &[(0.0, 0.10)],
    &[(0.0, 0.10)],
    "Amazon CloudWatch pricing",
);
pub(crate) const METRIC_READS: Price = remembered(
    "CloudWatch, metrics asked for",
    1_000.0,
    "metrics",
    &[(0.0, 0.01)],
    &[],
    "Amazon CloudWatch pricing",
);
pub(crate) const TRACES: Price =
    price("X-Ray, recorded", M, "traces", &[(0.0, 5.00)], &[(0.0, 5.00)], "AWS X-Ray pricing");
pub(crate) const BALANCER_HOURS: Price = remembered(
    "load balancer",
    1.0,
    "hours",
    &[(0.0, 0.0225)],
    &[(0.0, 0.027)],
    "Elastic Load Balancing pricing",
);
pub(crate) const LCU_HOURS: Price = remembered(
    "load balancer, capacity units",
    1.0,
    "LCU-hours",
    &[(0.0, 0.008)],
    &[(0.0, 0.008)],
    "Elastic Load Balancing pricing",
);
pub(crate) const ADDRESSES: Price =
    remembered("public IPv4 addresses", 1.0, "hours", &[(0.0, 0.005)], &[(0.0, 0.005)], "Amazon VPC pricing");
/// For requests of up to 512 KiB.
pub(crate) const HTTP_API: Price = price(
    "HTTP API, requests of up to 512 KiB",
    M,
    "requests",
    &[(0.0, 1.00), (300e6, 0.90)],
    &[(0.0, 1.20), (300e6, 1.08)],
    "AWS whitepaper: Best Practices for Designing Amazon API Gateway Private APIs; eu-central-1 from memory",
);
pub(crate) const TRANSFER: Price = remembered(
    "answers, to the internet",
    1.0,
    "GB",
    &[(0.0, 0.0), (100.0, 0.09), (10_340.0, 0.085)],
    &[(0.0, 0.0), (100.0, 0.09), (10_340.0, 0.085)],
    "Amazon EC2 pricing: Data Transfer",
);
pub(crate) const KMS_CALLS: Price = remembered(
    "KMS, decryption of tokens",
    10_000.0,
    "calls",
    &[(0.0, 0.03)],
    &[(0.0, 0.03)],
    "AWS Key Management Service pricing",
);
pub(crate) const SSM_CALLS: Price = remembered(
    "SSM, reads at higher throughput",
    10_000.0,
    "reads",
    &[(0.0, 0.05)],
    &[(0.0, 0.05)],
    "AWS Systems Manager pricing",
);
pub(crate) const REPLICATION_CONTROL: Price =
    remembered("S3, replication time control", 1.0, "GB", &[(0.0, 0.015)], &[], "Amazon S3 pricing");
pub(crate) const TO_ANOTHER_REGION: Price =
    remembered("transfer to another region", 1.0, "GB", &[(0.0, 0.02)], &[], "Amazon S3 pricing");
pub(crate) const ATHENA: Price = price(
    "Athena, 10 MB at least for each query",
    1e12,
    "bytes",
    &[(0.0, 5.00)],
    &[],
    "Amazon Athena pricing",
);
pub(crate) const NAT_HOURS: Price = price(
    "NAT gateway",
    1.0,
    "hours",
    &[(0.0, 0.045)],
    &[],
    "Amazon VPC pricing, as other people's pages quote it",
);
pub(crate) const NAT_BYTES: Price = price(
    "NAT gateway, traffic",
    1.0,
    "GB",
    &[(0.0, 0.045)],
    &[],
    "Amazon VPC pricing, as other people's pages quote it",
);
pub(crate) const ENDPOINT_HOURS: Price = remembered(
    "interface endpoint, in each zone",
    1.0,
    "hours",
    &[(0.0, 0.01)],
    &[],
    "AWS PrivateLink pricing",
);
pub(crate) const ENDPOINT_BYTES: Price =
    remembered("interface endpoint, traffic", 1.0, "GB", &[(0.0, 0.01)], &[], "AWS PrivateLink pricing");
pub(crate) const INSTANCE_HOURS: Price =
    remembered("EC2, t3.micro", 1.0, "hours", &[(0.0, 0.0104)], &[], "Amazon EC2 pricing");
pub(crate) const DISK: Price =
    remembered("EBS, gp3", 1.0, "GB-months", &[(0.0, 0.08)], &[], "Amazon EBS pricing");
pub(crate) const SECRETS: Price =
    remembered("Secrets Manager", 1.0, "secret-months", &[(0.0, 0.40)], &[], "AWS Secrets Manager pricing");
pub(crate) const BUDGETS: Price = price(
    "budgets after the first two",
    1.0,
    "days",
    &[(0.0, 0.02)],
    &[],
    "AWS Billing user guide: Managing Your Costs with Budgets",
);

pub(crate) const PRICES: [Price; 30] = [
    LAMBDA_REQUESTS,
    LAMBDA_TIME,
    SQS_REQUESTS,
    S3_WRITES_PRICE,
    S3_READS,
    S3_STORAGE,
    LOGS,
    ACCESS_LOGS,
    METRICS,
    ALARMS,
    METRIC_READS,
    TRACES,
    BALANCER_HOURS,
    LCU_HOURS,
    ADDRESSES,
    HTTP_API,
    TRANSFER,
    KMS_CALLS,
    SSM_CALLS,
    REPLICATION_CONTROL,
    TO_ANOTHER_REGION,
    ATHENA,
    NAT_HOURS,
    NAT_BYTES,
    ENDPOINT_HOURS,
    ENDPOINT_BYTES,
    INSTANCE_HOURS,
    DISK,
    SECRETS,
    BUDGETS,
];
