//! A request with several emails. Each has an outcome of its own.

use crate::api::{Api, Invocation, before, json_response};
use crate::api_error::{ApiError, Problem, Room};
use crate::email_queue::{OutgoingEmail, Queued};
use crate::event::HttpRequest;
use crate::outcome::Accepted;
use crate::request_body::RequestBody;
use email::{Email, FieldError, Receipt};
use lambda_http::http::Response;
use runtime::Deadline;
use serde::Serialize;
use std::time::Duration;

/// The time between the last answer of SQS that counts and the answer to the request, which tells what SQS has.
const ANSWER: Duration = Duration::from_millis(200);

/// The outcome of each email, with the receipt that its message has.
type Outcomes = Vec<(Receipt, Result<Accepted, ApiError>)>;

/// The answer, with the outcomes in the order of the emails.
#[derive(Serialize)]
struct BatchAnswer {
    #[serde(flatten)]
    problem: Option<Problem>,
    accepted: usize,
    refused: usize,
    emails: Vec<OutcomeAnswer>,
}

/// The answer that this email would get alone.
#[derive(Serialize)]
#[serde(untagged)]
enum OutcomeAnswer {
    Accepted {
        status: u16,
        #[serde(flatten)]
        accepted: Accepted,
    },
    Refused(Problem),
}

impl Api {
    pub(crate) async fn answer_batch(
        &self,
        request: HttpRequest,
        invocation: &Invocation<'_>,
    ) -> Response<String> {
        match before(invocation.deadline, self.submit_batch(request, invocation)).await {
            Ok(outcomes) => {
                for (receipt, result) in &outcomes {
                    invocation.report(result.as_ref(), *receipt);
                }
                answer(outcomes)
            }
            Err(error) => invocation.refuse(error),
        }
    }

    /// Checks the token, then each email, and sends the good ones to the queue.
    async fn submit_batch(
        &self,
        request: HttpRequest,
        invocation: &Invocation<'_>,
    ) -> Result<Outcomes, ApiError> {
        let (request, _) = self.admit(request, RequestBody::parse_batch, invocation).await?;
        let emails = request.into_emails()?;
        let receipts: Vec<_> = emails.iter().map(|_| Receipt::new()).collect();
        let (caller, trace) = (invocation.caller.get(), invocation.trace());
        let pairs = emails.iter().zip(receipts.iter().copied());
        let good: Vec<_> = pairs
            .filter_map(|(email, receipt)| {
                Some(OutgoingEmail { email: email.as_ref().ok()?, receipt, caller, trace })
            })
            .collect();
        let deadline = Deadline::from(invocation.deadline.instant() - ANSWER);
        let mut sent = self.queue.send_all(&good, deadline, invocation.metrics).await.into_iter();
        let outcome = |(email, receipt): (Result<Email, Vec<FieldError>>, Receipt)| {
            let result = email.map_err(ApiError::Invalid).and_then(|email| {
                let Queued { message_id, bytes } = sent.next().ok_or(ApiError::Internal)??;
                Ok(Accepted { message_id, receipt, bytes, is_canary: email.sender.is_canary() })
            });
            (receipt, result)
        };
        Ok(emails.into_iter().zip(receipts).map(outcome).collect())
    }
}

