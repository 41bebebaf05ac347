//! The outcome of one email, counted and logged.

use crate::api::Invocation;
use crate::api_error::ApiError;
use crate::email_queue::SendError;
use email::{Caller, Receipt};
use lambda_http::http::Response;
use runtime::metrics::{ACCEPTED, CANARY_ACCEPTED, REFUSED};
use runtime::telemetry;
use serde::{Serialize, Serializer};

/// An email that SQS has acknowledged. Its JSON is the answer to it.
#[derive(Debug, Serialize)]
pub(crate) struct Accepted {
    pub(crate) message_id: String,
    #[serde(serialize_with = "as_text")]
    pub(crate) receipt: Receipt,
    /// The size of the request's body, or of the email in a batch.
    #[serde(skip)]
    pub(crate) bytes: usize,
    #[serde(skip)]
    pub(crate) is_canary: bool,
}

fn as_text<S: Serializer>(receipt: &Receipt, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(receipt)
}

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::TooLarge { bytes } => Self::TooLarge { bytes },
            _ => Self::Unavailable(error.to_string()),
        }
    }
}

impl Invocation<'_> {
    /// The answer to a request that is refused as a whole.
    pub(crate) fn refuse(&self, error: ApiError) -> Response<String> {
        self.report(Err(&error), Receipt::new());
        error.into_response()
    }

    /// Counts the outcome of an email, and logs one line for it, with nothing that the client sent: even a pointer may be
    /// an unknown field's name. A 5xx has a receipt because the queue may have the email all the same.
    pub(crate) fn report(&self, result: Result<&Accepted, &ApiError>, receipt: Receipt) {
        let caller = self.caller.get().map(Caller::as_str);
        let trace_id = self.trace().and_then(telemetry::trace_id);
        let request_id = &self.context.request_id;
        let duration_ms = telemetry::milliseconds(self.started.elapsed());
        match result {
            Ok(Accepted { message_id, bytes, is_canary, .. }) => {
                self.metrics.count(if *is_canary { CANARY_ACCEPTED } else { ACCEPTED });
                let canary = is_canary.then_some(true);
                tracing::info!(
                    %receipt, message_id, trace_id, request_id, caller, canary, status = 200, bytes, duration_ms, "accepted"
                );
            }
            Err(refused) => {
                let ((status, reason), error) = (refused.status_and_reason(), refused.cause());
                self.metrics.count_by(REFUSED, reason);
                let (is_server_error, status) = (status.is_server_error(), status.as_u16());
                if is_server_error {
                    tracing::error!(%receipt, trace_id, request_id, caller, status, reason, error, duration_ms, "refused");
                } else {
                    tracing::info!(trace_id, request_id, caller, status, reason, duration_ms, "refused");
                }
            }
        }
    }
}
