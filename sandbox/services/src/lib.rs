//! SQS, S3, SSM, Secrets Manager, Lambda, CloudFormation and CloudWatch Logs on one local endpoint, in this process.
//!
//! They are strict where AWS is strict: limits, errors and their codes, signatures, conditional writes, and what a queue
//! does with a message. SQS, S3 and SSM are for applications. Secrets Manager has the operations on the secrets that a
//! parameter may refer to. CloudFormation and CloudWatch Logs have those that show a deployed stack to its operators.
//! Lambda has `Invoke`, for the functions that a stack registers.
//!
//! [`Aws::start`] serves all of them on a loopback address. A client of AWS reaches them with the
//! [endpoint URL](Aws::endpoint_url), [`ACCESS_KEY_ID`] and [`SECRET_ACCESS_KEY`]; a test reaches each service directly:
//!
//! ```
//! use sandbox_services::events::{Event, Events};
//! use sandbox_services::faults::{Fault, Times};
//! use sandbox_services::guard::Guard;
//! use sandbox_services::s3::Durability;
//! use sandbox_services::sqs::{NewMessage, QueueConfig};
//! use sandbox_services::{Aws, AwsConfig, TimeScale};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let data = tempfile::tempdir()?;
//! let aws = Aws::start(AwsConfig {
//!     listener: tokio::net::TcpListener::bind("127.0.0.1:0").await?,
//!     region: "eu-central-1".to_owned(),
//!     account_id: "000000000000".to_owned(),
//!     data_dir: data.path().to_owned(),
//!     durability: Durability::Process,
//!     time_scale: TimeScale::new(100.0)?, // a visibility timeout of 30 s takes 0.3 s
//!     guard: Guard::default(),
//!     events: Events::default(),
//! })
//! .await?;
//! aws.s3().create_bucket("reports")?;
//! aws.ssm().put_secure_string("/jobs/token", "secret")?;
//! aws.faults().set("PutObject", Fault::Stall, Times::Once);
//!
//! let mut events = aws.events().subscribe();
//! let queue = aws.sqs().create_queue(QueueConfig::new("jobs"))?;
//! queue.send(NewMessage { body: "hello".to_owned(), ..NewMessage::default() })?;
//! assert!(matches!(events.recv().await?, Event::MessageSent { queue, .. } if queue == "jobs"));
//! # Ok(())
//! # }
//! ```
//!
//! # Modules
//!
//! - [`sqs`], [`s3`], [`ssm`], [`lambda`], [`cloudformation`], [`logs`]: the services;
//! - [`events`]: notices of everything that happens; [`faults`]: injected errors, delays and kills;
//! - [`guard`]: keeps web pages of other origins out;
//! - [`clock`]: how much faster than real time a stack runs; [`trace`]: X-Ray's tracing headers;
//! - [`server`]: a listener and its connections.
//!
//! A request goes through `server` and `guard` to `dispatch`, which finds its service and operation (`operation`),
//! checks its `signature` and injects faults (`outcome`). SQS, SSM, Secrets Manager (`secrets`) and CloudWatch Logs
//! speak AWS's JSON protocol (`json`), Lambda the REST-JSON protocol (`rest_json`), CloudFormation the query protocol
//! (`query`). The crate `s3s` has S3's protocol, and this crate the storage behind it. Requests to any other service
//! get an error in its protocol (`unsupported`). An answer waits until its changes are in the `store`. `pages` are for
//! people, on the same port.

use cloudformation::CloudFormation;
use deployed::Deployments;
use events::Events;
use faults::Faults;
use guard::Guard;
use lambda::Lambda;
use logs::Logs;
use pages::Pages;
use s3::{Durability, S3Protocol, S3Storage};
use serde::Serialize;
use server::Server;
use sqs::Sqs;
use ssm::Ssm;
use std::sync::Arc;
use store::Store;

pub mod clock;
pub mod cloudformation;
mod config;
mod deployed;
mod dispatch;
mod error;
pub mod events;
pub mod faults;
pub mod guard;
mod json;
pub mod lambda;
pub mod logs;
mod operation;
mod outcome;
mod pages;
mod query;
mod rest_json;
pub mod s3;
mod secrets;
pub mod server;
mod signature;
pub mod sqs;
pub mod ssm;
mod store;
#[cfg(test)]
mod tests;
pub mod trace;
mod unsupported;

pub use clock::TimeScale;
pub use config::{AwsConfig, AwsError};
pub use error::ServiceError;
pub use pages::{Content, PageRequest};
pub use store::StoreError;

/// The access key of every client of the endpoint.
pub const ACCESS_KEY_ID: &str = "local";
/// The key's secret. It isn't a secret: the endpoint listens on loopback only.
pub const SECRET_ACCESS_KEY: &str = "local";

/// A running endpoint. Cheap to clone; it serves until [`Aws::shutdown`] or until its last clone is dropped.
#[derive(Clone, Debug)]
pub struct Aws(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint_url: String,
    events: Events,
    services: Arc<Services>,
    server: Server,
}

