//! `mailroom-local`.

use clap::Parser;
use mailroom_local::Args;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    terminal::show_warnings(&[]);
    terminal::exit(mailroom_local::run(args).await)
}