/// 200, unless SQS took none and may take some later: then 503, for clients and alarms that look at the status alone.
fn answer(outcomes: Outcomes) -> Response<String> {
    let mut room = Room::new();
    let accepted = outcomes.iter().filter(|(_, result)| result.is_ok()).count();
    let unavailable = outcomes.iter().find_map(|(_, result)| match result {
        Err(error @ ApiError::Unavailable(cause)) if accepted == 0 => {
            Some((error.problem(&mut room), cause.clone()))
        }
        _ => None,
    });
    let (problem, cause) = unavailable.unzip();
    let refused = outcomes.len() - accepted;
    let each = |(_, result): (Receipt, Result<Accepted, ApiError>)| match result {
        Ok(accepted) => OutcomeAnswer::Accepted { status: 200, accepted },
        Err(error) => OutcomeAnswer::Refused(error.problem(&mut room)),
    };
    let emails = outcomes.into_iter().map(each).collect();
    let body = BatchAnswer { problem, accepted, refused, emails };
    match cause {
        Some(cause) => ApiError::Unavailable(cause).response_with(&body),
        None => json_response(&body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use email::FieldErrorKind;
    use serde_json::{Value, json};

    fn accepted(receipt: Receipt) -> Result<Accepted, ApiError> {
        Ok(Accepted { message_id: "m-1".to_owned(), receipt, bytes: 7, is_canary: false })
    }

    fn answered(results: Vec<Result<Accepted, ApiError>>) -> (u16, Value) {
        let response = answer(results.into_iter().map(|result| (Receipt::new(), result)).collect());
        (response.status().as_u16(), serde_json::from_str(response.body()).unwrap())
    }

    fn unavailable() -> Result<Accepted, ApiError> {
        Err(ApiError::Unavailable("secret".to_owned()))
    }

    fn invalid(errors: usize, name: &str) -> Result<Accepted, ApiError> {
        let error = |n: usize| FieldError::new("/data/7", &format!("{name}{n}"), FieldErrorKind::Unknown);
        Err(ApiError::Invalid((0..errors).map(error).collect()))
    }

    #[test]
    fn outcomes_are_in_order_and_each_is_that_of_an_email_alone() {
        let receipt = Receipt::new();
        let too_large = Err(ApiError::TooLarge { bytes: 1 << 21 });
        let (status, body) = answered(vec![invalid(1, "x"), accepted(receipt), unavailable(), too_large]);
        assert_eq!((status, &body["accepted"], &body["refused"]), (200, &json!(1), &json!(3)));
        let emails = body["emails"].as_array().unwrap();
        let statuses: Vec<_> = emails.iter().map(|email| email["status"].as_u64().unwrap()).collect();
        assert_eq!(statuses, [400, 200, 503, 413]);
        assert_eq!(emails[0]["errors"][0]["pointer"], "/data/7/x0");
        assert_eq!(emails[1], json!({"status": 200, "message_id": "m-1", "receipt": receipt.to_string()}));
        assert!(!body.to_string().contains("secret") && body.get("title").is_none(), "{body}");
    }

    #[test]
    fn with_none_accepted_a_503_of_one_is_the_answers_status() {
        let (status, body) = answered(vec![invalid(1, "x"), unavailable()]);
        assert_eq!(
            (status, &body["status"], &body["title"]),
            (503, &json!(503), &json!("Service Unavailable"))
        );
        assert_eq!((body["emails"].as_array().unwrap().len(), &body["refused"]), (2, &json!(2)));
        assert_eq!(answered(vec![invalid(1, "x")]).0, 200, "nothing to send again");
        assert_eq!(answered(vec![unavailable(), accepted(Receipt::new())]).0, 200);
    }

    #[test]
    fn the_faults_of_500_emails_stay_below_the_load_balancers_limit() {
        for (errors, name) in [(1_000, "\u{1}".repeat(300)), (5, "\"".repeat(300)), (100, "x".to_owned())] {
            let (_, body) = answered((0..500).map(|_| invalid(errors, &name)).collect());
            // The answer is a string of the event's JSON.
            let bytes = json!(body.to_string()).to_string().len();
            assert!(bytes < 1_000_000, "{bytes}");
            assert!(body.to_string().contains(&format!("the request has {errors} faults")));
            let last = body["emails"][499]["detail"].as_str().unwrap().to_owned();
            assert!(last.contains(&format!("has {errors} faults")) && last.contains("no room"), "{last}");
        }
        let (_, body) = answered((0..500).map(|_| invalid(5, "email_field")).collect());
        let all = |email: &Value| email["errors"].as_array().is_some_and(|errors| errors.len() == 5);
        assert!(body["emails"].as_array().unwrap().iter().all(all), "a usual mistake is listed whole");
    }
}
