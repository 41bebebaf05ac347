//! What it was measured on, without which numbers say nothing.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;

/// A machine, and what was built on it from which commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub cpu: String,
    /// How many of its cores there are to use.
    pub cores: usize,
    /// The system and its kernel.
    pub os: String,
    /// The compiler.
    pub rustc: String,
    /// The commit, with a `+` if files differ from it.
    pub commit: String,
}

impl Machine {
    /// This one. What can't be found out is said to be unknown.
    #[must_use]
    pub fn here(root: &Path) -> Self {
        let unknown = || "unknown".to_owned();
        let cpu_info = read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu_info.lines().find_map(|line| line.strip_prefix("model name"));
        let cpu = model.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim().to_owned());
        let cpu = cpu.or_else(|| said(root, "sysctl", &["-n", "machdep.cpu.brand_string"]));
        let changed = said(root, "git", &["status", "--porcelain", "--untracked-files=no"]);
        let mark = if changed.is_some_and(|files| !files.is_empty()) { "+" } else { "" };
        let commit = said(root, "git", &["rev-parse", "--short=12", "HEAD"]);
        Self {
            cpu: cpu.unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            os: said(root, "uname", &["-srm"]).unwrap_or_else(unknown),
            rustc: said(root, "rustc", &["--version"]).unwrap_or_else(unknown),
            commit: commit.map_or_else(unknown, |commit| commit + mark),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cores, os, rustc, commit } = self;
        write!(f, "{cpu}, {cores} cores; {os}; {rustc}; commit {commit}")
    }
}

fn said(root: &Path, program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(root).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_knows_its_cores_and_its_compiler() {
        let machine = Machine::here(Path::new(env!("CARGO_MANIFEST_DIR")));
        assert!(machine.cores > 0 && machine.rustc.starts_with("rustc "), "{machine}");
    }
}
