//! A running Mailroom, on AWS or on this machine: what the commands work on.
//!
//! - [`Target`]: the options that name it; `find`: asks CloudFormation for it; [`Identity`]: which one it is;
//! - `aws`: how to reach AWS and as whom, and what its errors mean; `endpoints`: where, if not at AWS's own addresses;
//! - [`Outputs`]: where the stack's parts are; [`Depth`]: how many messages a queue holds;
//! - [`ApiClient`]: the endpoint that accepts emails; `http`: the HTTP client of all; [`LogSearch`]: the functions' log
//!   lines;
//! - [`listed_key`]: the keys of the bucket's listings; `tokens`: the tokens in their parameter.

mod api_client;
mod aws;
mod endpoints;
mod find;
mod http;
mod identity;
mod keys;
pub(crate) mod logs;
mod outputs;
mod target;
pub(crate) mod tokens;

pub(crate) use api_client::{ApiClient, BatchReply, ErrorDetail, PostReply};
pub(crate) use aws::Explain;
pub(crate) use identity::Identity;
pub(crate) use keys::{KEYS, listed_key};
pub(crate) use logs::{CLOCK_SKEW, Function, LogLine, LogSearch, Wanted};
pub(crate) use outputs::{Depth, Outputs};
pub(crate) use target::Target;

use crate::report::Output;
use anyhow::{Context, Result};
use endpoints::Endpoints;
use terminal::style::DIM;

/// The options of every command.
#[derive(clap::Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// A running stack, with the SDK's clients for it.
pub(crate) struct System {
    pub(crate) name: String,
    pub(crate) identity: Identity,
    pub(crate) outputs: Outputs,
    pub(crate) sqs: aws_sdk_sqs::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(crate) athena: aws_sdk_athena::Client,
}

impl System {
    /// Finds the system, and prints its name to stdout before the command does anything. `--json` has the name in its
    /// document.
    pub(crate) async fn find(common: &Common) -> Result<Self> {
        let system = Self::reach(&common.target).await?;
        if !common.output.json {
            terminal::print(&system.head())?;
        }
        Ok(system)
    }

    /// The same with its name on stderr, for a command whose stdout a script takes as it is.
    pub(crate) async fn find_for_a_script(common: &Common) -> Result<Self> {
        let system = Self::reach(&common.target).await?;
        if !common.output.json {
            anstream::eprint!("{}", system.head());
        }
        Ok(system)
    }

    /// Where emails are posted, without a slash at the end.
    pub(crate) fn url(&self) -> Result<&str> {
        self.outputs.url.as_deref().with_context(|| {
            format!(
                "the stack {} has no endpoint: `mailroom up --aws-only` runs its services without the functions. Start it \
                 without --aws-only",
                self.name
            )
        })
    }

    fn head(&self) -> String {
        format!("{DIM}{}{DIM:#}\n\n", self.identity)
    }

    async fn reach(target: &Target) -> Result<Self> {
        let sdk = aws::config(target).await?;
        let endpoints = Endpoints::of(&sdk);
        let (identity, outputs) = find::find(&sdk, &endpoints, target).await?;
        let s3 = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(endpoints.path_style());
        Ok(Self {
            name: identity.stack.clone(),
            identity,
            outputs,
            sqs: aws_sdk_sqs::Client::new(&sdk),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            ssm: aws_sdk_ssm::Client::new(&sdk),
            logs: aws_sdk_cloudwatchlogs::Client::new(&sdk),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&sdk),
            athena: aws_sdk_athena::Client::new(&sdk),
        })
    }
}
