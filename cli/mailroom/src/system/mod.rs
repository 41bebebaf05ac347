//! A running Mailroom, on AWS or on this machine: what the commands that look after one talk to.
//!
//! - [`Target`]: which one, on the command line;
//! - `config`: how to reach it, and as whom;
//! - [`Outputs`]: where its parts are, as its stack says;
//! - [`FrontDoor`]: where emails are posted, over HTTP or HTTPS, and what the [`Reply`] means;
//! - [`Depth`]: how many messages a queue holds;
//! - [`failure`]: what AWS refuses, with the fix;
//! - [`Secret`] and `tokens`: the tokens in their parameter.

mod config;
mod depth;
pub(crate) mod failure;
mod front_door;
mod outputs;
mod reply;
mod secret;
mod target;
pub(crate) mod tokens;

pub(crate) use depth::Depth;
pub(crate) use failure::Explain;
pub(crate) use front_door::{Answer, FrontDoor};
pub(crate) use outputs::Outputs;
pub(crate) use reply::{Fault, Reply};
pub(crate) use secret::Secret;
pub(crate) use target::Target;

use anyhow::Result;
use config::Config;

/// A running stack, with the SDK's clients for it.
pub(crate) struct System {
    pub(crate) name: String,
    pub(crate) outputs: Outputs,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
}

impl System {
    /// Finds everything by the stack's outputs.
    pub(crate) async fn find(target: &Target) -> Result<Self> {
        let Config { sdk, s3 } = Config::load(target).await?;
        let client = aws_sdk_cloudformation::Client::new(&sdk);
        let (name, outputs) = Outputs::of_stack(&client, target.stack()).await?;
        Ok(Self {
            name,
            outputs,
            sqs: aws_sdk_sqs::Client::new(&sdk),
            s3: aws_sdk_s3::Client::from_conf(s3),
            ssm: aws_sdk_ssm::Client::new(&sdk),
            logs: aws_sdk_cloudwatchlogs::Client::new(&sdk),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&sdk),
        })
    }
}
