//! The options of `up` and `demo`.

use clap::Args;
use std::path::PathBuf;

/// A parameter of the template and its value.
pub type Parameter = (String, String);

#[derive(Args)]
pub struct Up {
    /// Port that accepts emails; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Port of SQS, S3 and SSM; 0 takes a free one
    #[arg(long, default_value_t = 4566)]
    pub aws_port: u16,
    /// Token that callers must send [default: the one kept by --data, or a random one, printed at the start]
    #[arg(long, env = "MAILROOM_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Keep everything that was accepted in this directory, objects as plain files [default: a temporary one]
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Run the queue's and the event source mapping's timers N times faster than AWS does
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    pub time_scale: f64,
    /// Inject random faults, reproducible by seed: AWS refuses, stalls, delivers twice and out of order, and functions
    /// are killed at work
    #[arg(long, value_name = "SEED")]
    pub chaos: Option<u64>,
    /// Run only SQS, S3 and SSM, for functions that run elsewhere, as with `cargo lambda watch`
    #[arg(long)]
    pub aws_only: bool,
    /// Another host name for SQS, S3 and SSM, such as host.docker.internal; may be repeated
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
    /// Let web pages of this origin use SQS, S3 and SSM, such as http://localhost:5173; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,
    /// The SAM template [default: template.yaml here or in a parent directory of yours]
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// A parameter of the template, such as Endpoint=http-api; may be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub parameters: Vec<Parameter>,
}

#[derive(Args)]
pub struct Demo {
    /// The SAM template [default: template.yaml here or in a parent directory of yours]
    #[arg(long, value_name = "FILE")]
    pub template: Option<PathBuf>,
    /// A parameter of the template, such as Endpoint=http-api; may be repeated
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = parameter)]
    pub parameters: Vec<Parameter>,
}

fn parameter(text: &str) -> Result<Parameter, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write the parameter's name, an equals sign and its value".to_owned()),
    }
}
