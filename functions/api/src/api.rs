//! One request, from the event to the response.

use crate::api_error::ApiError;
use crate::auth::{AuthDecision, Authenticator};
use crate::email_queue::{EmailQueue, SendError};
use crate::event::HttpRequest;
use crate::request_body::RequestBody;
use crate::response::HttpResponse;
use crate::route::Route;
use email::{Caller, Receipt};
use futures::FutureExt;
use lambda_http::http::{HeaderValue, Response, header};
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use runtime::metrics::{ACCEPTED, CANARY_ACCEPTED, Meter, Metrics, REFUSED};
use runtime::{Deadline, telemetry};
use serde_json::json;
use std::{cell::OnceCell, convert::Infallible, panic::AssertUnwindSafe, time::Duration};
use tokio::time::{Instant, timeout_at};

/// The time between the function's last possible answer and its timeout.
const MARGIN: Duration = Duration::from_millis(500);

pub struct Api {
    authenticator: Authenticator,
    queue: EmailQueue,
    meter: Meter,
}

/// Known to the log even if the deadline cuts off the sending.
struct Ids {
    receipt: Receipt,
    /// The caller that the token names, once the token was right.
    caller: OnceCell<Caller>,
}

/// An email that SQS has acknowledged.
#[derive(Debug)]
struct Accepted {
    message_id: String,
    /// The size of the request's body.
    bytes: usize,
    is_canary: bool,
}

impl Api {
    pub fn new(authenticator: Authenticator, queue: EmailQueue, meter: Meter) -> Self {
        Self { authenticator, queue, meter }
    }

    /// Answers one event of an endpoint: always, before the deadline, and with one line in the log and one of metrics.
    pub async fn handle(&self, event: LambdaEvent<HttpRequest>) -> Result<HttpResponse, Infallible> {
        let started = Instant::now();
        let LambdaEvent { payload, context } = event;
        let endpoint = payload.endpoint;
        let metrics = self.meter.invocation(&context.request_id);
        let ids = Ids { receipt: Receipt::new(), caller: OnceCell::new() };
        let result = match Route::find(&payload.method, &payload.path) {
            Ok(Route::Health) => {
                return Ok(HttpResponse::new(json_response(&json!({"status": "ok"})), endpoint));
            }
            Ok(Route::Submit) => {
                let deadline = Deadline::before(context.deadline(), MARGIN);
                let trace = context.xray_trace_id.as_deref();
                before(deadline, self.submit(payload, &ids, trace, &metrics)).await
            }
            Err(error) => Err(error),
        };
        match &result {
            Ok(Accepted { is_canary: true, .. }) => metrics.count(CANARY_ACCEPTED),
            Ok(_) => metrics.count(ACCEPTED),
            Err(error) => metrics.count_by(REFUSED, error.status_and_reason().1),
        }
        log(&result, &ids, &context, started.elapsed());
        let response = match result {
            Ok(Accepted { message_id, .. }) => {
                json_response(&json!({"message_id": message_id, "receipt": ids.receipt.to_string()}))
            }
            Err(error) => error.into_response(),
        };
        Ok(HttpResponse::new(response, endpoint))
    }

    /// Checks the token, then the email, and sends the email to the queue. A compressed body is refused first: it is
    /// never decompressed, and the token is inside.
    async fn submit(
        &self,
        request: HttpRequest,
        ids: &Ids,
        trace: Option<&str>,
        metrics: &Metrics,
    ) -> Result<Accepted, ApiError> {
        if request.is_coded {
            return Err(ApiError::Compressed);
        }
        let body = request
            .into_body()
            .map_err(|_| ApiError::Unreadable("the body is not valid base64".to_owned()))?;
        let request = RequestBody::parse(&body)?;
        match self.authenticator.check(request.tokens(), metrics).await {
            AuthDecision::Allow { caller: Some(caller) } => drop(ids.caller.set(caller)),
            AuthDecision::Allow { caller: None } => {}
            AuthDecision::Deny => return Err(ApiError::Forbidden),
            AuthDecision::NoTokens => return Err(ApiError::Unavailable("no token is known".to_owned())),
        }
        let email = request.into_email()?;
        let message_id = self.queue.send(&email, ids.receipt, ids.caller.get(), trace, metrics).await?;
        Ok(Accepted { message_id, bytes: body.len(), is_canary: email.sender.is_canary() })
    }
}

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::TooLarge { bytes } => Self::TooLarge { bytes },
            SendError::Sqs(_) | SendError::NoMessageId => Self::Unavailable(error.to_string()),
        }
    }
}

/// Awaits `result` until the deadline. A panic on the way is an answer too.
async fn before<T>(
    deadline: Deadline,
    result: impl Future<Output = Result<T, ApiError>>,
) -> Result<T, ApiError> {
    match timeout_at(deadline.instant(), AssertUnwindSafe(result).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(ApiError::Internal),
        Err(_) => Err(ApiError::Unavailable("no answer from AWS before the function's deadline".to_owned())),
    }
}

fn json_response(body: &serde_json::Value) -> Response<String> {
    let mut response = Response::new(body.to_string());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// Logs one line for each request, with nothing that the client sent: even a pointer may be an unknown field's name.
/// A 5xx has a receipt because the queue may have the email all the same.
fn log(result: &Result<Accepted, ApiError>, ids: &Ids, context: &Context, took: Duration) {
    let Ids { receipt, caller } = ids;
    let caller = caller.get().map(Caller::as_str);
    let trace_id = context.xray_trace_id.as_deref().and_then(telemetry::trace_id);
    let request_id = &context.request_id;
    let duration_ms = telemetry::milliseconds(took);
    match result {
        Ok(Accepted { message_id, bytes, is_canary }) => {
            let canary = is_canary.then_some(true);
            tracing::info!(
                %receipt, message_id, trace_id, request_id, caller, canary, status = 200, bytes, duration_ms, "accepted"
            );
        }
        Err(refused) => {
            let ((status, reason), error) = (refused.status_and_reason(), refused.cause());
            let (is_server_error, status) = (status.is_server_error(), status.as_u16());
            if is_server_error {
                tracing::error!(%receipt, trace_id, request_id, caller, status, reason, error, duration_ms, "refused");
            } else {
                tracing::info!(trace_id, request_id, caller, status, reason, duration_ms, "refused");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn soon() -> Deadline {
        (Instant::now() + Duration::from_secs(9)).into()
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_result_at_the_deadline_the_answer_is_a_503() {
        let started = Instant::now();
        let result = before(soon(), std::future::pending::<Result<(), _>>()).await;
        assert!(matches!(result, Err(ApiError::Unavailable(_))), "{result:?}");
        let waited = started.elapsed();
        assert!(waited >= Duration::from_secs(9) && waited < Duration::from_millis(9_100), "{waited:?}");
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_too() {
        let result = before(soon(), async { panic!("on purpose") as Result<(), _> }).await;
        assert!(matches!(result, Err(ApiError::Internal)), "{result:?}");
    }

    #[tokio::test]
    async fn a_result_before_the_deadline_is_passed_on() {
        assert!(matches!(before(soon(), async { Ok(7) }).await, Ok(7)));
        let refused = before(soon(), async { Err::<(), _>(ApiError::Forbidden) }).await;
        assert!(matches!(refused, Err(ApiError::Forbidden)), "{refused:?}");
    }
}
