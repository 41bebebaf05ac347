//! A system on moto's SQS, S3 and SSM. Functions, load balancer and event source mapping, which moto can't run, use them
//! over HTTP.
//!
//! - `server`: moto's server, one for all tests;
//! - `resources`: the template's queues and buckets in it;
//! - `functions`: the template's functions, on it;
//! - `mapping`: from the queue to the worker.

mod functions;
mod mapping;
mod resources;
mod server;

pub(crate) use server::python;

use super::Setup;
use super::aws::{REGION, s3_client, sdk_config};
use super::system::{Parts, System};
use mapping::Mapping;
use sandbox::alb::{LoadBalancer, LoadBalancerConfig};
use sandbox::events::Events;
use sandbox::template::{Deployment, Template};
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The account that moto's resources belong to.
const ACCOUNT_ID: &str = "123456789012";
/// The tests on moto at a time. With more, requests would wait until the functions give up.
const AT_ONCE: usize = 4;

static PERMITS: Semaphore = Semaphore::const_new(AT_ONCE);
static SYSTEMS: AtomicUsize = AtomicUsize::new(0);

/// A [`System`] on moto, with resources of its own.
pub(crate) struct Moto {
    system: System,
    // Dropping these stops them and lets another test begin.
    _mappings: Vec<Mapping>,
    _load_balancer: LoadBalancer,
    _permit: SemaphorePermit<'static>,
}

impl Deref for Moto {
    type Target = System;

    fn deref(&self) -> &System {
        &self.system
    }
}

impl Moto {
    /// `None` if moto is neither installed nor required. Time scales don't apply.
    pub(crate) async fn start_with(setup: Setup) -> Option<Self> {
        let endpoint_url = server::url()?;
        let permit = PERMITS.acquire().await.expect("it is never closed");
        let stack_name = format!("m{}", SYSTEMS.fetch_add(1, Ordering::Relaxed));
        let deployment = Deployment {
            stack_id: format!(
                "arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/{stack_name}/8f6d3a10-4c2e-11f0-9a1b-0a58a9feac02"
            ),
            stack_name,
            region: REGION.to_owned(),
            account_id: ACCOUNT_ID.to_owned(),
            aws_endpoint_url: endpoint_url.to_owned(),
            fronts: Vec::new(),
            parameters: setup.parameters.clone(),
        };
        let template =
            Template::read(&setup.template().path, &deployment).unwrap_or_else(|error| panic!("{error}"));
        let config = sdk_config(endpoint_url).await;
        resources::make(&template, &aws_sdk_sqs::Client::new(&config), &s3_client(&config)).await;

        let events = Events::default();
        let functions = functions::functions(&template, endpoint_url, &events).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let load_balancer = LoadBalancer::start(LoadBalancerConfig {
            listener,
            spec: template.listeners[0].clone(),
            functions: functions.clone(),
            events: events.clone(),
        })
        .expect("a load balancer");
        let specs = template.mappings.clone();
        let system = System::new(Parts { template, functions, url, endpoint_url, events }).await;
        let mappings = specs.iter().map(|spec| Mapping::start(spec, &system)).collect();
        Some(Self { system, _mappings: mappings, _load_balancer: load_balancer, _permit: permit })
    }
}
