//! The listener and its rules.

use super::health_check::HealthChecks;
use super::lambda_event::{TargetGroup, add_headers, drop_invalid, event};
use super::response::{error_page, fixed, redirect};
use super::validation::{framing_error, is_websocket, refusal};
use super::{lambda_response, rule};
use crate::lambda::Function;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use sandbox_services::events::{Event, Events};
use sandbox_services::server::Server;
use sandbox_services::trace;
use sandbox_template::{ActionSpec, ListenerSpec, TargetSpec};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

/// The most bytes of a request's body for a Lambda target ("Use Lambda functions as targets").
const BODY_LIMIT: usize = 1_048_576;
/// The most headers of a request. AWS limits their bytes alone; hyper's default of 100 would refuse what AWS takes.
const HEADER_COUNT_LIMIT: usize = 1_000;

/// One listener of a load balancer.
pub struct LoadBalancerConfig {
    pub listener: TcpListener,
    pub spec: ListenerSpec,
    /// The functions behind it, by logical id.
    pub functions: BTreeMap<String, Function>,
    pub events: Events,
}

/// A running listener. It and its connections end when this is dropped.
pub struct LoadBalancer {
    server: Server,
    /// Aborted when dropped.
    _health_checks: JoinSet<()>,
}

struct Shared {
    spec: ListenerSpec,
    functions: BTreeMap<String, Function>,
    events: Events,
    port: u16,
}

impl LoadBalancer {
    pub fn start(config: LoadBalancerConfig) -> std::io::Result<Self> {
        let LoadBalancerConfig { listener, spec, functions, events } = config;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared { spec, functions, events, port });
        Ok(Self {
            _health_checks: shared.health_checks().map(HealthChecks::run).collect(),
            server: Server::spawn(listener, move |stream, client, finishing| {
                serve(stream, client, finishing, Arc::clone(&shared))
            }),
        })
    }

    /// Takes no more requests, and returns when each that it took is answered.
    pub(crate) async fn finish(&self) {
        self.server.finish().await;
    }
}

/// Answers the requests of one connection, until the client sends nothing, or takes nothing of a response, for the idle
/// timeout. Without the second limit, the responses to clients that never read would pile up in memory.
async fn serve(stream: TcpStream, client: SocketAddr, finishing: CancellationToken, shared: Arc<Shared>) {
    let idle_timeout = shared.spec.load_balancer.idle_timeout;
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.handle(request.map(Body::new), client).await) }
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(idle_timeout));
    let mut connection = http1::Builder::new();
    connection.timer(TokioTimer::new()).header_read_timeout(idle_timeout).max_headers(HEADER_COUNT_LIMIT);
    let connection = connection.serve_connection(TokioIo::new(Box::pin(stream)), service);
    if let Err(error) = until_finishing(connection, finishing).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Serves a connection until it ends. Once `finishing` is cancelled it ends with the response to its request.
pub(crate) async fn until_finishing<I, S>(
    connection: http1::Connection<I, S>,
    finishing: CancellationToken,
) -> hyper::Result<()>
where
    I: Read + Write + Unpin + 'static,
    S: HttpService<Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let mut connection = pin!(connection);
    match finishing.run_until_cancelled(connection.as_mut()).await {
        Some(served) => served,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    }
}

impl Shared {
    /// The health checks of the rules' target groups.
    fn health_checks(&self) -> impl Iterator<Item = HealthChecks> {
        self.spec.rules.iter().filter_map(|rule| match &rule.action {
            ActionSpec::Forward(TargetSpec {
                function,
                target_group_arn,
                multi_value_headers,
                health_check: Some(spec),
            }) => Some(HealthChecks {
                spec: spec.clone(),
                function: self.functions.get(function)?.clone(),
                target_group: TargetGroup {
                    arn: target_group_arn.clone(),
                    multi_value: *multi_value_headers,
                },
                events: self.events.clone(),
            }),
            _ => None,
        })
    }

