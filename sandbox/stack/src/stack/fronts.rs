//! The parts of a stack that answer HTTP: the load balancer's listeners and the HTTP APIs.

use super::{Endpoint, StackError};
use crate::alb::{LoadBalancer, LoadBalancerConfig};
use crate::http_api::{HttpApi, HttpApiConfig};
use crate::lambda::Function;
use futures::future::{join, join_all};
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

/// Addresses for the fronts, in the order of [`Fronts::start`].
#[derive(Default)]
pub(crate) struct Listeners(Vec<(TcpListener, SocketAddr)>);

impl Listeners {
    /// One at `port` and one at a free port: for a load balancer and an HTTP API.
    pub(crate) async fn bind(port: u16) -> Result<Self, StackError> {
        let first = listen(port, Endpoint::LoadBalancer).await?;
        Ok(Self(vec![first, listen(0, Endpoint::LoadBalancer).await?]))
    }

    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.0.iter().map(|(_, address)| *address).collect()
    }

    /// The next address, or another free one.
    async fn next(&mut self) -> Result<(TcpListener, SocketAddr), StackError> {
        if self.0.is_empty() { listen(0, Endpoint::LoadBalancer).await } else { Ok(self.0.remove(0)) }
    }
}

/// They stop when this is dropped.
#[derive(Default)]
pub(crate) struct Fronts {
    /// Empty if the template has neither a listener nor an HTTP API.
    pub(crate) url: String,
    pub(crate) http_apis: BTreeMap<String, (String, HttpApi)>,
    listeners: Vec<LoadBalancer>,
}

impl Fronts {
    /// Takes no more requests, and returns when each that they took is answered.
    pub(crate) async fn finish(&self) {
        let listeners = join_all(self.listeners.iter().map(LoadBalancer::finish));
        join(listeners, join_all(self.http_apis.values().map(|(_, api)| api.finish()))).await;
    }

    /// Starts the first listener and the APIs at the given addresses, as long as there are any, and the rest on free ports.
    pub(crate) async fn start(
        mut listeners: Listeners,
        template: &Template,
        functions: &BTreeMap<String, Function>,
        account_id: &str,
        events: &Events,
    ) -> Result<Self, StackError> {
        let mut fronts = Self::default();
        let error = |address: SocketAddr| {
            move |source| StackError::Port { endpoint: Endpoint::LoadBalancer, port: address.port(), source }
        };
        for (index, spec) in template.listeners.iter().enumerate() {
            // Only the first has an address that outputs contain.
            let (listener, address) = match index {
                0 => listeners.next().await?,
                _ => listen(0, Endpoint::LoadBalancer).await?,
            };
            fronts.first(address);
            let (spec, functions, events) = (spec.clone(), functions.clone(), events.clone());
            let config = LoadBalancerConfig { listener, spec, functions, events };
            fronts.listeners.push(LoadBalancer::start(config).map_err(error(address))?);
        }
        for spec in &template.http_apis {
            let (listener, address) = listeners.next().await?;
            fronts.first(address);
            let (id, account_id) = (spec.logical_id.clone(), account_id.to_owned());
            let (spec, functions, events) = (spec.clone(), functions.clone(), events.clone());
            let config = HttpApiConfig { listener, spec, account_id, functions, events };
            let api = HttpApi::start(config).map_err(error(address))?;
            fronts.http_apis.insert(id, (format!("http://{address}"), api));
        }
        Ok(fronts)
    }

    fn first(&mut self, address: SocketAddr) {
        if self.url.is_empty() {
            self.url = format!("http://{address}");
        }
    }
}
