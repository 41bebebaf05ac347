//! One request, from its head to its response: the service that it is for, and the fault that it meets.

use crate::error::{Result, ServiceError};
use crate::operation::{Operation, Service, s3_subject};
use crate::outcome::{Outcome, under_faults};
use crate::query::{self, Form};
use crate::unsupported::Unsupported;
use crate::{
    Services, StoreError, cloudformation, guard, json, lambda, logs, rest_json, s3, secrets, signature, sqs,
    ssm, trace,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use s3s::Body;
use serde_json::Value;
use std::sync::Arc;
use tokio::net::TcpStream;
use uuid::Uuid;

/// A batch holds 1 MiB of messages. JSON makes that more: a line break takes two bytes, and a client that writes
/// everything beyond ASCII as escapes (`\u00e9`) doubles or triples it.
const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// The message of an error that a test or `--chaos` asked for.
const INJECTED: &str = "An injected fault.";
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const S3_REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// Answers the requests of one connection.
pub(crate) async fn serve(stream: TcpStream, services: Arc<Services>) {
    let service = service_fn(move |request| {
        let services = Arc::clone(&services);
        // Boxed: the future of an S3 operation is large, and there is one in every connection.
        Box::pin(async move { guard::admit(&services, request, |request| respond(&services, request)).await })
    });
    if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await {
        // A client that hangs up, or an injected fault.
        tracing::debug!(%error, "a connection ended early");
    }
}

async fn respond(services: &Services, request: Request<Incoming>) -> Outcome {
    if let Some(page) = services.pages.respond(&request).await {
        return Ok(page.map(|body| Body::from(Bytes::from(body))));
    }
    let id = Uuid::new_v4().to_string();
    let mut response = match Operation::of(&request) {
        Ok(Operation { service: Service::S3, name }) => respond_s3(services, &name, &id, request).await?,
        Ok(Operation { service: Service::CloudFormation, .. }) => {
            respond_query(services, &id, request).await?
        }
        Ok(Operation { service: Service::Lambda, name }) => {
            respond_lambda(services, &name, &id, request).await?
        }
        Ok(operation) => respond_json(services, &operation, request).await?,
        Err(unsupported) => refuse_unsupported(&unsupported, &id, request).await,
    };
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(S3_REQUEST_ID, id.clone());
        response.headers_mut().insert(REQUEST_ID, id);
    }
    Ok(response)
}

