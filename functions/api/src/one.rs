//! A request with one email.

use crate::api::{Api, Invocation, before, json_response};
use crate::api_error::ApiError;
use crate::email_queue::OutgoingEmail;
use crate::event::HttpRequest;
use crate::outcome::Accepted;
use crate::request_body::RequestBody;
use email::Receipt;
use lambda_http::http::Response;

impl Api {
    pub(crate) async fn answer_one(
        &self,
        request: HttpRequest,
        invocation: &Invocation<'_>,
    ) -> Response<String> {
        let receipt = Receipt::new();
        let result = before(invocation.deadline, self.submit(request, receipt, invocation)).await;
        invocation.report(result.as_ref(), receipt);
        match result {
            Ok(accepted) => json_response(&accepted),
            Err(error) => error.into_response(),
        }
    }

    /// Checks the token, then the email, and sends the email to the queue.
    async fn submit(
        &self,
        request: HttpRequest,
        receipt: Receipt,
        invocation: &Invocation<'_>,
    ) -> Result<Accepted, ApiError> {
        let (request, bytes) = self.admit(request, RequestBody::parse, invocation).await?;
        let email = &request.into_email()?;
        let (caller, trace) = (invocation.caller.get(), invocation.trace());
        let outgoing = OutgoingEmail { email, receipt, caller, trace };
        let message_id = self.queue.send(&outgoing, invocation.metrics).await?;
        Ok(Accepted { message_id, receipt, bytes, is_canary: email.sender.is_canary() })
    }
}
