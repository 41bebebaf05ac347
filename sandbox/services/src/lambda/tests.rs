//! `Invoke` of a function that answers with what it got.

use super::*;
use http::{Request, Response};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use s3s::Body;
use serde_json::{Value, json};

#[derive(Default)]
struct Echo {
    queued: Mutex<Vec<Invocation>>,
    refusal: Option<RunError>,
}

#[async_trait::async_trait]
impl Run for Echo {
    async fn run(&self, invocation: Invocation) -> Result<Outcome, RunError> {
        if let Some(refusal) = self.refusal {
            return Err(refusal);
        }
        let got = json!({
            "event": String::from_utf8_lossy(&invocation.payload),
            "id": invocation.request_id,
            "arn": invocation.arn,
            "trace": invocation.trace_id,
            "context": invocation.client_context,
        });
        let failed = invocation.payload.starts_with(b"{\"fail\"");
        Ok(Outcome { payload: got.to_string().into(), failed, log: "log\n".repeat(2_000).into() })
    }

    fn enqueue(&self, invocation: Invocation) {
        self.queued.lock().push(invocation);
    }
}

fn lambda(run: Arc<Echo>) -> Lambda {
    let lambda = Lambda::new("eu-central-1", "000000000000");
    lambda.add(Registered { name: "plain".to_owned(), alias: None, run: run.clone() });
    lambda.add(Registered { name: "jobs".to_owned(), alias: Some("live".to_owned()), run });
    lambda
}

/// Status, headers and body of an answer.
type Answer = (u16, http::HeaderMap, Vec<u8>);

async fn ask(run: Arc<Echo>, function: &str, headers: &[(&str, &str)], payload: impl Into<Bytes>) -> Answer {
    let (name, query) = function.split_once('?').unwrap_or((function, ""));
    let request = Request::post(format!("/2015-03-31/functions/{name}/invocations?{query}"));
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let (head, ()) = request.body(()).unwrap().into_parts();
    let answer = match api::Call::read(&head) {
        Ok(call) => api::invoke(&lambda(run), call, payload.into(), "id-1").await,
        Err(error) => Err(error),
    };
    let response: Response<Body> = answer.unwrap_or_else(|error| crate::rest_json::refuse(&error));
    let (head, body) = response.into_parts();
    let body = BodyExt::collect(body).await.unwrap().to_bytes();
    (head.status.as_u16(), head.headers, body.to_vec())
}

async fn echo(function: &str, headers: &[(&str, &str)], payload: impl Into<Bytes>) -> Answer {
    ask(Arc::default(), function, headers, payload).await
}

fn json((_, _, body): &Answer) -> Value {
    serde_json::from_slice(body).unwrap()
}

#[tokio::test]
async fn an_invocation_answers_with_the_response_and_the_version() {
    for (function, version, arn) in [
        ("jobs", "$LATEST", "jobs"),
        ("jobs?Qualifier=$LATEST", "$LATEST", "jobs:$LATEST"),
        ("jobs?Qualifier=live", "1", "jobs:live"),
        ("jobs:live", "1", "jobs:live"),
        ("jobs:1", "1", "jobs:1"),
        ("arn%3Aaws%3Alambda%3Aeu-central-1%3A000000000000%3Afunction%3Ajobs%3Alive", "1", "jobs:live"),
        ("000000000000:function:plain", "$LATEST", "plain"),
    ] {
        let answer = echo(function, &[], "{\"a\": 1}").await;
        let got = json(&answer);
        assert_eq!(
            (answer.0, answer.1["x-amz-executed-version"].to_str().unwrap()),
            (200, version),
            "{function}"
        );
        assert_eq!(
            got["arn"],
            format!("arn:aws:lambda:eu-central-1:000000000000:function:{arn}"),
            "{function}"
        );
        assert_eq!((&got["event"], &got["id"]), (&json!("{\"a\": 1}"), &json!("id-1")));
        assert!(!answer.1.contains_key("x-amz-function-error") && !answer.1.contains_key("x-amz-log-result"));
    }
    assert_eq!(json(&echo("jobs", &[], "").await)["event"], "{}", "an event without a body");
}

#[tokio::test]
async fn a_function_that_is_not_there_is_not_found_with_the_arn_that_was_meant() {
    let arn = "arn:aws:lambda:eu-central-1:000000000000:function";
    for (function, meant) in [
        ("other", format!("{arn}:other:$LATEST")),
        ("jobs?Qualifier=next", format!("{arn}:jobs:next")),
        ("plain?Qualifier=live", format!("{arn}:plain:live")),
        ("plain:1", format!("{arn}:plain:1")),
        (
            "111111111111:function:jobs",
            format!("{}:jobs:$LATEST", arn.replace("000000000000", "111111111111")),
        ),
    ] {
        let answer = echo(function, &[], "{}").await;
        assert_eq!(
            (answer.0, &answer.1["x-amzn-errortype"]),
            (404, &"ResourceNotFoundException".parse().unwrap())
        );
        assert_eq!(json(&answer), json!({"Message": format!("Function not found: {meant}"), "Type": "User"}));
    }
    let elsewhere = echo("arn:aws:lambda:us-east-1:000000000000:function:jobs", &[], "{}").await;
    let message = "Functions from 'us-east-1' are not reachable in this region ('eu-central-1')";
    assert_eq!((elsewhere.0, json(&elsewhere)["Message"].clone()), (404, json!(message)));
}

