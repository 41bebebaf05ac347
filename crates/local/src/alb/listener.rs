//! The listener and its rules.

use super::event::{Connection, add_headers, event};
use super::forward::{ForwardError, forward};
use super::page::{fixed, page};
use super::{answer, redirect, rule};
use crate::events::{Event, Events};
use crate::lambda::Function;
use crate::template::{ActionSpec, ListenerSpec};
use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{Method, Request, Response, StatusCode};
use axum::{Router, body::Bytes};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The most bytes of a request's body for a Lambda target ("Use Lambda functions as targets").
const BODY_LIMIT: usize = 1_048_576;

/// One listener of a load balancer.
pub struct LoadBalancerConfig {
    /// Where it listens.
    pub listener: TcpListener,
    /// Its rules.
    pub spec: ListenerSpec,
    /// The functions behind it, by their logical ids.
    pub functions: BTreeMap<String, Function>,
    /// Where it tells of each answer.
    pub events: Events,
}

/// A running listener. It stops when this is dropped.
pub struct LoadBalancer {
    task: JoinHandle<std::io::Result<()>>,
}

struct Shared {
    spec: ListenerSpec,
    functions: BTreeMap<String, Function>,
    events: Events,
    port: u16,
}

impl LoadBalancer {
    /// Starts to answer.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn start(config: LoadBalancerConfig) -> std::io::Result<Self> {
        let LoadBalancerConfig { listener, spec, functions, events } = config;
        let port = listener.local_addr()?.port();
        let router =
            Router::new().fallback(handle).with_state(Arc::new(Shared { spec, functions, events, port }));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        Ok(Self { task: tokio::spawn(async move { axum::serve(listener, service).await }) })
    }
}

impl Drop for LoadBalancer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    mut request: Request<Body>,
) -> Response<Body> {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    add_headers(request.headers_mut(), Connection { client, port: shared.port });
    let mut response = shared.answer(request, client.ip()).await;
    if method == Method::HEAD {
        *response.body_mut() = Body::empty();
    }
    shared.events.send(Event::Answered {
        method: method.to_string(),
        path,
        status: response.status().as_u16(),
        took: started.elapsed(),
    });
    response
}

impl Shared {
    /// The answer of the first rule that the request meets. The last rule of a listener is its default.
    async fn answer(&self, request: Request<Body>, client: IpAddr) -> Response<Body> {
        let Some(rule) = self.spec.rules.iter().find(|rule| rule::matches(rule, &request, client)) else {
            return page(StatusCode::SERVICE_UNAVAILABLE);
        };
        match &rule.action {
            ActionSpec::Lambda { function, target_group_arn, multi_value_headers } => {
                self.invoke(request, function, target_group_arn, *multi_value_headers).await
            }
            ActionSpec::Port { port } => match forward(request, *port).await {
                Ok(response) => response,
                Err(ForwardError::NoTarget) => page(StatusCode::SERVICE_UNAVAILABLE),
                Err(ForwardError::BadAnswer) => page(StatusCode::BAD_GATEWAY),
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
    ) -> Response<Body> {
        let Some(function) = self.functions.get(function) else {
            return page(StatusCode::SERVICE_UNAVAILABLE); // a target group without a target
        };
        let (parts, body) = request.into_parts();
        let body = match Limited::new(body, BODY_LIMIT).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return page(StatusCode::PAYLOAD_TOO_LARGE),
            Err(_) => return page(StatusCode::BAD_REQUEST), // the client went away or broke HTTP
        };
        let event = event(&parts, &body, arn, multi_value).to_string();
        match function.invoke(Bytes::from(event)).await {
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
