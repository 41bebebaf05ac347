//! `mailroom up` and `mailroom demo`: the program `mailroom-local`, which comes with the sandbox.

use anyhow::{Context, Result, bail};
use std::env::current_exe;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;
use terminal::Outcome;

const PROGRAM: &str = "mailroom-local";

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    arguments: Vec<OsString>,
}

/// Becomes the program beside this one, or else the one in PATH: so signals reach it, and its exit code is this one's.
pub(crate) fn run(command: &str, arguments: &Arguments) -> Result<Outcome> {
    let beside = current_exe().context("can't find this program's own file")?.with_file_name(PROGRAM);
    let program = if beside.is_file() { beside } else { PROGRAM.into() };
    let error = Command::new(&program).arg(command).args(&arguments.arguments).exec();
    if error.kind() == ErrorKind::NotFound {
        bail!(
            "`mailroom {command}` needs the program {PROGRAM}, which is neither beside this one nor in PATH: in \
             Mailroom's repository run `cargo {command}`, or install it with `cargo install --path cli/{PROGRAM} \
             --profile tools`"
        );
    }
    Err(error).with_context(|| format!("can't run {}", program.display()))
}
