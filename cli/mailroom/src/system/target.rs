//! Which system a command is for.

/// What `--help` puts these options under, below the command's own.
const HEADING: &str = "Which system";

/// Where the system is. `--local` wins over a name in the environment.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("system").required(true).multiple(true)))]
pub(crate) struct Target {
    /// Name of the deployed stack, whose outputs say where everything is
    #[arg(long, env = "MAILROOM_STACK", group = "system", value_name = "NAME", help_heading = HEADING)]
    stack: Option<String>,
    /// The stack that `mailroom up` runs on this machine
    #[arg(long, group = "system", help_heading = HEADING)]
    pub(crate) local: bool,
    /// With --local: the port of its AWS, as `up --aws-port` has it
    #[arg(long, default_value_t = 4566, requires = "local", value_name = "PORT", help_heading = HEADING)]
    pub(crate) aws_port: u16,
    /// The AWS region [default: as for the AWS CLI]
    #[arg(long, value_name = "REGION", conflicts_with = "local", help_heading = HEADING)]
    pub(crate) region: Option<String>,
    /// The profile with the credentials [default: as for the AWS CLI]
    #[arg(long, value_name = "PROFILE", conflicts_with = "local", help_heading = HEADING)]
    pub(crate) profile: Option<String>,
}

impl Target {
    /// The stack's name. On this machine there is one stack, whatever it is called.
    pub(crate) fn stack(&self) -> Option<&str> {
        self.stack.as_deref().filter(|_| !self.local)
    }
}
