//! What a metric is called and measured in.

/// The dimension that every metric has: the function's name, which holds the stack's. Lambda's own metrics have the
/// same one, so that a dashboard needs one variable for both, and stacks of one account stay apart.
pub(crate) const FUNCTION_NAME: &str = "FunctionName";

/// A metric as CloudWatch knows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// What its values are measured in.
    pub unit: Unit,
    /// The names of its dimensions. Every value of a dimension makes another metric, paid by the month.
    pub dimensions: &'static [&'static str],
}

/// A unit of CloudWatch's ("MetricDatum", Amazon CloudWatch API reference).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unit {
    Count,
    Milliseconds,
    Seconds,
}

impl Unit {
    /// CloudWatch's word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Seconds => "Seconds",
        }
    }
}

/// A metric that counts.
#[derive(Clone, Copy, Debug)]
pub struct Counter(pub(crate) Definition);

impl Counter {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self(Definition { name, unit: Unit::Count, dimensions: &[FUNCTION_NAME] })
    }
}

/// A metric that counts apart for each value of a second dimension.
#[derive(Clone, Copy, Debug)]
pub struct CounterBy {
    pub(crate) definition: Definition,
    pub(crate) dimension: &'static str,
}

impl CounterBy {
    /// `dimensions` are [`FUNCTION_NAME`] and the second one.
    pub(crate) const fn new(name: &'static str, dimensions: &'static [&'static str; 2]) -> Self {
        Self { definition: Definition { name, unit: Unit::Count, dimensions }, dimension: dimensions[1] }
    }
}

/// A metric of durations.
#[derive(Clone, Copy, Debug)]
pub struct Timing(pub(crate) Definition);

impl Timing {
    pub(crate) const fn new(name: &'static str, unit: Unit) -> Self {
        Self(Definition { name, unit, dimensions: &[FUNCTION_NAME] })
    }
}
