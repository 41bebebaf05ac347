//! The options that name a system.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, FromArgMatches};

/// What `--help` lists these options under, below the command's own.
const HEADING: &str = "System";

/// Which system a command works on. `--local` wins over a name in the environment.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("system").required(true).multiple(true)))]
pub(crate) struct Target {
    #[command(flatten)]
    stack: StackName,
    /// Use the stack that `mailroom up` runs on this machine
    #[arg(long, group = "system", help_heading = HEADING)]
    pub(crate) local: bool,
    /// With --local: the port of its AWS services, as given to `mailroom up --aws-port`
    #[arg(long, default_value_t = 4566, requires = "local", value_name = "PORT", help_heading = HEADING)]
    aws_port: u16,
    /// AWS region [default: the AWS CLI's]
    #[arg(long, value_name = "REGION", conflicts_with = "local", help_heading = HEADING)]
    pub(crate) region: Option<String>,
    /// AWS profile with the credentials [default: the AWS CLI's]
    #[arg(long, value_name = "PROFILE", conflicts_with = "local", help_heading = HEADING)]
    pub(crate) profile: Option<String>,
}

impl Target {
    /// The name that the stack must have. With `--local` that is one of the command line only: one of the environment is
    /// for the commands without `--local`.
    pub(crate) fn stack(&self) -> Option<&str> {
        let StackName { name, from_command_line } = &self.stack;
        name.as_deref().filter(|_| *from_command_line || !self.local)
    }

    /// Where the services of `--local` are.
    pub(crate) fn local_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.aws_port)
    }
}

/// `--stack`, and where its value is from, which clap's derive doesn't tell.
struct StackName {
    name: Option<String>,
    from_command_line: bool,
}

const STACK: &str = "stack";

impl clap::Args for StackName {
    fn augment_args(command: Command) -> Command {
        let stack = Arg::new(STACK).long(STACK).env("MAILROOM_STACK").group("system");
        let stack = stack.value_name("NAME").help("Name of the deployed stack").help_heading(HEADING);
        command.arg(stack)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for StackName {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let from_command_line = matches.value_source(STACK) == Some(ValueSource::CommandLine);
        Ok(Self { name: matches.get_one::<String>(STACK).cloned(), from_command_line })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
