//! A counter in Prometheus' text format.

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::{MetricType, TypedMetric, counter::Counter};
use std::fmt;
use std::sync::atomic::AtomicU64;

/// A counter whose full name, `..._total`, is the name that it is registered with.
///
/// The crate writes OpenMetrics, where a family is called `sold` and its sample `sold_total`. In Prometheus' text format
/// both have the same name, or the sample has neither a type nor a help.
#[derive(Clone, Debug, Default)]
pub(crate) struct Total(Counter<f64, AtomicU64>);

impl Total {
    /// A counter never falls: a value below 0 is left out.
    pub(crate) fn add(&self, value: f64) {
        if value >= 0.0 {
            self.0.inc_by(value);
        }
    }
}

impl TypedMetric for Total {
    const TYPE: MetricType = MetricType::Counter;
}

impl EncodeMetric for Total {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        encoder.encode_gauge(&self.0.get()) // a gauge's sample has no suffix
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}