async fn respond_s3(services: &Services, operation: &str, id: &str, request: Request<Incoming>) -> Outcome {
    let subject = s3_subject(request.uri());
    let failed = || {
        let message = "The sandbox can't write to its data directory. Its output says why.";
        s3::error_response(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", message, id)
    };
    let work = async {
        if !is_reading(operation) && services.store.check().is_err() {
            return failed();
        }
        let response = services.s3_protocol.respond(request.map(Body::from), operation, &subject, id).await;
        if is_reading(operation) {
            return response;
        }
        // The store has logged why it can't write.
        services.store.durable().await.map_or_else(|_| failed(), |()| response)
    };
    let refuse = |status, code: &str| s3::error_response(status, code, INJECTED, id);
    under_faults(&services.faults, operation, &subject, refuse, work).await
}

async fn respond_json(services: &Services, operation: &Operation, request: Request<Incoming>) -> Outcome {
    let Operation { service, name } = operation;
    let service = *service;
    let (head, body) = request.into_parts();
    let accepted = async {
        let body = read(body).await?;
        signature::check(&head, &body, service).map_err(|error| error.of(service))?;
        json::parse(&body)
    };
    let request = match accepted.await {
        Ok(request) => request,
        Err(error) => return Ok(json::refuse(&error, service)),
    };
    let subject = json_subject(&request);
    let work = async {
        if !is_reading(name)
            && let Err(error) = services.store.check()
        {
            return json::refuse(&unavailable(&error), service);
        }
        let answer = match service {
            Service::Sqs => sqs::api::call(&services.sqs, name, request, trace::of(&head.headers)).await,
            Service::Logs => logs::api::call(&services.logs, name, request),
            Service::SecretsManager => secrets::api::call(services.ssm.secrets(), name, request),
            _ => ssm::api::call(&services.ssm, name, request),
        };
        let durable = async { services.store.durable().await.map_err(|error| unavailable(&error)) };
        let durable = if is_reading(name) { Ok(()) } else { durable.await };
        match durable.and(answer) {
            Ok(body) => json::respond(StatusCode::OK, service, &body),
            Err(error) => json::refuse(&error, service),
        }
    };
    let refuse = |status, code: &str| json::refuse(&injected_error(status, code), service);
    under_faults(&services.faults, name, &subject, refuse, work).await
}

async fn respond_query(services: &Services, id: &str, request: Request<Incoming>) -> Outcome {
    let service = Service::CloudFormation;
    let refuse = |error: &ServiceError| query::refuse(error, cloudformation::NAMESPACE, id);
    let (head, body) = request.into_parts();
    let accepted = async {
        let body = read(body).await?;
        let form = Form::parse(&body);
        // The form alone tells which service it is for: an unsupported one is said before who asks.
        cloudformation::check(&form)?;
        signature::check(&head, &body, service).map_err(|error| error.of(service))?;
        Ok(form)
    };
    let form = match accepted.await {
        Ok(form) => form,
        Err(error) => return Ok(refuse(&error)),
    };
    let work = async {
        match cloudformation::describe_stacks(&services.cloudformation, &form) {
            Ok(result) => query::respond(form.action(), cloudformation::NAMESPACE, &result, id),
            Err(error) => refuse(&error),
        }
    };
    let injected = |status, code: &str| refuse(&injected_error(status, code));
    let subject = form.get("StackName").unwrap_or_default();
    under_faults(&services.faults, form.action(), subject, injected, work).await
}

async fn respond_lambda(
    services: &Services,
    operation: &str,
    id: &str,
    request: Request<Incoming>,
) -> Outcome {
    let (head, body) = request.into_parts();
    let accepted = async {
        let payload = read(body).await?;
        signature::check(&head, &payload, Service::Lambda).map_err(|error| error.of(Service::Lambda))?;
        Ok((lambda::api::Call::read(&head)?, payload))
    };
    let (call, payload) = match accepted.await {
        Ok(accepted) => accepted,
        Err(error) => return Ok(rest_json::refuse(&error)),
    };
    let function = call.function().to_owned();
    let work = async {
        let answer = lambda::api::invoke(&services.lambda, call, payload, id).await;
        answer.unwrap_or_else(|error| rest_json::refuse(&error))
    };
    let refuse = |status, code: &str| rest_json::refuse(&injected_error(status, code));
    under_faults(&services.faults, operation, &function, refuse, work).await
}

/// Refuses before the signature is checked: the answer is the same for every sender.
async fn refuse_unsupported(
    unsupported: &Unsupported,
    id: &str,
    request: Request<Incoming>,
) -> Response<Body> {
    // In the query protocols, the body names the operation. A client without one gets its answer too.
    let form = match unsupported.operation.is_empty() {
        true => read(request.into_body()).await.map_or_else(|_| Form::parse(&[]), |body| Form::parse(&body)),
        false => Form::parse(&[]),
    };
    unsupported.refuse(form.action(), id)
}

async fn read(body: Incoming) -> Result<Bytes> {
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = format!("The request is larger than {BODY_LIMIT} bytes.");
            let error = ServiceError::of_framework("RequestEntityTooLargeException", message);
            Err(error.with_status(StatusCode::PAYLOAD_TOO_LARGE))
        }
        Err(_) => Err(ServiceError::of_framework("SerializationException", "The request ended early.")),
    }
}

/// The name of the queue, the parameter or the log group.
fn json_subject(request: &Value) -> String {
    let names = ["QueueUrl", "QueueName", "Name", "logGroupName", "logGroupIdentifier"];
    match names.iter().find_map(|name| Some((*name, request.get(*name)?.as_str()?))) {
        Some(("QueueUrl", url)) => url.rsplit('/').next().unwrap_or(url).to_owned(),
        Some((_, text)) => text.to_owned(),
        None => String::new(),
    }
}

/// True for operations that are answered even if the disk is full.
fn is_reading(operation: &str) -> bool {
    ["Get", "Head", "List", "Filter"].iter().any(|start| operation.starts_with(start))
}

/// Every service has this error: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>.
fn unavailable(error: &StoreError) -> ServiceError {
    ServiceError::of_framework("InternalFailure", error.to_string())
        .with_status(StatusCode::INTERNAL_SERVER_ERROR)
}

fn injected_error(status: StatusCode, code: &str) -> ServiceError {
    ServiceError::new(code.to_owned(), INJECTED).with_status(status)
}
