//! Requests without the headers that AWS counts its SDKs by.

use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::user_agent::UserAgentInterceptor;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, disable_interceptor, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// The name in CloudTrail and in the access logs of S3.
const USER_AGENT: &str = concat!("mailroom/", env!("CARGO_PKG_VERSION"));

/// Leaves out `x-amz-user-agent`, `amz-sdk-invocation-id` and `amz-sdk-request`, and shortens `user-agent`. SigV4 asks for
/// none of them ("Create a signed AWS API request", IAM User Guide). The SDK would build them for every request and sign
/// the first: 40,000 instructions, 7% of an invocation of `api` and of a record of `worker`.
#[derive(Debug)]
pub struct FewerHeaders;

#[dyn_dispatch_hint]
impl Intercept for FewerHeaders {
    fn name(&self) -> &'static str {
        "fewer headers"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let cause = "only AWS reads the header";
        config
            .interceptor_state()
            .store_put(disable_interceptor::<UserAgentInterceptor>(cause))
            .store_put(disable_interceptor::<InvocationIdInterceptor>(cause))
            .store_put(disable_interceptor::<RequestInfoInterceptor>(cause));
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert("user-agent", USER_AGENT);
        Ok(())
    }
}
