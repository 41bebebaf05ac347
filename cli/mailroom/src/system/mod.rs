//! A running Mailroom, on AWS or on this machine: what the commands work on.
//!
//! - `aws`: how to reach AWS and as whom, and what its errors mean;
//! - [`Identity`]: which one it is;
//! - [`Outputs`]: where the stack's parts are; [`Depth`]: how many messages a queue holds;
//! - [`ApiClient`]: the endpoint that accepts emails; [`LogSearch`]: the functions' log lines;
//! - `tokens`: the tokens in their parameter.

mod api_client;
mod aws;
mod http;
mod identity;
pub(crate) mod logs;
mod outputs;
pub(crate) mod tokens;

pub(crate) use api_client::{ApiClient, ErrorDetail, PostReply, Response};
pub(crate) use aws::Explain;
pub(crate) use identity::Identity;
pub(crate) use logs::{CLOCK_SKEW, LogLine, LogSearch, Wanted};
pub(crate) use outputs::{Depth, Outputs};

use crate::report::Output;
use anyhow::Result;
use terminal::style::DIM;

/// The options of every command.
#[derive(clap::Args)]
pub(crate) struct Common {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// What `--help` lists these options under, below the command's own.
const HEADING: &str = "System";

/// Which system a command works on. `--local` wins over a name in the environment.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("system").required(true).multiple(true)))]
pub(crate) struct Target {
    /// Name of the deployed stack
    #[arg(long, env = "MAILROOM_STACK", group = "system", value_name = "NAME", help_heading = HEADING)]
    stack: Option<String>,
    /// Use the stack that `mailroom up` runs on this machine
    #[arg(long, group = "system", help_heading = HEADING)]
    local: bool,
    /// With --local: the port of its AWS services, as given to `mailroom up --aws-port`
    #[arg(long, default_value_t = 4566, requires = "local", value_name = "PORT", help_heading = HEADING)]
    aws_port: u16,
    /// AWS region [default: the AWS CLI's]
    #[arg(long, value_name = "REGION", conflicts_with = "local", help_heading = HEADING)]
    region: Option<String>,
    /// AWS profile with the credentials [default: the AWS CLI's]
    #[arg(long, value_name = "PROFILE", conflicts_with = "local", help_heading = HEADING)]
    profile: Option<String>,
}

impl Target {
    /// The stack's name. On this machine there is one stack, whatever its name.
    fn stack(&self) -> Option<&str> {
        self.stack.as_deref().filter(|_| !self.local)
    }
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
}

impl System {
    /// Finds the system, and names it on stdout before the command does anything: on a terminal too it is clear at once
    /// which one that is. `--json` names it in its document.
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

    fn head(&self) -> String {
        format!("{DIM}{}{DIM:#}\n\n", self.identity)
    }

    async fn reach(target: &Target) -> Result<Self> {
        let (sdk, s3) = aws::config(target).await?;
        let client = aws_sdk_cloudformation::Client::new(&sdk);
        let (arn, outputs) = Outputs::of_stack(&client, target.stack()).await?;
        let identity = Identity::new(arn, sdk.endpoint_url());
        Ok(Self {
            name: identity.stack.clone(),
            identity,
            outputs,
            sqs: aws_sdk_sqs::Client::new(&sdk),
            s3: aws_sdk_s3::Client::from_conf(s3),
            ssm: aws_sdk_ssm::Client::new(&sdk),
            logs: aws_sdk_cloudwatchlogs::Client::new(&sdk),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&sdk),
        })
    }
}
