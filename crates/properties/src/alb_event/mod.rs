//! An event of the load balancer, through the whole of `api`.
//!
//! - `event`: the event, as bytes say it or made of them;
//! - `aws`: SSM and SQS;
//! - `expected`: what has to come of it.

mod aws;
mod event;
mod expected;

use crate::contract;
use crate::in_process::{sdk_config, tokio_runtime};
use api::{AlbRequest, Api, Authenticator, EmailQueue, TokenSource};
use aws::{Aws, MESSAGE_ID};
use event::Event;
use expected::Expected;
use lambda_runtime::{Context, LambdaEvent};
use runtime::metrics::Meter;
use serde_json::Value;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The tokens that SSM has, as a rotation leaves them.
const TOKENS: [&str; 2] = ["the-new-token", "the-old-token"];
/// The load balancer takes no longer answer ("Lambda functions as targets", Elastic Load Balancing).
const ANSWER_LIMIT: usize = 1_000_000;

thread_local! {
    static MAILROOM: Mailroom = Mailroom::start();
}

/// Hands an event to `api`.
///
/// # Panics
/// If the answer isn't the one that the contract asks for, if something else than the email is sent to the queue, or
/// if it is sent without a 200.
pub fn check(bytes: &[u8]) {
    let event = Event::read(bytes);
    let Ok(request) = serde_json::from_value::<AlbRequest>(event.json.clone()) else {
        return; // no event of a load balancer: Lambda reports the invocation as failed
    };
    let expected = Expected::of(&event);
    MAILROOM.with(|mailroom| {
        let (answer, sent) = mailroom.handle(&event, request);
        let status = answer["statusCode"].as_u64().expect("a status");
        assert!(expected.statuses.contains(&status), "{status} and not {:?}", expected.statuses);
        is_an_answer(&answer, status);
        match (&expected.email, sent) {
            (Some(email), Some(sent)) => {
                assert_eq!(contract::message(&sent.body).as_ref(), Some(email), "another email in the queue");
                if status == 200 {
                    let body: Value =
                        serde_json::from_str(answer["body"].as_str().expect("a text")).expect("JSON");
                    assert_eq!(body["message_id"], MESSAGE_ID);
                    assert_eq!(
                        body["receipt"], sent.receipt,
                        "the client got another receipt than the queue"
                    );
                }
            }
            (None, None) => assert!(status != 200 || event.is_health_check(), "200 and nothing sent"),
            (Some(_), None) => panic!("{status}: nothing was sent"),
            (None, Some(_)) => panic!("{status}: sent what must not be"),
        }
    });
}

/// Complete, for both kinds of target groups, and no longer than the load balancer takes.
fn is_an_answer(answer: &Value, status: u64) {
    let headers = answer["headers"].as_object().expect("headers");
    for (name, value) in headers {
        assert_eq!(answer["multiValueHeaders"][name][0], *value, "{name}");
    }
    assert!(answer.to_string().len() <= ANSWER_LIMIT, "the load balancer takes no such answer");
    let body: Value = serde_json::from_str(answer["body"].as_str().expect("a text")).expect("JSON");
    if status == 200 {
        assert_eq!(headers["content-type"], "application/json");
        return;
    }
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!(body["status"].as_u64(), Some(status));
    assert!(!body["detail"].as_str().unwrap_or_default().is_empty(), "a refusal without a word");
    assert_eq!(headers.contains_key("allow"), status == 405);
    assert_eq!(headers.contains_key("retry-after"), status == 503);
}

/// The function, with an AWS of its own: once with tokens to know and once without.
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
            let tokens = runtime.block_on(Authenticator::start(source, &meter.init()));
            let queue = EmailQueue::new(aws_sdk_sqs::Client::new(&config), aws::QUEUE_URL.to_owned());
            Api::new(tokens, queue, meter)
        };
        let (api, api_without_tokens) = (api(aws::PARAMETER), api("/nothing/here"));
        Self { runtime, aws, api, api_without_tokens }
    }

    /// The answer, and the message that SQS was sent.
    fn handle(&self, event: &Event, request: AlbRequest) -> (Value, Option<aws::Sent>) {
        self.aws.expect(event.sqs);
        let api = if event.tokens_known { &self.api } else { &self.api_without_tokens };
        let event = LambdaEvent::new(request, Context::default());
        let Ok(answer) = self.runtime.block_on(api.handle(event));
        (serde_json::to_value(answer).expect("an answer is JSON"), self.aws.sent())
    }
}
