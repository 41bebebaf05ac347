//! HTTP APIs of API Gateway: their routes to functions, and the throttling of their stage.
//!
//! - `sam`: `AWS::Serverless::HttpApi`, whose routes are events of functions;
//! - `cloudformation`: `AWS::ApiGatewayV2::Api` with its stage, routes and integrations.

pub(crate) mod cloudformation;
pub(crate) mod sam;

pub(crate) use cloudformation::Parts;
pub(crate) use sam::{EVENT, add_route};

use crate::error::Result;
use crate::properties::{Known, Limits, Properties};
use crate::references::http_api_id;
use crate::scope::Resource;
use std::time::Duration;

/// An HTTP API of API Gateway, with one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpApiSpec {
    pub logical_id: String,
    /// The beginning of the default endpoint's name.
    pub id: String,
    /// `StageName`: the first part of every path, unless it is `$default`.
    pub stage: String,
    pub throttle: ThrottleSpec,
    pub routes: Vec<RouteSpec>,
}

/// `DefaultRouteSettings`: a bucket of tokens, one for each request. Without settings it has the size of an account's
/// quota.
///
/// [Throttling](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html)
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThrottleSpec {
    /// `ThrottlingRateLimit`: tokens that are added in a second.
    pub rate: f64,
    /// `ThrottlingBurstLimit`: the most tokens.
    pub burst: u32,
}

/// A route to a function.
///
/// [Create routes](https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html)
#[derive(Clone, Debug, PartialEq)]
pub struct RouteSpec {
    /// In upper case, or `ANY`.
    pub method: String,
    /// Such as `/jobs/{id}` or `/{proxy+}`; `None` for the route `$default`.
    pub path: Option<String>,
    /// The function's logical id.
    pub function: String,
    /// `TimeoutInMillis`: 50 to 30,000, the default.
    pub timeout: Duration,
}

const DEFAULT_STAGE: &str = "$default";
const SETTINGS: Known = Known {
    used: &["ThrottlingBurstLimit", "ThrottlingRateLimit"],
    only_on_aws: &["DataTraceEnabled", "DetailedMetricsEnabled", "LoggingLevel"],
};
const BURST: Limits = Limits { min: 0, max: 1_000_000, unit: "requests" };
const MILLISECONDS: Limits = Limits { min: 50, max: 30_000, unit: "milliseconds" };
#[rustfmt::skip]
const METHODS: [&str; 8] = ["ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

impl HttpApiSpec {
    /// The API without routes. `stage` has the properties of its stage.
    fn new(resource: &Resource, stage_name: String, stage: &Properties<'_>) -> Result<Self> {
        let (logical_id, id) = (resource.id.clone(), http_api_id(resource));
        Ok(Self {
            logical_id,
            id,
            stage: stage_name,
            throttle: ThrottleSpec::read(stage)?,
            routes: Vec::new(),
        })
    }

    /// Adds a route, unless the API has it already. `name` is the property at fault then.
    fn add(&mut self, route: RouteSpec, properties: Option<&Properties<'_>>, name: &str) -> Result<()> {
        let same = |other: &&RouteSpec| other.method == route.method && other.path == route.path;
        if let (Some(properties), Some(other)) = (properties, self.routes.iter().find(same)) {
            let why = format!("{} has this route already; change method or path", other.function);
            return Err(properties.invalid(name, why));
        }
        self.routes.push(route);
        Ok(())
    }
}

impl ThrottleSpec {
    /// The quota of an account ("Amazon API Gateway quotas").
    const OF_ACCOUNT: Self = Self { rate: 10_000.0, burst: 5_000 };

    fn read(stage: &Properties<'_>) -> Result<Self> {
        let Some(settings) = stage.section("DefaultRouteSettings", SETTINGS)? else {
            return Ok(Self::OF_ACCOUNT);
        };
        let rate = settings.text("ThrottlingRateLimit")?.map(|text| {
            let rate = text.parse().ok().filter(|rate: &f64| rate.is_finite() && *rate >= 0.0);
            rate.ok_or_else(|| {
                settings.invalid("ThrottlingRateLimit", format!("{text:?} is not a rate: write a number"))
            })
        });
        let burst = settings.number("ThrottlingBurstLimit", BURST)?;
        Ok(Self {
            rate: rate.transpose()?.unwrap_or(Self::OF_ACCOUNT.rate),
            burst: burst.unwrap_or(Self::OF_ACCOUNT.burst),
        })
    }
}

/// The fault of a path in a route, if it has one.
fn path_fault(path: &str) -> Option<String> {
    let greedy = path.find("+}").is_some_and(|at| at + 2 != path.len());
    (!path.starts_with('/') || greedy)
        .then(|| format!("{path:?} is not a path: it begins with / and has a {{name+}} at its end alone"))
}

fn check_payload_format(properties: &Properties<'_>) -> Result<()> {
    if properties.text("PayloadFormatVersion")?.is_some_and(|version| version != "2.0") {
        properties.report("PayloadFormatVersion", "events have format 2.0 in the sandbox; use that");
    }
    Ok(())
}

fn timeout(properties: Option<&Properties<'_>>) -> Result<Duration> {
    let given =
        properties.map_or(Ok(None), |properties| properties.number("TimeoutInMillis", MILLISECONDS))?;
    Ok(Duration::from_millis(given.unwrap_or(MILLISECONDS.max).into()))
}
