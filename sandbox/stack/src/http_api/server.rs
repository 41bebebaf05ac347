//! The listener of an API.

use super::event::{Context, event};
use super::throttle::TokenBucket;
use super::{response, route};
use crate::alb::{add_headers, read_body, until_finishing, user_agent};
use crate::lambda::{Function, InvokeError};
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sandbox_services::events::{Event, Events};
use sandbox_services::server::Server;
use sandbox_services::trace;
use sandbox_template::HttpApiSpec;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The most bytes of a request's body ("Quotas for HTTP APIs", payload size).
const BODY_LIMIT: usize = 10 * 1_000 * 1_000;
/// The most bytes of an event ("Lambda quotas", invocation payload, synchronous).
const EVENT_LIMIT: usize = 6 * 1_048_576;
/// The most bytes of the request line and of the values of headers ("Quotas for HTTP APIs").
const HEAD_LIMIT: usize = 10_240;
/// More than fit into that. hyper's default of 100 would refuse what AWS takes.
const HEADER_COUNT_LIMIT: usize = 2_000;
/// Either end of a connection may be silent this long.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

pub struct HttpApiConfig {
    pub listener: TcpListener,
    pub spec: HttpApiSpec,
    pub account_id: String,
    /// The functions behind it, by logical id.
    pub functions: BTreeMap<String, Function>,
    pub events: Events,
}

/// A running API. It and its connections end when this is dropped.
pub struct HttpApi {
    server: Server,
}

struct Shared {
    spec: HttpApiSpec,
    account_id: String,
    functions: BTreeMap<String, Function>,
    events: Events,
    port: u16,
    tokens: TokenBucket,
}

impl HttpApi {
    pub fn start(config: HttpApiConfig) -> std::io::Result<Self> {
        let HttpApiConfig { listener, spec, account_id, functions, events } = config;
        let port = listener.local_addr()?.port();
        let tokens = TokenBucket::new(spec.throttle, Instant::now());
        let shared = Arc::new(Shared { spec, account_id, functions, events, port, tokens });
        let serve = move |stream, client, finishing| serve(stream, client, finishing, Arc::clone(&shared));
        Ok(Self { server: Server::spawn(listener, serve) })
    }

    /// Takes no more requests, and returns when each that it took is answered.
    pub(crate) async fn finish(&self) {
        self.server.finish().await;
    }
}

async fn serve(stream: TcpStream, client: SocketAddr, finishing: CancellationToken, shared: Arc<Shared>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.handle(request.map(Body::new), client).await) }
    });
    let mut connection = http1::Builder::new();
    connection.timer(TokioTimer::new()).header_read_timeout(IDLE_TIMEOUT).max_headers(HEADER_COUNT_LIMIT);
    let connection = connection.serve_connection(TokioIo::new(stream), service);
    if let Err(error) = until_finishing(connection, finishing).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

impl Shared {
    async fn handle(&self, request: Request<Body>, client: SocketAddr) -> Response<Body> {
        let started = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let user_agent = user_agent(request.headers());
        let (trace_id, request_id) = (trace::new_id(), Uuid::new_v4().simple().to_string());
        let answered = self.route(request, client, &trace_id, &request_id).await;
        let mut response = answered.unwrap_or_else(response::error);
        if let Ok(id) = HeaderValue::from_str(&request_id) {
            response.headers_mut().insert(HeaderName::from_static("apigw-requestid"), id);
        }
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        let (status, took, method) = (response.status().as_u16(), started.elapsed(), method.to_string());
        self.events.send(Event::Answered { method, path, user_agent, status, took, trace_id });
        response
    }

    /// The answer of the route's function, or the status of an error.
    async fn route(
        &self,
        request: Request<Body>,
        client: SocketAddr,
        trace_id: &str,
        request_id: &str,
    ) -> Result<Response<Body>, StatusCode> {
        if head_bytes(&request) > HEAD_LIMIT {
            return Err(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        }
        let path = self.in_stage(request.uri().path()).ok_or(StatusCode::NOT_FOUND)?;
        let found = route::find(&self.spec.routes, request.method(), path).ok_or(StatusCode::NOT_FOUND)?;
        if !self.tokens.take(Instant::now()) {
            return Err(StatusCode::TOO_MANY_REQUESTS);
        }
        let function = self.functions.get(&found.route.function).ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
        let (mut request, body) = request.into_parts();
        let body = read_body(body, BODY_LIMIT, IDLE_TIMEOUT).await?;
        add_headers(&mut request.headers, client, self.port);
        let HttpApiSpec { id, stage, .. } = &self.spec;
        let context = Context { account_id: &self.account_id, api_id: id, stage, request_id };
        let event = event(&request, &body, &found, client, &context).to_string();
        if event.len() > EVENT_LIMIT {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let invocation = function.invoke_in(trace_id, Bytes::from(event));
        let invoked = timeout(found.route.timeout, invocation).await;
        answer(&function.config().name, invoked.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?)
    }

    /// The path behind the stage; for `$default`, all of it.
    fn in_stage<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.spec.stage == "$default" {
            return Some(path);
        }
        let rest = path.strip_prefix('/')?.strip_prefix(&self.spec.stage)?;
        if rest.is_empty() { Some("/") } else { rest.starts_with('/').then_some(rest) }
    }
}

/// The bytes of the request line and of the values of headers.
fn head_bytes<B>(request: &Request<B>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let line = request.method().as_str().len() + target + "  HTTP/1.1".len();
    line + request.headers().values().map(HeaderValue::len).sum::<usize>()
}

/// The response of a function, or 500 and a line in the log for one that failed.
fn answer(function: &str, invoked: Result<Bytes, InvokeError>) -> Result<Response<Body>, StatusCode> {
    let answer = invoked.map_err(|error| {
        tracing::warn!(function, %error, "500: the invocation failed");
        StatusCode::INTERNAL_SERVER_ERROR
    })?;
    response::read(&answer).map_err(|error| {
        tracing::warn!(function, %error, "500: invalid response");
        StatusCode::INTERNAL_SERVER_ERROR
    })
}
