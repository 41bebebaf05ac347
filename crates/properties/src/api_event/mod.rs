//! An event of either endpoint, through the whole of `api`.
//!
//! - `event`: the event, read from the bytes or generated from them;
//! - `aws`: SSM and SQS;
//! - `expected`: the expected response.

mod aws;
mod event;
mod expected;

use crate::contract;
use crate::in_process::{sdk_config, tokio_runtime};
use api::{Api, Authenticator, EmailQueue, HttpRequest, TokenSource};
use aws::{Aws, MESSAGE_ID, Sent};
use event::Event;
pub use event::Form;
use expected::Expected;
use lambda_runtime::{Context, LambdaEvent};
use runtime::metrics::Meter;
use serde_json::Value;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The tokens in SSM, as a rotation leaves them.
const TOKENS: [&str; 2] = ["the-new-token", "the-old-token"];
/// The largest response that the load balancer accepts ("Lambda functions as targets", Elastic Load Balancing).
const RESPONSE_LIMIT: usize = 1_000_000;

thread_local! {
    static MAILROOM: Mailroom = Mailroom::start();
}

/// Passes an event to `api`. Bytes that start as an object are the event; others generate one in this form.
///
/// # Panics
/// If the response is not the contract's, if anything but the emails is sent to the queue, or if one is sent without a
/// 200.
pub fn check(bytes: &[u8], form: Form) {
    let event = Event::read(bytes, form);
    let Ok(request) = serde_json::from_value::<HttpRequest>(event.json.clone()) else {
        return; // not an event of an endpoint: Lambda reports the invocation as failed
    };
    let expected = Expected::of(&event);
    MAILROOM.with(|mailroom| {
        let (response, sent) = mailroom.handle(&event, request);
        let status = response["statusCode"].as_u64().expect("a status");
        assert!(expected.statuses.contains(&status), "{status} and not {:?}", expected.statuses);
        let body = check_response(&response, status, event.form());
        if event.is_batch() && body["emails"].is_array() {
            check_outcomes(&expected, &body, &sent);
            return;
        }
        assert!(expected.outcomes.is_none(), "{status}: no outcomes");
        match (&expected.emails[..], &sent[..]) {
            ([email], [sent]) => {
                assert_eq!(contract::message(&sent.body).as_ref(), Some(email), "another email in the queue");
                if status == 200 {
                    check_accepted(&body, sent);
                }
            }
            ([], []) => assert!(status != 200 || event.is_health_check(), "200 and nothing sent"),
            ([_, ..], []) => panic!("{status}: nothing was sent"),
            (_, sent) => panic!("{status}: {} sent without being accepted", sent.len()),
        }
    });
}

/// Checks that each email of a batch has its outcome, and that SQS has exactly the emails that may be accepted.
fn check_outcomes(expected: &Expected, body: &Value, sent: &[Sent]) {
    let outcomes = body["emails"].as_array().expect("outcomes");
    let statuses: Vec<_> =
        outcomes.iter().map(|outcome| outcome["status"].as_u64().expect("a status")).collect();
    let accepted = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(
        (&body["accepted"], &body["refused"]),
        (&accepted.into(), &(statuses.len() - accepted).into())
    );
    let may_be_queued = statuses.iter().filter(|status| [200, 503].contains(*status)).count();
    assert_eq!(sent.len(), may_be_queued, "{statuses:?}");
    // In one process calls begin, and reach SQS, in the order of the emails.
    let queued = outcomes.iter().zip(&statuses).filter(|(_, status)| [200, 503].contains(*status));
    for ((outcome, status), sent) in queued.zip(sent) {
        if *status == 200 {
            check_accepted(outcome, sent);
        }
    }
    if let Some(expected_statuses) = &expected.outcomes {
        assert_eq!(statuses, *expected_statuses);
        let queued: Vec<_> = sent.iter().map(|sent| contract::message(&sent.body)).collect();
        let emails: Vec<_> = expected.emails.iter().cloned().map(Some).collect();
        assert!(queued == emails, "other emails in the queue");
    }
}

fn check_accepted(answer: &Value, sent: &Sent) {
    assert_eq!(answer["message_id"], MESSAGE_ID);
    assert_eq!(answer["receipt"], sent.receipt, "not the receipt in the queue");
}

/// Checks that the response is complete, in the form of the event, and not too large; returns its body.
fn check_response(response: &Value, status: u64, form: Form) -> Value {
    let headers = response["headers"].as_object().expect("headers");
    match form {
        // Both kinds of target groups.
        Form::LoadBalancer => {
            for (name, value) in headers {
                assert_eq!(response["multiValueHeaders"][name][0], *value, "{name}");
            }
        }
        Form::HttpApi => {
            let members: Vec<_> = response.as_object().expect("an object").keys().collect();
            assert_eq!(members, ["body", "headers", "isBase64Encoded", "statusCode"]);
            assert!(headers.values().all(Value::is_string), "{headers:?}");
        }
    }
    assert!(response.to_string().len() <= RESPONSE_LIMIT, "too large for the load balancer");
    let body: Value = serde_json::from_str(response["body"].as_str().expect("a text")).expect("JSON");
    let is_problem = status != 200;
    let content_type = if is_problem { "application/problem+json" } else { "application/json" };
    assert_eq!(headers["content-type"], content_type);
    assert_eq!(is_problem.then_some(status), body["status"].as_u64());
    assert!(!is_problem || body["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "no detail");
    assert_eq!(headers.contains_key("accept-encoding"), status == 415);
    assert_eq!(headers.contains_key("allow"), status == 405);
    assert_eq!(headers.contains_key("retry-after"), status == 503);
    body
}

/// The function with its AWS: once with tokens in SSM and once without.
struct Mailroom {
    runtime: Runtime,
    aws: Arc<Aws>,
    api: Api,
    api_without_tokens: Api,
}

impl Mailroom {
    fn start() -> Self {
        let runtime = tokio_runtime();
        let aws = Arc::new(Aws::default());
        let config = sdk_config(Arc::clone(&aws));
        let api = |parameter: &str| {
            let meter = Meter::new("fuzzed".to_owned());
            let source = TokenSource::new((&config).into(), parameter.to_owned());
            let authenticator = runtime.block_on(Authenticator::start(source, &meter.init()));
            let queue = EmailQueue::new(aws_sdk_sqs::Client::new(&config), aws::QUEUE_URL.to_owned());
            Api::new(authenticator, queue, meter)
        };
        let (api, api_without_tokens) = (api(aws::PARAMETER), api("/nothing/here"));
        Self { runtime, aws, api, api_without_tokens }
    }

    /// The response, and the messages that SQS received.
    fn handle(&self, event: &Event, request: HttpRequest) -> (Value, Vec<Sent>) {
        self.aws.expect(event.sqs);
        let api = if event.tokens_known { &self.api } else { &self.api_without_tokens };
        let event = LambdaEvent::new(request, Context::default());
        let Ok(response) = self.runtime.block_on(api.handle(event));
        (serde_json::to_value(response).expect("a response is JSON"), self.aws.sent())
    }
}
