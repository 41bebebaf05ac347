//! What the SDK tries again on its own.

use aws_sdk_ssm::config::interceptors::InterceptorContext;
use aws_sdk_ssm::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_ssm::error::ProvideErrorMetadata;
use aws_sdk_ssm::operation::get_parameter::GetParameterError;

/// A throttled call is not tried again by the SDK, which would do so within 300 ms: from hundreds of instances that
/// started together, that is three times the calls in the same second. When it is asked again, `cache` decides.
#[derive(Debug)]
pub(crate) struct ThrottledOnce;

impl ThrottledOnce {
    /// AWS's code for it.
    pub(crate) const CODE: &str = "ThrottlingException";
}

impl ClassifyRetry for ThrottledOnce {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let error = error.and_then(|error| error.as_operation_error()?.downcast_ref::<GetParameterError>());
        match error.and_then(ProvideErrorMetadata::code) {
            Some(Self::CODE) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "throttled once"
    }
}
