//! Where the metrics of an instance come from.

use super::invocation::Metrics;
use super::names::COLD_STARTS;
use crate::settings::{SettingError, required};
use std::cell::Cell;

/// Makes the metrics of each invocation of one instance.
#[derive(Debug)]
pub struct Meter {
    function: String,
    is_warm: Cell<bool>,
}

impl Meter {
    /// A meter for the function that Lambda says this is.
    ///
    /// # Errors
    /// [`SettingError`] if Lambda says nothing.
    pub fn from_environment() -> Result<Self, SettingError> {
        required("AWS_LAMBDA_FUNCTION_NAME", "the function's name, as Lambda does").map(Self::of)
    }

    /// A meter for the function of this name.
    #[must_use]
    pub fn of(function: String) -> Self {
        Self { function, is_warm: Cell::new(false) }
    }

    /// The metrics of the init, which has no request.
    pub fn init(&self) -> Metrics {
        Metrics::of(&self.function, None)
    }

    /// The metrics of an invocation. The first one is the instance's cold start.
    pub fn invocation(&self, request_id: &str) -> Metrics {
        let metrics = Metrics::of(&self.function, Some(request_id));
        if !self.is_warm.replace(true) {
            metrics.count(COLD_STARTS);
        }
        metrics
    }
}
