//! The settings of the endpoint, and the errors of its start.

use crate::clock::TimeScale;
use crate::events::Events;
use crate::guard::Guard;
use crate::s3::{Durability, S3StorageError};
use crate::store::StoreError;
use std::{net::SocketAddr, path::PathBuf};
use tokio::net::TcpListener;

/// The settings of [`Aws::start`].
#[derive(Debug)]
pub struct AwsConfig {
    /// Bound to a loopback address. Its port is in the endpoint URL.
    pub listener: TcpListener,
    /// Such as `eu-central-1`.
    pub region: String,
    /// 12 digits.
    pub account_id: String,
    /// The directory for S3's objects, as plain files, and for the store.
    pub data_dir: PathBuf,
    pub durability: Durability,
    /// Divides what SQS measures: visibility timeouts, retention, delays and waits.
    pub time_scale: TimeScale,
    /// The hosts and the origins of web pages that may use the endpoint.
    pub guard: Guard,
    pub events: Events,
}

#[derive(thiserror::Error)]
pub enum AwsError {
    /// Anybody on the network could reach it.
    #[error("the AWS endpoint listens on loopback only, not on {0}; bind 127.0.0.1")]
    NotLoopback(SocketAddr),
    #[error("the AWS endpoint has no address")]
    NoAddress(#[source] std::io::Error),
    #[error(transparent)]
    Storage(#[from] S3StorageError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("starting the services ended early")]
    Task(#[from] tokio::task::JoinError),
}

/// The messages of the error and its sources, since a `main` that returns an error prints this.
impl std::fmt::Debug for AwsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", display_error_chain::DisplayErrorChain::new(self))
    }
}
