//! The environment. It is read for each event and not at the start: a deployment has to get an answer even from a canary
//! whose settings are wrong, or it waits for an hour.

use email::{Layout, ObjectLayout};
use runtime::settings::{SettingError, optional, required};
use std::str::FromStr;

pub(crate) struct Settings {
    pub(crate) token_parameter: String,
    pub(crate) bucket: String,
    /// The form of its own emails' keys.
    pub(crate) layout: Layout,
    /// No other sender has this name, so a lifecycle rule can tell its objects.
    pub(crate) sender: String,
}

impl Settings {
    pub(crate) fn read() -> Result<Self, SettingError> {
        Ok(Self {
            token_parameter: required(
                "SSM_TOKEN_PARAMETER",
                "the name of the SecureString that holds the tokens",
            )?,
            bucket: required("S3_BUCKET_NAME", "the name of the bucket that emails are stored in")?,
            layout: optional::<ObjectLayout>("OBJECT_KEY_LAYOUT")?.of_canary(),
            sender: required("CANARY_SENDER", "the sender of the canary's emails")?,
        })
    }
}

/// The address that callers post emails to, without a slash at its end.
pub(crate) fn url() -> Result<String, SettingError> {
    required("MAILROOM_URL", "the address that callers post emails to")
}

/// The ARNs of the versions that the stack published last.
pub(crate) struct Versions {
    pub(crate) api: String,
    pub(crate) worker: String,
    pub(crate) endpoints: Endpoints,
}

impl Versions {
    pub(crate) fn read() -> Result<Self, SettingError> {
        Ok(Self {
            api: required("API_VERSION_ARN", "the ARN of a version of api")?,
            worker: required("WORKER_VERSION_ARN", "the ARN of a version of worker")?,
            endpoints: optional("ENDPOINT")?,
        })
    }
}

/// The endpoints in front of `api`, whose events it has to read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Endpoints {
    #[default]
    LoadBalancer,
    HttpApi,
    Both,
}

#[derive(Debug, thiserror::Error)]
#[error("must be `alb`, `http-api` or `both`")]
pub(crate) struct UnknownEndpoint;

impl FromStr for Endpoints {
    type Err = UnknownEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "alb" => Ok(Self::LoadBalancer),
            "http-api" => Ok(Self::HttpApi),
            "both" => Ok(Self::Both),
            _ => Err(UnknownEndpoint),
        }
    }
}
