//! The ports that a stack listens on.

use super::StackError;
use crate::alb::{LoadBalancer, LoadBalancerConfig};
use crate::events::Events;
use crate::lambda::Function;
use crate::template::Template;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use tokio::net::TcpListener;

/// The option that sets the port of the first listener; the others take free ones.
const OPTION: &str = "--port";

/// Listens on this port, or on a free one for 0.
pub(crate) async fn listen(port: u16, option: &'static str) -> Result<(TcpListener, SocketAddr), StackError> {
    let error = |source| StackError::Port { port, option, source };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(error)?;
    let address = listener.local_addr().map_err(error)?;
    Ok((listener, address))
}

/// Starts the load balancer's listeners, of which the first is there already, and says where that one answers.
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
            None => listen(0, OPTION).await?,
        };
        let config = LoadBalancerConfig {
            listener,
            spec: spec.clone(),
            functions: functions.clone(),
            idle_timeout: spec.load_balancer.idle_timeout,
            events: events.clone(),
        };
        let error = |source| StackError::Port { port: address.port(), option: OPTION, source };
        listeners.push(LoadBalancer::start(config).map_err(error)?);
    }
    Ok((url, listeners))
}
