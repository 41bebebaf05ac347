//! SQS, SSM and S3 on one endpoint, in process: strict where AWS is strict, so that what works here works there. Beside
//! them, what shows a deployed stack to its operators: of CloudFormation the outputs, of CloudWatch Logs what the
//! functions print.
//!
//! A request goes through `server` (connections), `dispatch` (which service and operation it is, and which
//! [`faults`] it meets) and then to its service: [`sqs`], [`ssm`], [`s3`], [`cloudformation`] or [`logs`]. SQS, SSM and
//! CloudWatch Logs speak AWS's JSON protocol (`json`), CloudFormation the query protocol (`query`); S3's protocol comes
//! from the crate `s3s`, the storage behind it is ours. `clock` writes times as they do.
//!
//! All want the signature of [`ACCESS_KEY_ID`] and [`SECRET_ACCESS_KEY`]: `s3s` checks those of S3, `signature` all
//! others.

use cloudformation::CloudFormation;
use events::Events;
use faults::Faults;
use logs::Logs;
use pages::Pages;
use s3::{Durability, S3Storage, S3StorageError};
use server::Server;
use sqs::Sqs;
use ssm::Ssm;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use time_scale::TimeScale;
use tokio::net::TcpListener;

mod clock;
pub mod cloudformation;
mod connection;
mod cut_off;
mod dispatch;
pub mod events;
pub mod faults;
mod json;
mod locked;
pub mod logs;
mod operation;
mod pages;
mod query;
pub mod s3;
pub mod server;
mod signature;
pub mod sqs;
pub mod ssm;
pub mod time_scale;
pub mod trace;

pub use pages::Content;

/// The access key of everything that talks to the endpoint.
pub const ACCESS_KEY_ID: &str = "local";
/// The secret that belongs to [`ACCESS_KEY_ID`]: no secret at all, the endpoint listens on loopback only.
pub const SECRET_ACCESS_KEY: &str = "local";

/// What [`Aws::start`] needs.
#[derive(Debug)]
pub struct AwsConfig {
    /// Where to listen: already bound, on a loopback address. Its port is in the endpoint URL.
    pub listener: TcpListener,
    /// The region in ARNs, such as `eu-central-1`.
    pub region: String,
    /// The account in ARNs and queue URLs: 12 digits.
    pub account_id: String,
    /// Where S3 keeps its objects, as files a person can look at.
    pub data_dir: PathBuf,
    /// What those files have to survive.
    pub durability: Durability,
    /// Divides what SQS measures: visibility timeouts, retention, delays and waits.
    pub time_scale: TimeScale,
    /// Where to tell what happened.
    pub events: Events,
}

/// Why the endpoint could not start.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// Anybody on the network could reach the listener.
    #[error("the AWS endpoint listens on loopback only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The listener does not know its own address.
    #[error("the AWS endpoint has no address")]
    NoAddress(#[source] std::io::Error),
    /// The directory with the objects is unusable.
    #[error(transparent)]
    Storage(#[from] S3StorageError),
}

/// A running endpoint. Cheap to clone; it serves until [`Aws::shutdown`] or until its last clone is dropped.
#[derive(Clone, Debug)]
pub struct Aws(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    endpoint_url: String,
    services: Arc<Services>,
    server: Server,
}

/// What a request can reach.
#[derive(Debug)]
struct Services {
    cloudformation: CloudFormation,
    logs: Logs,
    sqs: Arc<Sqs>,
    ssm: Ssm,
    s3: S3Storage,
    s3_protocol: s3s::service::S3Service,
    faults: Faults,
    pages: Pages,
}

impl Aws {
    /// Reads the objects that are already in the data directory and starts to serve.
    pub async fn start(config: AwsConfig) -> Result<Self, AwsError> {
        let address = config.listener.local_addr().map_err(AwsError::NoAddress)?;
        if !address.ip().is_loopback() {
            return Err(AwsError::NotLoopback(address));
        }
        let endpoint_url = format!("http://{address}");
        let faults = Faults::new(config.events.clone());
        let s3 = S3Storage::open(config.data_dir, config.durability, config.events.clone()).await?;
        let sqs = Arc::new(Sqs::new(
            &endpoint_url,
            &config.region,
            &config.account_id,
            config.time_scale,
            config.events.clone(),
            faults.clone(),
        ));
        let services = Arc::new(Services {
            pages: Pages::default(),
            cloudformation: CloudFormation::default(),
            logs: Logs::new(&config.region, &config.account_id),
            sqs,
            ssm: Ssm::new(&config.region, &config.account_id),
            s3_protocol: s3::protocol(s3.clone(), &config.region),
            s3,
            faults,
        });
        let served = Arc::clone(&services);
        let server =
            Server::spawn(config.listener, move |stream, _| connection::serve(stream, Arc::clone(&served)));
        Ok(Self(Arc::new(Inner { endpoint_url, services, server })))
    }

    /// Where AWS clients find it: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint_url(&self) -> &str {
        &self.0.endpoint_url
    }

    /// The queues.
    #[must_use]
    pub fn sqs(&self) -> &Arc<Sqs> {
        &self.0.services.sqs
    }

    /// The buckets and their objects.
    #[must_use]
    pub fn s3(&self) -> &S3Storage {
        &self.0.services.s3
    }

    /// The parameters.
    #[must_use]
    pub fn ssm(&self) -> &Ssm {
        &self.0.services.ssm
    }

    /// What was deployed.
    #[must_use]
    pub fn cloudformation(&self) -> &CloudFormation {
        &self.0.services.cloudformation
    }

    /// What functions print.
    #[must_use]
    pub fn logs(&self) -> &Logs {
        &self.0.services.logs
    }

    /// What goes wrong on purpose, how often it did, and how often each operation was called.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.0.services.faults
    }

    /// Adds a set of pages for a person at this machine under `path`, which starts with `/_` and ends with `/`.
    /// `answer` gets the rest of the path, and returns `None` for a page that doesn't exist.
    pub fn add_pages(
        &self,
        path: &'static str,
        answer: impl Fn(&str) -> Option<Content> + Send + Sync + 'static,
    ) {
        self.0.services.pages.add(path, Box::new(answer));
    }

    /// Closes the listener and every connection, and leaves the data directory to whoever comes next. An object is
    /// either stored by then or not there at all.
    pub async fn shutdown(&self) {
        self.0.server.stop().await;
        self.0.services.s3.release();
    }
}

#[cfg(test)]
mod tests;
