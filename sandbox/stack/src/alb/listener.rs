//! The listener and its rules.

use super::desync::{Threat, threat};
use super::event::{Connection, add_headers, drop_invalid, event};
use super::forward::{ForwardError, forward};
use super::health_check::HealthChecks;
use super::page::{fixed, page};
use super::patient::Patient;
use super::refusal::{is_websocket, refusal};
use super::{answer, redirect, rule};
use crate::lambda::Function;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use sandbox_services::events::{Event, Events};
use sandbox_services::server::Server;
use sandbox_services::trace;
use sandbox_template::{ActionSpec, ListenerSpec};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The most bytes of a request's body for a Lambda target ("Use Lambda functions as targets").
const BODY_LIMIT: usize = 1_048_576;
/// The most headers of a request. AWS counts their bytes alone; this leaves room for as many as anyone sends.
const HEADER_COUNT_LIMIT: usize = 1_000;

/// One listener of a load balancer.
pub struct LoadBalancerConfig {
    /// Where it listens.
    pub listener: TcpListener,
    /// Its rules.
    pub spec: ListenerSpec,
    /// The functions behind it, by their logical ids.
    pub functions: BTreeMap<String, Function>,
    /// How long a client may be silent, before its headers or within its body, and how long it may leave its answer
    /// untaken (`idle_timeout.timeout_seconds`).
    pub idle_timeout: Duration,
    /// Where it tells of each answer.
    pub events: Events,
}

/// A running listener. It and its connections end when this is dropped.
pub struct LoadBalancer {
    _server: Server,
    /// Aborted when dropped.
    _health_checks: JoinSet<()>,
}

struct Shared {
    spec: ListenerSpec,
    functions: BTreeMap<String, Function>,
    idle_timeout: Duration,
    events: Events,
    port: u16,
}

impl LoadBalancer {
    /// Starts to answer.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn start(config: LoadBalancerConfig) -> std::io::Result<Self> {
        let LoadBalancerConfig { listener, spec, functions, idle_timeout, events } = config;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared { spec, functions, idle_timeout, events, port });
        let health_checks = shared.health_checks().map(HealthChecks::run).collect();
        Ok(Self {
            _health_checks: health_checks,
            _server: Server::spawn(listener, move |stream, client| {
                serve(stream, client, Arc::clone(&shared))
            }),
        })
    }
}

/// Answers the requests of one connection, until the client has been silent for the idle timeout.
async fn serve(stream: TcpStream, client: SocketAddr, shared: Arc<Shared>) {
    let idle_timeout = shared.idle_timeout;
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(shared.handle(request.map(Body::new), client).await) }
    });
    let mut connection = http1::Builder::new();
    connection.timer(TokioTimer::new()).header_read_timeout(idle_timeout).max_headers(HEADER_COUNT_LIMIT);
    let stream = TokioIo::new(Patient::new(stream, idle_timeout));
    if let Err(error) = connection.serve_connection(stream, service).await {
        tracing::debug!(%error, "a connection ended early");
    }
}

impl Shared {
    /// The checks that the rules' target groups ask for.
    fn health_checks(&self) -> impl Iterator<Item = HealthChecks> {
        self.spec.rules.iter().filter_map(|rule| match &rule.action {
            ActionSpec::Lambda {
                function,
                target_group_arn,
                multi_value_headers,
                health_check: Some(spec),
            } => Some(HealthChecks {
                spec: spec.clone(),
                function: self.functions.get(function)?.clone(),
                target_group_arn: target_group_arn.clone(),
                multi_value: *multi_value_headers,
                events: self.events.clone(),
            }),
            _ => None,
        })
    }