    async fn handle(&self, mut request: Request<Body>, client: SocketAddr) -> Response<Body> {
        let started = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let user_agent = user_agent(request.headers());
        let trace_id = trace::new_id();
        let framing_error = framing_error(request.headers());
        let refused = framing_error.or_else(|| refusal(&request));
        if self.spec.load_balancer.drop_invalid_headers {
            drop_invalid(request.headers_mut());
        }
        add_headers(request.headers_mut(), client, self.port);
        let mut response = match refused {
            Some(status) => error_page(status),
            None => self.route(request, &trace_id).await.unwrap_or_else(error_page),
        };
        if framing_error.is_some() {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        let (status, took) = (response.status().as_u16(), started.elapsed());
        let method = method.to_string();
        self.events.send(Event::Answered { method, path, user_agent, status, took, trace_id });
        response
    }

    /// The response of the first rule that matches, or the status of an error page. The last rule of a listener is its
    /// default and matches every request.
    async fn route(&self, request: Request<Body>, trace_id: &str) -> Result<Response<Body>, StatusCode> {
        let rule = self.spec.rules.iter().find(|rule| rule::matches(rule, &request));
        match &rule.ok_or(StatusCode::SERVICE_UNAVAILABLE)?.action {
            ActionSpec::Forward(TargetSpec { function, target_group_arn, multi_value_headers, .. }) => {
                let group = TargetGroup { arn: target_group_arn.clone(), multi_value: *multi_value_headers };
                let function = self.functions.get(function).ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
                self.invoke(request, function, &group, trace_id).await
            }
            ActionSpec::FixedResponse { status, content_type, body } => {
                Ok(fixed(*status, content_type.as_deref(), body))
            }
            ActionSpec::Redirect { status, protocol, host, port, path, query } => {
                Ok(redirect(*status, [protocol, host, port, path, query], &request, self.port))
            }
        }
    }

    async fn invoke(
        &self,
        request: Request<Body>,
        function: &Function,
        target_group: &TargetGroup,
        trace_id: &str,
    ) -> Result<Response<Body>, StatusCode> {
        if is_websocket(request.headers()) {
            return Err(StatusCode::BAD_REQUEST);
        }
        let (request, body) = request.into_parts();
        let body = read_body(body, BODY_LIMIT, self.spec.load_balancer.idle_timeout).await?;
        let (uri, headers) = (&request.uri, &request.headers);
        let event = event(&request.method, uri.path(), uri.query(), headers, &body, target_group);
        let name = &function.config().name;
        let response =
            function.invoke_in(trace_id, Bytes::from(event.to_string())).await.map_err(|error| {
                tracing::warn!(function = name, %error, "502: the invocation failed");
                StatusCode::BAD_GATEWAY
            })?;
        lambda_response::read(&response, target_group).map_err(|error| {
            tracing::warn!(function = name, %error, "502: invalid response");
            StatusCode::BAD_GATEWAY
        })
    }
}

/// The client's name in access logs and events.
pub(crate) fn user_agent(headers: &HeaderMap) -> Option<String> {
    headers.get(header::USER_AGENT).map(|name| String::from_utf8_lossy(name.as_bytes()).into_owned())
}

/// A whole body, or the status for one that is too large, too slow or broken off.
pub(crate) async fn read_body(body: Body, limit: usize, idle_timeout: Duration) -> Result<Bytes, StatusCode> {
    let mut body = Limited::new(body, limit);
    let mut whole = Vec::new();
    while let Some(frame) =
        timeout(idle_timeout, body.frame()).await.map_err(|_| StatusCode::REQUEST_TIMEOUT)?
    {
        match frame {
            Ok(frame) => whole.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
            Err(error) if error.is::<LengthLimitError>() => return Err(StatusCode::PAYLOAD_TOO_LARGE),
            Err(_) => return Err(StatusCode::BAD_REQUEST),
        }
    }
    Ok(Bytes::from(whole))
}
