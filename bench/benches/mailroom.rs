//! `cargo bench -p bench`: the options are in `bench::options`, and `cargo bench -p bench -- --help` lists them.

use clap::Parser;
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let options = bench::Options::parse();
    // Cargo starts a benchmark in its package's directory. Who typed a path meant the directory of the shell.
    if let Some(shell) = std::env::var_os("PWD") {
        std::env::set_current_dir(shell)?;
    }
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench");
    Ok(bench::run(&options, &directory)?)
}
