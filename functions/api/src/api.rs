//! One request, from the event to the response.

use crate::api_error::ApiError;
use crate::auth::{AuthDecision, Authenticator};
use crate::email_queue::EmailQueue;
use crate::event::HttpRequest;
use crate::request_body::RequestBody;
use crate::response::HttpResponse;
use crate::route::Route;
use email::Caller;
use futures::FutureExt;
use lambda_http::http::{HeaderValue, Response, header};
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use runtime::Deadline;
use runtime::metrics::{Meter, Metrics};
use serde::Serialize;
use serde_json::json;
use std::{cell::OnceCell, convert::Infallible, panic::AssertUnwindSafe, time::Duration};
use tokio::time::{Instant, timeout_at};

/// The time between the function's last possible answer and its timeout.
const MARGIN: Duration = Duration::from_millis(500);

pub struct Api {
    authenticator: Authenticator,
    pub(crate) queue: EmailQueue,
    meter: Meter,
}

/// One invocation.
pub(crate) struct Invocation<'a> {
    pub(crate) context: &'a Context,
    pub(crate) metrics: &'a Metrics,
    pub(crate) started: Instant,
    pub(crate) deadline: Deadline,
    /// The caller that the token names, once the token was right. The log knows it even if the deadline cuts off the rest.
    pub(crate) caller: OnceCell<Caller>,
}

impl Invocation<'_> {
    pub(crate) fn trace(&self) -> Option<&str> {
        self.context.xray_trace_id.as_deref()
    }
}

impl Api {
    pub fn new(authenticator: Authenticator, queue: EmailQueue, meter: Meter) -> Self {
        Self { authenticator, queue, meter }
    }

    /// Answers one event of an endpoint: always, before the deadline, with a line in the log for each email and one of
    /// metrics.
    pub async fn handle(&self, event: LambdaEvent<HttpRequest>) -> Result<HttpResponse, Infallible> {
        let started = Instant::now();
        let LambdaEvent { payload, context } = event;
        let endpoint = payload.endpoint;
        let metrics = &self.meter.invocation(&context.request_id);
        let deadline = Deadline::before(context.deadline(), MARGIN);
        let invocation =
            Invocation { context: &context, metrics, started, deadline, caller: OnceCell::new() };
        let response = match Route::find(&payload.method, &payload.path) {
            Ok(Route::Health) => json_response(&json!({"status": "ok"})),
            Ok(Route::Submit) => self.answer_one(payload, &invocation).await,
            // Boxed, so that an invocation with one email doesn't move the future of a batch around.
            Ok(Route::SubmitBatch) => Box::pin(self.answer_batch(payload, &invocation)).await,
            Err(error) => invocation.refuse(error),
        };
        Ok(HttpResponse::new(response, endpoint))
    }

    /// Reads the body and checks the token. A compressed body is refused first: it is never decompressed, and the token is
    /// inside. Returns the length of the body too.
    pub(crate) async fn admit(
        &self,
        request: HttpRequest,
        parse: impl FnOnce(&[u8]) -> Result<RequestBody, ApiError>,
        invocation: &Invocation<'_>,
    ) -> Result<(RequestBody, usize), ApiError> {
        if request.is_coded {
            return Err(ApiError::Compressed);
        }
        let body = request
            .into_body()
            .map_err(|_| ApiError::Unreadable("the body is not valid base64".to_owned()))?;
        let request = parse(&body)?;
        match self.authenticator.check(request.tokens(), invocation.metrics).await {
            AuthDecision::Allow { caller: Some(caller) } => drop(invocation.caller.set(caller)),
            AuthDecision::Allow { caller: None } => {}
            AuthDecision::Deny => return Err(ApiError::Forbidden),
            AuthDecision::NoTokens => return Err(ApiError::Unavailable("no token is known".to_owned())),
        }
        Ok((request, body.len()))
    }
}

/// Awaits `result` until the deadline. A panic on the way is an answer too.
///
/// The future of an `async fn` would have room for `result` twice.
pub(crate) fn before<T>(
    deadline: Deadline,
    result: impl Future<Output = Result<T, ApiError>>,
) -> impl Future<Output = Result<T, ApiError>> {
    timeout_at(deadline.instant(), AssertUnwindSafe(result).catch_unwind()).map(|ended| match ended {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(ApiError::Internal),
        Err(_) => Err(ApiError::Unavailable("no answer from AWS before the function's deadline".to_owned())),
    })
}

pub(crate) fn json_response(body: &impl Serialize) -> Response<String> {
    #[expect(clippy::expect_used, reason = "strings and numbers always serialise")]
    let body = serde_json::to_string(body).expect("a response is always JSON");
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
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
