//! The listeners of a stack.

use super::{Endpoint, StackError};
use crate::alb::{LoadBalancer, LoadBalancerConfig};
use crate::lambda::Function;
use sandbox_services::events::Events;
use sandbox_template::Template;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// Listens on `port`, or on a free one for 0.
pub(crate) async fn listen(port: u16, endpoint: Endpoint) -> Result<(TcpListener, SocketAddr), StackError> {
    let error = |source| StackError::Port { endpoint, port, source };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(error)?;
    let address = listener.local_addr().map_err(error)?;
    Ok((listener, address))
}

/// Starts the load balancer's listeners, the first one on `first`, the others on free ports. Returns the first URL.
pub(crate) async fn start_listeners(
    first: (TcpListener, SocketAddr),
    template: &Template,
    functions: &BTreeMap<String, Function>,
    events: &Events,
) -> Result<(String, Vec<LoadBalancer>), StackError> {
    if template.listeners.is_empty() {
        return Err(StackError::NoListener);
    }
    let (url, mut first) = (format!("http://{}", first.1), Some(first));
    let mut listeners = Vec::new();
    for spec in &template.listeners {
        let (listener, address) = match first.take() {
            Some(first) => first,
            None => listen(0, Endpoint::LoadBalancer).await?,
        };
        let config = LoadBalancerConfig {
            listener,
            spec: spec.clone(),
            functions: functions.clone(),
            events: events.clone(),
        };
        let error =
            |source| StackError::Port { endpoint: Endpoint::LoadBalancer, port: address.port(), source };
        listeners.push(LoadBalancer::start(config).map_err(error)?);
    }
    Ok((url, listeners))
}
