//! The versions that a deployment is about to give traffic to: each gets an email as its own caller would send it.

use crate::bucket;
use crate::invocation::{http_api_event, http_response, invoke, load_balancer_event, sqs_event, takes_all};
use crate::public_path::{new_email, refused};
use crate::run::{Failure, Run, Step};
use crate::settings::{Endpoints, Settings, Versions};
use crate::token;
use email::Receipt;
use probe::{Acceptance, ProbeEmail};
use secrecy::ExposeSecret;
use serde_json::Value;

/// How an endpoint tells `api` of a request with this body.
type Event = fn(&str) -> Value;

/// Either deployment tests both versions: CodeDeploy doesn't tell which function it deploys.
pub(crate) async fn test(
    run: &Run<'_>,
    ssm: &aws_sdk_ssm::Client,
    s3: &aws_sdk_s3::Client,
    lambda: &aws_sdk_lambda::Client,
) -> Result<(), Failure> {
    let settings = Settings::read().map_err(|error| run.failure(error.to_string()))?;
    let versions = Versions::read().map_err(|error| run.failure(error.to_string()))?;

    let (email, receipt) = (new_email(run, &settings)?, Receipt::new());
    run.step(Step::Worker, deliver(lambda, &versions.worker, &email, receipt)).await?;
    bucket::follow(run, s3, &settings, &email, receipt).await?;

    let token = run.step(Step::Token, token::first(ssm, &settings.token_parameter)).await?;
    let events: &[Event] = match versions.endpoints {
        Endpoints::LoadBalancer => &[load_balancer_event],
        Endpoints::HttpApi => &[http_api_event],
        Endpoints::Both => &[load_balancer_event, http_api_event],
    };
    for event in events {
        let email = new_email(run, &settings)?;
        let event = event(&email.request_body(token.expose_secret()));
        let acceptance = run.step(Step::Api, accept(lambda, &versions.api, &event)).await?;
        bucket::follow(run, s3, &settings, &email, acceptance.receipt).await?;
    }
    Ok(())
}

async fn deliver(
    lambda: &aws_sdk_lambda::Client,
    worker: &str,
    email: &ProbeEmail,
    receipt: Receipt,
) -> Result<(), String> {
    let response = invoke(lambda, worker, &sqs_event(email.email(), receipt)).await?;
    if takes_all(&response) { Ok(()) } else { Err("it gave the message back".to_owned()) }
}

async fn accept(lambda: &aws_sdk_lambda::Client, api: &str, event: &Value) -> Result<Acceptance, String> {
    let response = http_response(&invoke(lambda, api, event).await?)?;
    Acceptance::try_from(&response).map_err(|error| refused(&error))
}
