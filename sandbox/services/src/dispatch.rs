//! One request, from its head to its answer.

use super::{
    Services, cloudformation, cut_off,
    faults::{Fault, Faults},
    json::{self, WireError},
    logs,
    operation::{self, Operation, Service},
    query::{self, Form},
    s3, signature, sqs, ssm,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use s3s::Body;
use serde_json::Value;
use std::future::Future;
use uuid::Uuid;

/// A batch holds 1 MiB of messages. JSON makes that more: a line break takes two bytes, and a client that writes
/// everything beyond ASCII as `\uXXXX` doubles or triples it.
const JSON_BODY_LIMIT: usize = 8 * 1024 * 1024;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const S3_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// The client gets no answer: its connection is closed.
#[derive(Debug, thiserror::Error)]
#[error("a fault closed the connection without an answer")]
pub(crate) struct NoAnswer;

pub(crate) async fn answer(
    services: &Services,
    request: Request<Incoming>,
) -> Result<Response<Body>, NoAnswer> {
    if let Some(page) = services.pages.respond(&request) {
        return Ok(page.map(|body| Body::from(Bytes::from(body))));
    }
    let id = Uuid::new_v4().to_string();
    let mut response = match Operation::of(&request) {
        Ok(operation) if operation.service == Service::S3 => {
            s3_answer(services, &operation, &id, request).await?
        }
        Ok(Operation { service: Service::CloudFormation, .. }) => {
            query_answer(services, &id, request).await?
        }
        Ok(operation) => json_answer(services, &operation, request).await?,
        Err(target) => WireError::unknown_operation(&target).into_response(Service::Sqs.content_type()),
    };
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(S3_REQUEST_ID, id.clone());
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(response)
}

async fn s3_answer(
    services: &Services,
    operation: &Operation,
    id: &str,
    request: Request<Incoming>,
) -> Result<Response<Body>, NoAnswer> {
    let subject = operation::s3_subject(request.uri());
    let work = async {
        match services.s3_protocol.call(request.map(Body::from)).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(?error, "S3 could not answer");
                s3::error_answer(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", id)
            }
        }
    };
    let refuse = |status, code: &str| s3::error_answer(status, code, id);
    under_faults(&services.faults, operation, &subject, refuse, work).await
}

async fn json_answer(
    services: &Services,
    operation: &Operation,
    request: Request<Incoming>,
) -> Result<Response<Body>, NoAnswer> {
    let content_type = operation.service.content_type();
    let (head, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(error) => return Ok(error.into_response(content_type)),
    };
    if let Err(error) = signature::check(&head, &body, operation.service) {
        return Ok(error.of(operation.service).into_response(content_type));
    }
    let request = match json::parse(&body) {
        Ok(request) => request,
        Err(error) => return Ok(error.into_response(content_type)),
    };
    let subject = json_subject(&request);
    let work = async {
        let answer = match operation.service {
            Service::Sqs => sqs::api::call(&services.sqs, &operation.name, request).await,
            Service::Logs => logs::api::call(&services.logs, &operation.name, request),
            _ => ssm::api::call(&services.ssm, &operation.name, request),
        };
        match answer {
            Ok(body) => json::respond(StatusCode::OK, content_type, &body),
            Err(error) => error.into_response(content_type),
        }
    };
    let refuse = |status, code: &str| json_fault(operation.service, status, code).into_response(content_type);
    under_faults(&services.faults, operation, &subject, refuse, work).await
}

async fn query_answer(
    services: &Services,
    id: &str,
    request: Request<Incoming>,
) -> Result<Response<Body>, NoAnswer> {
    let service = Service::CloudFormation;
    let refused = |error: &WireError| query::refuse(error, cloudformation::api::NAMESPACE, id);
    let (head, body) = request.into_parts();
    let body = match read(body).await {
        Ok(body) => body,
        Err(error) => return Ok(refused(&error)),
    };
    let form = Form::parse(&body);
    // Which service it is for is not known before, so what is for none of ours is said before who asks.
    let believed = cloudformation::api::check(&form)
        .map_err(WireError::from)
        .and_then(|()| signature::check(&head, &body, service).map_err(|error| error.of(service)));
    if let Err(error) = believed {
        return Ok(refused(&error));
    }
    let operation = Operation { service, name: form.action().to_owned() };
    let work = async {
        match cloudformation::api::describe_stacks(&services.cloudformation, &form) {
            Ok(result) => query::respond(&operation.name, cloudformation::api::NAMESPACE, &result, id),
            Err(error) => refused(&error.into()),
        }
    };
    let refuse = |status, code: &str| refused(&json_fault(service, status, code));
    let subject = form.get("StackName").unwrap_or_default();
    under_faults(&services.faults, &operation, subject, refuse, work).await
}

/// Does the work, or what a fault says instead.
async fn under_faults(
    faults: &Faults,
    operation: &Operation,
    subject: &str,
    refuse: impl FnOnce(StatusCode, &str) -> Response<Body>,
    work: impl Future<Output = Response<Body>>,
) -> Result<Response<Body>, NoAnswer> {
    match faults.arrived(&operation.name, subject) {
        None => Ok(work.await),
        Some(Fault::Error { status, code }) => {
            Ok(refuse(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &code))
        }
        Some(Fault::Stall) => std::future::pending().await,
        Some(Fault::Drop) => Err(NoAnswer),
        // What has no body can't be cut off.
        Some(Fault::CutOff) if !operation.name.starts_with("Head") => {
            cut_off::cut_off(work.await).await.ok_or(NoAnswer)
        }
        Some(Fault::LostAnswer | Fault::CutOff) => {
            work.await;
            Err(NoAnswer)
        }
        Some(Fault::Delay(delay)) => {
            tokio::time::sleep(delay).await;
            Ok(work.await)
        }
    }
}

async fn read(body: Incoming) -> Result<Bytes, WireError> {
    match Limited::new(body, JSON_BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(WireError::too_large(JSON_BODY_LIMIT)),
        Err(_) => Err(WireError::incomplete()),
    }
}

/// The queue's name, the parameter's or the log group's.
fn json_subject(request: &Value) -> String {
    let text = |member: &str| request.get(member).and_then(Value::as_str);
    let queue = text("QueueUrl").map(|url| url.rsplit('/').next().unwrap_or(url));
    let group = || text("logGroupName").or_else(|| text("logGroupIdentifier"));
    queue.or_else(|| text("QueueName")).or_else(|| text("Name")).or_else(group).unwrap_or_default().to_owned()
}

fn json_fault(service: Service, status: StatusCode, code: &str) -> WireError {
    let sqs = service == Service::Sqs;
    WireError {
        status,
        kind: if sqs { format!("com.amazonaws.sqs#{code}") } else { code.to_owned() },
        query_code: sqs.then(|| code.to_owned()),
        message: "A fault that was asked for.".to_owned(),
    }
}
