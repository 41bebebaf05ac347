//! `cargo bench -p bench`; `cargo bench -p bench -- --help` lists the options.

use clap::Parser;
use std::path::Path;

fn main() -> anyhow::Result<()> {
    let options = bench::Options::parse();
    // Cargo starts a benchmark in its package's directory, but paths are relative to the shell's directory.
    if let Some(directory) = std::env::var_os("PWD") {
        std::env::set_current_dir(directory)?;
    }
    bench::run(&options, Path::new(env!("CARGO_TARGET_TMPDIR")))
}
