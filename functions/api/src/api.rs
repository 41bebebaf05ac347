//! One request, from the door to the answer.

use crate::alb::{self, AlbRequest};
use crate::outbox::{Outbox, SendError};
use crate::refusal::Refusal;
use crate::route::Route;
use crate::submission::Submission;
use crate::tokens::{TokenStore, Verdict};
use email::Receipt;
use futures::FutureExt;
use lambda_http::aws_lambda_events::alb::AlbTargetGroupResponse;
use lambda_http::http::{HeaderValue, Response, header};
use lambda_http::lambda_runtime::{Context, LambdaEvent};
use runtime::metrics::{ACCEPTED, Meter, Metrics, REFUSED};
use runtime::{Deadline, telemetry};
use serde_json::json;
use std::{convert::Infallible, panic::AssertUnwindSafe, time::Duration};
use tokio::time::{Instant, timeout_at};

/// How long before its timeout the function answers whatever AWS does.
const MARGIN: Duration = Duration::from_millis(500);

/// The function.
pub struct Api {
    tokens: TokenStore,
    outbox: Outbox,
    meter: Meter,
}

/// An email that SQS has acknowledged.
#[derive(Debug)]
struct Acceptance {
    message_id: String,
    bytes: usize,
}

impl Api {
    /// The function, with all that it needs.
    #[must_use]
    pub fn new(tokens: TokenStore, outbox: Outbox, meter: Meter) -> Self {
        Self { tokens, outbox, meter }
    }

    /// Answers one event of the load balancer: always, in time, and with one line in the log and one of metrics.
    ///
    /// # Errors
    /// None: a refusal is an answer too.
    pub async fn handle(&self, event: LambdaEvent<AlbRequest>) -> Result<AlbTargetGroupResponse, Infallible> {
        let started = Instant::now();
        let LambdaEvent { payload, context } = event;
        let metrics = self.meter.invocation(&context.request_id);
        let receipt = Receipt::new(); // here, so that the log has it even if the deadline cuts the sending off
        let answered = match Route::find(&payload.http_method, &payload.path) {
            Ok(Route::Health) => return Ok(alb::answer(healthy())),
            Ok(Route::Submit) => {
                let deadline = Deadline::before(context.deadline(), MARGIN);
                let trace = context.xray_trace_id.as_deref();
                in_time(deadline, self.accept(payload, receipt, trace, &metrics)).await
            }
            Err(refusal) => Err(refusal),
        };
        match &answered {
            Ok(_) => metrics.count(ACCEPTED),
            Err(refusal) => metrics.count_by(REFUSED, refusal.reason()),
        }
        log(&answered, receipt, &context, started.elapsed());
        Ok(alb::answer(
            answered.map_or_else(Refusal::into_response, |acceptance| accepted(&acceptance, receipt)),
        ))
    }

    /// Checks the token, then the email, and hands the email to the queue.
    async fn accept(
        &self,
        request: AlbRequest,
        receipt: Receipt,
        trace: Option<&str>,
        metrics: &Metrics,
    ) -> Result<Acceptance, Refusal> {
        let body = alb::body(request).map_err(|error| Refusal::Unreadable(error.to_string()))?;
        let submission = Submission::read(&body)?;
        match self.tokens.check(submission.tokens(), metrics).await {
            Verdict::Accepted => {}
            Verdict::Refused => return Err(Refusal::Forbidden),
            Verdict::Unknown => return Err(Refusal::Unavailable("no token is known".to_owned())),
        }
        let email = submission.into_email()?;
        let message_id = self.outbox.send(&email, receipt, trace, metrics).await?;
        Ok(Acceptance { message_id, bytes: body.len() })
    }
}

impl From<SendError> for Refusal {
    fn from(error: SendError) -> Self {
        match error {
            SendError::TooLarge { bytes } => Self::TooLarge { bytes, limit: SendError::LIMIT },
            SendError::Sqs(_) | SendError::NoMessageId => Self::Unavailable(error.to_string()),
        }
    }
}

/// Waits for `answer` until the deadline. A panic on the way is a bug of ours, and an answer all the same.
async fn in_time<T>(
    deadline: Deadline,
    answer: impl Future<Output = Result<T, Refusal>>,
) -> Result<T, Refusal> {
    match timeout_at(deadline.instant(), AssertUnwindSafe(answer).catch_unwind()).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => Err(Refusal::Bug),
        Err(_) => Err(Refusal::Unavailable("no answer from AWS before the function's deadline".to_owned())),
    }
}

fn healthy() -> Response<String> {
    json_response(&json!({"status": "ok"}))
}

fn accepted(acceptance: &Acceptance, receipt: Receipt) -> Response<String> {
    json_response(&json!({"message_id": acceptance.message_id, "receipt": receipt.to_string()}))
}

fn json_response(body: &serde_json::Value) -> Response<String> {
    let mut response = Response::new(body.to_string());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// One line a request. It never holds what the client sent: not even a pointer, which may be an unknown
/// field's name. A refusal has a receipt where the queue may have the email all the same.
fn log(answered: &Result<Acceptance, Refusal>, receipt: Receipt, context: &Context, took: Duration) {
    let trace_id = context.xray_trace_id.as_deref().and_then(telemetry::trace_id);
    let request_id = &context.request_id;
    let duration_ms = took.as_secs_f64() * 1_000.0;
    match answered {
        Ok(Acceptance { message_id, bytes }) => {
            tracing::info!(%receipt, message_id, trace_id, request_id, status = 200, bytes, duration_ms, "accepted");
        }
        Err(refusal) => {
            let (status, reason) = (refusal.status().as_u16(), refusal.reason());
            match refusal {
                Refusal::Unavailable(error) => {
                    tracing::error!(%receipt, trace_id, request_id, status, reason, error, duration_ms, "refused");
                }
                Refusal::Bug => {
                    tracing::error!(%receipt, trace_id, request_id, status, reason, duration_ms, "refused");
                }
                _ => tracing::info!(trace_id, request_id, status, reason, duration_ms, "refused"),
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
    async fn an_answer_that_does_not_come_is_a_503_at_the_deadline() {
        let started = Instant::now();
        let answer = in_time(soon(), std::future::pending::<Result<(), _>>()).await;
        assert!(matches!(answer, Err(Refusal::Unavailable(_))), "{answer:?}");
        let waited = started.elapsed();
        assert!(waited >= Duration::from_secs(9) && waited < Duration::from_millis(9_100), "{waited:?}");
    }

    #[tokio::test]
    async fn a_panic_is_an_answer_too() {
        let answer = in_time(soon(), async { panic!("on purpose") as Result<(), _> }).await;
        assert!(matches!(answer, Err(Refusal::Bug)), "{answer:?}");
    }

    #[tokio::test]
    async fn an_answer_in_time_is_passed_on() {
        assert!(matches!(in_time(soon(), async { Ok(7) }).await, Ok(7)));
        assert!(matches!(
            in_time(soon(), async { Err::<(), _>(Refusal::Forbidden) }).await,
            Err(Refusal::Forbidden)
        ));
    }
}
