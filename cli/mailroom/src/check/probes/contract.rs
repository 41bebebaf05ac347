//! The endpoint answers as `docs/openapi.yaml` says.

use super::delivery::Accepted;
use super::expected::Expected;
use super::result;
use crate::check::context::{CheckContext, data, new_email};
use crate::check::recording::ProbeRequest;
use crate::check::report::ProbeResult;
use anyhow::Result;
use probe::Response;
use secrecy::ExposeSecret;
use serde_json::json;

const CONTENT: &str = "Sent to see whether everything works; nobody needs it.";
/// More than the 1 MB that the load balancer passes on ("Use Lambda functions as targets", Elastic Load Balancing): it
/// answers this with a page of its own. Behind another server, the function's own limit is lower too.
const TOO_LARGE: usize = 1_100_000;
/// Where the faulty email has its errors.
const POINTERS: &[&str] = &[
    "/data/email_subject",
    "/data/email_sender",
    "/data/email_timestream",
    "/data/email_content",
    "/data/email_priority",
    "/trace",
];

/// Sends each request once. The last is a good email, so that its way to the bucket begins with the next probe.
pub(crate) async fn probe(context: &CheckContext<'_>) -> (ProbeResult, Option<Accepted>) {
    let mut problems = Vec::new();
    let bodies = Bodies::new(context);
    let requests = requests(&bodies);
    let mut forbidden = Vec::new();
    for (request, expected) in &requests {
        match context.send("contract", request).await {
            Ok(response) => {
                let found = expected.problems(&response, &context.recorder);
                problems.extend(found.into_iter().map(|problem| format!("{request}: {problem}")));
                if response.status == 403 {
                    forbidden.push(response);
                }
            }
            Err(error) => problems.push(format!("{request}: {error:#}")),
        }
    }
    if !all_alike(&forbidden) {
        problems.push("without the right token, the answer depends on what else is wrong".to_owned());
    }
    let accepted = post(context).await;
    let accepted = accepted.map_err(|error| problems.push(format!("{error:#}"))).ok();
    (result(&problems, format!("{} answers as documented", requests.len() + 1)), accepted)
}

async fn post(context: &CheckContext<'_>) -> Result<Accepted> {
    Accepted::post(context, "contract", "a good email", new_email(context, CONTENT)?).await
}

/// A caller without the token learns nothing: neither whether there was one, nor about the fields.
fn all_alike(forbidden: &[Response]) -> bool {
    let seen = |response: &Response| (response.header("content-type").to_owned(), response.body.clone());
    forbidden.windows(2).all(|pair| seen(&pair[0]) == seen(&pair[1]))
}

fn requests(bodies: &Bodies) -> [(ProbeRequest<'_>, Expected); 10] {
    let forbidden = Expected::problem(403);
    let bare = ProbeRequest::bare;
    let post = ProbeRequest::post;
    [
        (bare("GET", "/health"), Expected::status(200)),
        (bare("HEAD", "/health"), Expected::status(200)),
        (bare("GET", "/no-such-path"), Expected::problem(404)),
        (bare("GET", "/api/email"), Expected::problem(405).allow("POST")),
        (post("an email without a token", &bodies.no_token), forbidden),
        (post("an email with a wrong token", &bodies.wrong_token), forbidden),
        (post("faults and a wrong token", &bodies.wrong_token_and_faults), forbidden),
        (post("faults and the token", &bodies.faults), Expected::problem(400).pointers(POINTERS)),
        (post("over 1 MB", &bodies.too_large), Expected::status(413)),
        // It is refused before the token is looked at.
        (post("a compressed body", &bodies.no_token).coded("gzip"), Expected::problem(415)),
    ]
}

/// Request bodies that have to be refused.
struct Bodies {
    no_token: String,
    wrong_token: String,
    wrong_token_and_faults: String,
    faults: String,
    too_large: String,
}

impl Bodies {
    fn new(context: &CheckContext<'_>) -> Self {
        let (token, wrong) = (context.token.expose_secret(), format!("{:016x}", fastrand::u64(..)));
        let good = data(&context.refused_sender, &context.timestream, CONTENT);
        let large = data(&context.refused_sender, &context.timestream, &"x".repeat(TOO_LARGE));
        // Not text, blank, signed, missing, and unknown in two places.
        let faulty =
            json!({"email_subject": 7, "email_sender": " ", "email_timestream": "+1", "email_priority": ""});
        Self {
            no_token: json!({"data": good}).to_string(),
            wrong_token: json!({"data": good, "token": wrong}).to_string(),
            wrong_token_and_faults: json!({"data": faulty, "token": wrong, "trace": ""}).to_string(),
            faults: json!({"data": faulty, "token": token, "trace": ""}).to_string(),
            too_large: json!({"data": large, "token": token}).to_string(),
        }
    }
}