#[tokio::test]
async fn a_payload_that_is_not_json_and_unknown_values_are_refused() {
    for (headers, payload, code) in [
        (&[][..], "not json", "InvalidRequestContentException"),
        (&[], "{\"a\": ", "InvalidRequestContentException"),
        (&[("x-amz-invocation-type", "Later")], "{}", "ValidationException"),
        (&[("x-amz-log-type", "All")], "{}", "ValidationException"),
        (&[("x-amz-client-context", "e30")], "{}", "InvalidRequestContentException"),
        (&[("x-amz-client-context", "W10=")], "{}", "InvalidRequestContentException"),
        (&[("x-amz-tenant-id", "red")], "{}", "InvalidParameterValueException"),
        (&[("x-amz-durable-execution-name", "one")], "{}", "InvalidParameterValueException"),
    ] {
        let answer = echo("jobs", headers, payload).await;
        assert_eq!((answer.0, answer.1["x-amzn-errortype"].to_str().unwrap()), (400, code), "{headers:?}");
    }
    let prefix = "Could not parse request body into json: Could not parse payload into json: ";
    assert!(json(&echo("jobs", &[], "x").await)["message"].as_str().unwrap().starts_with(prefix));
}

#[tokio::test]
async fn a_request_may_have_6_mb_and_an_event_1_mb() {
    let payload = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));
    let event = &[("x-amz-invocation-type", "Event")][..];
    for (headers, limit, status, message) in [
        (
            &[][..],
            6_291_456,
            200,
            "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        ),
        (
            event,
            1_048_576,
            202,
            "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
        ),
    ] {
        assert_eq!(echo("jobs", headers, payload(limit)).await.0, status);
        let refused = echo("jobs", headers, payload(limit + 1)).await;
        assert_eq!((refused.0, json(&refused)["message"].as_str().unwrap()), (413, message));
        assert_eq!(refused.1["x-amzn-errortype"], "RequestEntityTooLargeException");
    }
}

#[tokio::test]
async fn a_failure_is_said_in_a_header_and_the_log_is_the_last_4_kb() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let answer = echo("jobs", &[("x-amz-log-type", "Tail")], "{\"fail\": 1}").await;
    assert_eq!((answer.0, &answer.1["x-amz-function-error"]), (200, &"Unhandled".parse().unwrap()));
    let log = BASE64_STANDARD.decode(answer.1["x-amz-log-result"].as_bytes()).unwrap();
    assert_eq!(log, "log\n".repeat(1_024).as_bytes());
    assert!(!echo("jobs", &[("x-amz-log-type", "None")], "{}").await.1.contains_key("x-amz-log-result"));
}

#[tokio::test]
async fn an_event_is_taken_and_a_dry_run_does_nothing() {
    let run = Arc::<Echo>::default();
    let context = ("x-amz-client-context", "eyJhIjoxfQ==");
    let event = ask(run.clone(), "jobs", &[("x-amz-invocation-type", "Event"), context], "{\"a\": 1}").await;
    assert_eq!((event.0, event.2.len(), event.1.contains_key("x-amz-executed-version")), (202, 0, false));
    let dry = ask(run.clone(), "jobs", &[("x-amz-invocation-type", "DryRun")], "{}").await;
    assert_eq!((dry.0, dry.2.len()), (204, 0));
    assert_eq!(echo("other", &[("x-amz-invocation-type", "DryRun")], "{}").await.0, 404);
    let queued = run.queued.lock();
    let [event] = queued.as_slice() else { panic!("{queued:?}") };
    assert_eq!((&event.payload[..], event.client_context.as_deref()), (&b"{\"a\": 1}"[..], None));
}

#[tokio::test]
async fn the_trace_and_the_client_context_of_the_caller_reach_the_function() {
    let headers =
        [("x-amzn-trace-id", "Root=1-a;Parent=b;Sampled=1"), ("x-amz-client-context", "eyAiYSI6IDEgfQ==")];
    let got = json(&echo("jobs", &headers, "{}").await);
    assert_eq!((&got["trace"], &got["context"]), (&json!("1-a"), &json!("{\"a\":1}")));
}

#[tokio::test]
async fn a_function_that_has_all_it_can_do_is_a_429() {
    let busy = Arc::new(Echo { refusal: Some(RunError::Throttled), ..Echo::default() });
    let answer = ask(busy, "jobs", &[], "{}").await;
    assert_eq!(
        (answer.0, &answer.1["x-amzn-errortype"]),
        (429, &"TooManyRequestsException".parse().unwrap())
    );
    let expected =
        json!({"message": "Rate Exceeded.", "Type": "User", "Reason": "ConcurrentInvocationLimitExceeded"});
    assert_eq!(json(&answer), expected);
}
