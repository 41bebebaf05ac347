//! The machine, the compiler and the commit that a report is about.

use crate::builds::CHECKOUT;
use serde::Serialize;
use std::fmt;
use std::process::Command;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    /// The operating system and its kernel.
    pub(crate) os: String,
    pub(crate) rustc: String,
    /// With a `+` if tracked files differ from it.
    pub(crate) commit: String,
}

impl Machine {
    pub(crate) fn here() -> Self {
        let unknown = || "unknown".to_owned();
        let cpu_info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpu_info.lines().find_map(|line| line.strip_prefix("model name"));
        let cpu = model.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim().to_owned());
        let cpu = cpu.or_else(|| output("sysctl", &["-n", "machdep.cpu.brand_string"])); // macOS
        let changes = output("git", &["status", "--porcelain", "--untracked-files=no"]);
        let mark = if changes.is_some_and(|files| !files.is_empty()) { "+" } else { "" };
        let commit = output("git", &["rev-parse", "--short=12", "HEAD"]);
        Self {
            cpu: cpu.unwrap_or_else(unknown),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            os: output("uname", &["-srm"]).unwrap_or_else(unknown),
            rustc: output("rustc", &["--version"]).unwrap_or_else(unknown),
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

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(CHECKOUT).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_and_compiler_are_known() {
        let machine = Machine::here();
        assert!(machine.cores > 0 && machine.rustc.starts_with("rustc "), "{machine}");
    }
}