    async fn handle(&self, mut request: Request<Body>, client: SocketAddr) -> Response<Body> {
        let started = Instant::now();
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let trace_id = trace::new_id();
        let threat = threat(&request);
        let refused = match threat {
            Threat::Severe(status) => Some(status),
            Threat::Ambiguous | Threat::None => refusal(&request),
        };
        if self.spec.load_balancer.drop_invalid_headers {
            drop_invalid(request.headers_mut());
        }
        add_headers(request.headers_mut(), Connection { client, port: self.port });
        let mut response = match refused {
            Some(status) => page(status),
            None => self.answer(request, client.ip(), &trace_id).await,
        };
        if threat != Threat::None {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        let (status, took) = (response.status().as_u16(), started.elapsed());
        let method = method.to_string();
        self.events.send(Event::Answered { method, path, status, took, trace_id });
        response
    }

    /// The answer of the first rule that the request meets. The last rule of a listener is its default.
    async fn answer(&self, request: Request<Body>, client: IpAddr, trace_id: &str) -> Response<Body> {
        let Some(rule) = self.spec.rules.iter().find(|rule| rule::matches(rule, &request, client)) else {
            return page(StatusCode::SERVICE_UNAVAILABLE);
        };
        match &rule.action {
            ActionSpec::Lambda { function, target_group_arn, multi_value_headers, .. } => {
                self.invoke(request, function, target_group_arn, *multi_value_headers, trace_id).await
            }
            ActionSpec::Port { port } => match forward(request, *port, self.idle_timeout).await {
                Ok(response) => response,
                Err(ForwardError::NoTarget) => page(StatusCode::SERVICE_UNAVAILABLE),
                Err(ForwardError::BadAnswer) => page(StatusCode::BAD_GATEWAY),
                Err(ForwardError::NoAnswer) => page(StatusCode::GATEWAY_TIMEOUT),
            },
            ActionSpec::FixedResponse { status, content_type, body } => {
                fixed(*status, content_type.as_deref(), body)
            }
            ActionSpec::Redirect { status, protocol, host, port, path, query } => {
                let target = redirect::Target { status: *status, protocol, host, port, path, query };
                redirect::response(&target, &request, self.port)
            }
        }
    }

    async fn invoke(
        &self,
        request: Request<Body>,
        function: &str,
        arn: &str,
        multi_value: bool,
        trace_id: &str,
    ) -> Response<Body> {
        let Some(function) = self.functions.get(function) else {
            return page(StatusCode::SERVICE_UNAVAILABLE); // a target group without a target
        };
        if is_websocket(request.headers()) {
            return page(StatusCode::BAD_REQUEST);
        }
        let (parts, body) = request.into_parts();
        let body = match read_body(body, self.idle_timeout).await {
            Ok(body) => body,
            Err(status) => return page(status),
        };
        let event = event(&parts, &body, arn, multi_value).to_string();
        match function.invoke_in(trace_id, Bytes::from(event)).await {
            Ok(answer) => answer::response(&answer, multi_value).unwrap_or_else(|error| {
                tracing::warn!(function = function.config().name, %error, "502: malformed answer");
                page(StatusCode::BAD_GATEWAY)
            }),
            Err(error) => {
                tracing::warn!(function = function.config().name, %error, "502: no answer");
                page(StatusCode::BAD_GATEWAY)
            }
        }
    }
}

/// A whole body, or the status for one that is too large, too slow or broken off.
async fn read_body(body: Body, idle_timeout: Duration) -> Result<Bytes, StatusCode> {
    let mut body = Limited::new(body, BODY_LIMIT);
    let mut whole = Vec::new();
    loop {
        match timeout(idle_timeout, body.frame()).await {
            Err(_) => return Err(StatusCode::REQUEST_TIMEOUT),
            Ok(None) => return Ok(Bytes::from(whole)),
            Ok(Some(Ok(frame))) => whole.extend_from_slice(frame.data_ref().map_or(&[][..], |data| data)),
            Ok(Some(Err(error))) if error.is::<LengthLimitError>() => {
                return Err(StatusCode::PAYLOAD_TOO_LARGE);
            }
            Ok(Some(Err(_))) => return Err(StatusCode::BAD_REQUEST),
        }
    }
}
