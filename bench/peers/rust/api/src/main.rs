//! Takes an email over HTTP and queues it.

use aws_sdk_sqs::types::MessageAttributeValue;
use lambda_http::{Body, Error, Request, RequestPayloadExt, Response, run, service_fn, tracing};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::env;
use uuid::Uuid;

#[derive(Deserialize)]
struct Submission {
    data: Email,
    token: String,
}

#[derive(Deserialize, Serialize)]
struct Email {
    email_subject: String,
    email_sender: String,
    email_timestream: String,
    email_content: String,
}

struct State {
    sqs: aws_sdk_sqs::Client,
    queue_url: String,
    token: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing::init_default_subscriber();
    let config = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let ssm = aws_sdk_ssm::Client::new(&config);
    let parameter =
        ssm.get_parameter().name(env::var("SSM_TOKEN_PARAMETER")?).with_decryption(true).send().await?;
    let token = parameter.parameter.and_then(|parameter| parameter.value).ok_or("no token")?;
    let state =
        State { sqs: aws_sdk_sqs::Client::new(&config), queue_url: env::var("SQS_QUEUE_URL")?, token };
    run(service_fn(|request| handle(&state, request))).await
}

async fn handle(state: &State, request: Request) -> Result<Response<Body>, Error> {
    let Ok(Some(submission)) = request.json::<Submission>() else {
        return answer(400, &json!({"title": "not an email"}));
    };
    if submission.token != state.token {
        return answer(403, &json!({"title": "not allowed"}));
    }
    let email = submission.data;
    if email.email_sender.trim().is_empty() || email.email_timestream.parse::<u64>().is_err() {
        return answer(400, &json!({"title": "not an email"}));
    }
    let receipt = Uuid::now_v7().to_string();
    let attribute =
        MessageAttributeValue::builder().data_type("String").string_value(receipt.as_str()).build()?;
    let sent = state
        .sqs
        .send_message()
        .queue_url(&state.queue_url)
        .message_body(serde_json::to_string(&email)?)
        .message_attributes("receipt", attribute)
        .send()
        .await?;
    tracing::info!(receipt, "accepted");
    answer(200, &json!({"message_id": sent.message_id, "receipt": receipt}))
}

fn answer(status: u16, body: &serde_json::Value) -> Result<Response<Body>, Error> {
    let response = Response::builder().status(status).header("content-type", "application/json");
    Ok(response.body(body.to_string().into())?)
}
