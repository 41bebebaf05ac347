//! The program `mailroom` on a test's system, as an operator has it: it finds everything by the stack's outputs.

use super::aws::REGION;
use super::moto::python;
use super::{System, root};
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use sandbox::lambda::{Binaries, BuildOutput};
use sandbox::services::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Output;
use tokio::process::Command;
use tokio::sync::OnceCell;

/// The program, with nothing of this machine's environment that it would listen to. `mailroom-local` is beside it.
pub(crate) async fn mailroom(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM.get_or_init(build).await);
    command.args(arguments).current_dir(root()).kill_on_drop(true);
    for name in ["MAILROOM_TOKEN", "MAILROOM_STACK", "AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"]
    {
        command.env_remove(name);
    }
    command
}

/// Cargo takes a third of a second to find that there is nothing to do: too long for tests that run it many times.
static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();

async fn build() -> PathBuf {
    let root = root();
    let wanted = ["mailroom", "mailroom-local"].map(|name| (root.as_path(), Some(name)));
    let binaries = Binaries::build(&wanted, BuildOutput::Kept).await.unwrap();
    binaries.path(&root, Some("mailroom")).unwrap().to_owned()
}

/// Through how many systems each command is killed, by hand; in CI one.
const ROUNDS: &str = "MAILROOM_KILLS";

/// How often a test of a command that is killed goes from its beginning to its end.
pub(crate) fn rounds_of_kills() -> u64 {
    std::env::var(ROUNDS).map_or(1, |rounds| rounds.parse().expect("MAILROOM_KILLS is a number"))
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// The one JSON document of `--json`.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:#?}"))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("a command prints text");
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl System {
    /// `mailroom` with these arguments, for this system: a sandbox is on this machine, moto stands for AWS.
    pub(crate) async fn tool(&self, arguments: &[&str]) -> Command {
        let mut command = self.tool_by_environment(arguments).await;
        if self.is_sandbox() {
            command.args(["--local", "--aws-port", self.aws_port()]);
        }
        command
    }

    pub(crate) fn aws_port(&self) -> &str {
        self.endpoint_url.rsplit(':').next().expect("a URL with a port")
    }

    fn is_sandbox(&self) -> bool {
        self.queue_url().contains("/000000000000/")
    }

    /// The same without options that name the system: the environment leads to it, as to a deployed one.
    pub(crate) async fn tool_by_environment(&self, arguments: &[&str]) -> Command {
        self.announce().await;
        let mut command = mailroom(arguments).await;
        command
            .env_remove("AWS_CA_BUNDLE")
            .env_remove("SSL_CERT_FILE")
            .env("MAILROOM_STACK", self.stack_name())
            .env("AWS_ENDPOINT_URL", &self.endpoint_url)
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        command
    }

    /// Runs a script of bash in which `aws` is the AWS CLI, for this system; `None` if that is neither installed nor
    /// required.
    pub(crate) async fn aws_cli(&self, script: &str) -> Option<Said> {
        let python = python()?;
        let mut bash = Command::new("bash");
        bash.arg("-c").arg(format!("set -e; aws() {{ '{}' -m awscli \"$@\"; }}; {script}", python.display()));
        bash.env("AWS_ENDPOINT_URL", &self.endpoint_url)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
            .env("AWS_CONFIG_FILE", "/dev/null")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
        Some(bash.output().await.expect("bash can be started").into())
    }

    /// Runs it to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Said {
        self.tool(arguments).await.output().await.expect("it can be started").into()
    }

    /// The stack's name, with which the names of its queues start.
    pub(crate) fn stack_name(&self) -> &str {
        let (_, queue) = self.queue_url().rsplit_once('/').expect("a queue's URL");
        let name = queue.rsplit_once('-').and_then(|(name, _)| name.strip_suffix("-queue"));
        name.expect("template.yaml names it so")
    }

    /// Lets CloudFormation know the stack: whoever plays AWS without running the template is told its outputs.
    async fn announce(&self) {
        let client = aws_sdk_cloudformation::Client::new(&self.sdk_config().await);
        match client.describe_stacks().stack_name(self.stack_name()).send().await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.code(), Some("ValidationError"), "{error:?}"),
        }
        let create = client.create_stack().stack_name(self.stack_name()).template_body(self.announcement());
        match create.send().await {
            Ok(_) => {}
            // Another tool of the same test was faster.
            Err(error) => assert_eq!(error.code(), Some("AlreadyExistsException"), "{error:?}"),
        }
    }

    /// A template of nothing but outputs. CloudFormation wants a resource all the same.
    fn announcement(&self) -> String {
        let log_group = |function: &str| format!("/aws/lambda/{}-{function}", self.stack_name());
        let outputs = [
            ("Url", self.url.clone()),
            ("QueueUrl", self.queue_url().to_owned()),
            ("DeadLetterQueueUrl", self.dead_letter_queue_url()),
            ("BucketName", self.bucket().to_owned()),
            ("TokenParameter", self.token_parameter().to_owned()),
            ("AlarmTopicArn", "arn:aws:sns:eu-central-1:123456789012:alarms".to_owned()),
            ("ApiLogGroup", log_group("api")),
            ("WorkerLogGroup", log_group("worker")),
        ];
        let outputs: serde_json::Map<_, _> =
            outputs.into_iter().map(|(name, value)| (name.to_owned(), json!({"Value": value}))).collect();
        let topic = json!({"Type": "AWS::SNS::Topic"});
        json!({"Resources": {"Nothing": topic}, "Outputs": outputs}).to_string()
    }
}
