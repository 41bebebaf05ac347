//! Invokes a version of a function with an event as its own caller sends it.

use aws_sdk_lambda::primitives::Blob;
use email::{Email, Receipt, wire_format};
use probe::Response;
use runtime::aws::AwsError;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// Returns the function's response. Neither an error nor its reason quotes the response, which may quote the event.
pub(crate) async fn invoke(
    lambda: &aws_sdk_lambda::Client,
    version: &str,
    event: &Value,
) -> Result<Value, String> {
    let payload = Blob::new(event.to_string());
    let response = lambda.invoke().function_name(version).payload(payload).send().await;
    let response = response.map_err(|error| format!("Lambda Invoke: {}", AwsError::from(error)))?;
    if let Some(error) = response.function_error() {
        return Err(format!("the function failed: {error}"));
    }
    let payload = response.payload().map(AsRef::as_ref).unwrap_or_default();
    serde_json::from_slice(payload).map_err(|_| "the response is not JSON".to_owned())
}

/// The load balancer's event ("Receive events from the load balancer", Elastic Load Balancing).
pub(crate) fn load_balancer_event(body: &str) -> Value {
    json!({
        "requestContext": {"elb": {"targetGroupArn": ""}},
        "httpMethod": "POST",
        "path": "/api/email",
        "queryStringParameters": {},
        "headers": {"content-type": "application/json"},
        "body": body,
        "isBase64Encoded": false,
    })
}

/// The HTTP API's event, payload format 2.0 ("Working with AWS Lambda proxy integrations for HTTP APIs", API Gateway).
pub(crate) fn http_api_event(body: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "POST /api/email",
        "rawPath": "/api/email",
        "rawQueryString": "",
        "headers": {"content-type": "application/json"},
        "requestContext": {"http": {"method": "POST", "path": "/api/email", "protocol": "HTTP/1.1"}, "stage": "$default"},
        "body": body,
        "isBase64Encoded": false,
    })
}

/// The response of `api` to either endpoint.
pub(crate) fn http_response(response: &Value) -> Result<Response, String> {
    let status = response["statusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    let status = status.ok_or("the response has no statusCode")?;
    let body = response["body"].as_str().unwrap_or_default().into();
    Ok(Response { status, headers: Vec::new(), body })
}

/// A batch of one message, as SQS has it from `api` ("Using Lambda with Amazon SQS", AWS Lambda developer guide).
pub(crate) fn sqs_event(email: &Email, receipt: Receipt) -> Value {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
    json!({"Records": [{
        "messageId": Uuid::new_v4().to_string(),
        "receiptHandle": "",
        "body": wire_format::encode(email),
        "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": now},
        "messageAttributes": {Receipt::NAME: {"stringValue": receipt.to_string(), "dataType": "String"}},
        "eventSource": "aws:sqs",
    }]})
}

/// True if the response of `worker` gives nothing back.
pub(crate) fn takes_all(response: &Value) -> bool {
    response["batchItemFailures"].as_array().is_some_and(Vec::is_empty)
}