#[derive(Debug)]
struct Services {
    store: Store,
    deployments: Deployments,
    cloudformation: CloudFormation,
    lambda: Lambda,
    logs: Logs,
    sqs: Arc<Sqs>,
    ssm: Arc<Ssm>,
    s3: S3Storage,
    s3_protocol: S3Protocol,
    faults: Faults,
    guard: Guard,
    pages: Pages,
}

impl Aws {
    /// Reads the objects that are already in the data directory and starts to serve.
    pub async fn start(config: AwsConfig) -> Result<Self, AwsError> {
        let AwsConfig { listener, region, account_id, data_dir, durability, time_scale, guard, events } =
            config;
        let address = listener.local_addr().map_err(AwsError::NoAddress)?;
        if !address.ip().is_loopback() {
            return Err(AwsError::NotLoopback(address));
        }
        let endpoint_url = format!("http://{address}");
        let faults = Faults::new(events.clone());
        let context = sqs::Context {
            endpoint_url: endpoint_url.clone(),
            region: region.clone(),
            account_id: account_id.clone(),
            time_scale,
            events: events.clone(),
            faults: faults.clone(),
            store: Store::volatile(),
        };
        let of_s3 = events.clone();
        let (store, deployments, cloudformation, s3, ssm, sqs) = tokio::task::spawn_blocking(move || {
            let lock = s3::lock(&data_dir)?;
            let store = match durability {
                Durability::Power => Store::open(&data_dir.join(s3::STATE_DIR))?,
                Durability::Process => Store::volatile(),
            };
            let s3 = S3Storage::open(data_dir, lock, store.clone(), of_s3)?;
            let ssm = Ssm::open(&context.region, &context.account_id, store.clone())?;
            let sqs = Sqs::open(sqs::Context { store: store.clone(), ..context })?;
            let deployments = Deployments::open(store.clone())?;
            let cloudformation = CloudFormation::open(store.clone())?;
            Ok::<_, AwsError>((store, deployments, cloudformation, s3, ssm, sqs))
        })
        .await??;
        let services = Arc::new(Services {
            guard,
            pages: Pages::default(),
            cloudformation,
            lambda: Lambda::new(&region, &account_id),
            logs: Logs::new(&region, &account_id),
            deployments,
            ssm: Arc::new(ssm),
            store,
            s3_protocol: S3Protocol::new(s3.clone(), &region, &account_id),
            s3,
            sqs: Arc::new(sqs),
            faults,
        });
        let served = Arc::clone(&services);
        let server =
            Server::spawn(listener, move |stream, _, _| dispatch::serve(stream, Arc::clone(&served)));
        Ok(Self(Arc::new(Inner { endpoint_url, events, services, server })))
    }

    /// `http://127.0.0.1:PORT`
    pub fn endpoint_url(&self) -> &str {
        &self.0.endpoint_url
    }

    pub fn events(&self) -> &Events {
        &self.0.events
    }

    pub fn sqs(&self) -> &Arc<Sqs> {
        &self.0.services.sqs
    }

    pub fn s3(&self) -> &S3Storage {
        &self.0.services.s3
    }

    pub fn ssm(&self) -> &Arc<Ssm> {
        &self.0.services.ssm
    }

    pub fn cloudformation(&self) -> &CloudFormation {
        &self.0.services.cloudformation
    }

    /// The functions that `Invoke` reaches.
    pub fn lambda(&self) -> &Lambda {
        &self.0.services.lambda
    }

    pub fn logs(&self) -> &Logs {
        &self.0.services.logs
    }

    /// Injects faults, and counts them and the calls of each operation.
    pub fn faults(&self) -> &Faults {
        &self.0.services.faults
    }

    /// Adds a set of pages for a person at this machine under `path`, which starts with `/_` and ends with `/`.
    /// `handler` returns `None` for a page that doesn't exist.
    pub fn add_pages<F>(&self, path: &'static str, handler: impl Fn(PageRequest) -> F + Send + Sync + 'static)
    where
        F: Future<Output = Option<Content>> + Send + 'static,
    {
        self.0.services.pages.add(path, Arc::new(move |request| Box::pin(handler(request))));
    }

    /// Gives a resource of the template its settings by `apply`, unless it exists and the template gave it the same ones
    /// last time: changes by requests stay, as with CloudFormation.
    pub fn deploy<E>(
        &self,
        type_and_name: (&str, &str),
        exists: bool,
        settings: &impl Serialize,
        apply: impl FnOnce() -> Result<(), E>,
    ) -> Result<(), E> {
        self.0.services.deployments.deploy(type_and_name, exists, settings, apply)
    }

    /// Waits until the data directory, if there is one, has every change of the services so far.
    pub async fn durable(&self) -> Result<(), StoreError> {
        self.0.services.store.durable().await
    }

    /// Closes the listener and every connection, and releases the data directory. An object is either stored by then or
    /// not there at all.
    pub async fn shutdown(&self) {
        self.0.server.stop().await;
        self.0.services.s3.close();
        if let Err(error) = self.0.services.store.close().await {
            tracing::error!(%error, "the last changes are not in the data directory");
        }
        self.0.services.s3.release();
    }
}
