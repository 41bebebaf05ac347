//! Counts what a process executes, with valgrind's tool callgrind. Unlike times, counts hardly depend on the machine.

use crate::candidates::Program;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Calls that the kernel answers without a system call, except to a process under valgrind.
const VDSO: [&str; 3] = [" sys_clock_gettime", " sys_gettimeofday", " sys_time"];

/// Keeps glibc from copying and filling long blocks with one instruction, which callgrind counts anew for each byte. How
/// long a block must be depends on the processor. Other C libraries ignore it.
const NO_REP: &str =
    "glibc.cpu.x86_rep_movsb_threshold=1000000000:glibc.cpu.x86_rep_stosb_threshold=1000000000";

/// The files that one process under callgrind leaves.
#[derive(Debug)]
pub(crate) struct Callgrind {
    counts: PathBuf,
    trace: PathBuf,
}

/// The counts of a process in user space, from its start to its end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Counts {
    pub(crate) instructions: f64,
    pub(crate) system_calls: f64,
}

/// Adds to a function's environment what its counts need.
pub(crate) fn prepare(environment: &mut BTreeMap<String, String>) {
    let tunables = environment.entry("GLIBC_TUNABLES".to_owned()).or_default();
    let separator = if tunables.is_empty() { "" } else { ":" };
    *tunables = format!("{tunables}{separator}{NO_REP}");
}

impl Callgrind {
    pub(crate) fn new(directory: &Path) -> Self {
        Self { counts: directory.join("callgrind.out"), trace: directory.join("callgrind.log") }
    }

    /// `program` as `valgrind` starts it.
    pub(crate) fn wrap(&self, valgrind: &Path, program: &Program) -> Program {
        let file = |option: &str, path: &Path| format!("--{option}={}", path.display()).into();
        let options = [
            "--tool=callgrind".into(),
            file("callgrind-out-file", &self.counts),
            "--trace-syscalls=yes".into(),
            file("log-file", &self.trace),
            program.executable.clone().into(),
        ];
        Program {
            executable: valgrind.to_owned(),
            arguments: options.into_iter().chain(program.arguments.iter().cloned()).collect(),
            ..program.clone()
        }
    }

    /// The counts of the process, which has ended.
    pub(crate) fn read(&self) -> Result<Counts> {
        let read = |path: &Path| {
            std::fs::read_to_string(path).with_context(|| format!("valgrind left no {}", path.display()))
        };
        let counts = read(&self.counts)?;
        let instructions = instructions(&counts)
            .with_context(|| format!("{} has no line `totals:`", self.counts.display()))?;
        Ok(Counts { instructions, system_calls: system_calls(&read(&self.trace)?) })
    }
}

fn instructions(counts: &str) -> Option<f64> {
    counts.lines().find_map(|line| line.strip_prefix("totals:")?.trim().parse().ok())
}

/// A call that waits has a second line, when it returns.
fn system_calls(trace: &str) -> f64 {
    let calls = trace.lines().filter(|line| line.starts_with("SYSCALL["));
    let calls = calls.filter(|line| !line.contains(") ... [async]"));
    calls.filter(|line| !VDSO.iter().any(|call| line.contains(call))).count() as f64
}

impl Counts {
    /// The share of each of `count` invocations in what this run did more than a shorter one.
    pub(crate) fn per(self, shorter: Self, count: usize) -> Self {
        let share = |more: f64, less: f64| (more - less) / count as f64;
        Self {
            instructions: share(self.instructions, shorter.instructions),
            system_calls: share(self.system_calls, shorter.system_calls),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_and_its_arguments_follow_the_options() {
        let callgrind = Callgrind::new(Path::new("/counts"));
        let python =
            Program { arguments: vec!["api.py".into()], ..Program::executable(Path::new("/bin/python")) };
        let wrapped = callgrind.wrap(Path::new("/bin/valgrind"), &python);
        assert_eq!(wrapped.executable, Path::new("/bin/valgrind"));
        assert!(wrapped.arguments.contains(&"--callgrind-out-file=/counts/callgrind.out".into()));
        assert!(wrapped.arguments.ends_with(&["/bin/python".into(), "api.py".into()]));
    }

    #[test]
    fn the_templates_tunables_stay_beside_those_for_counting() {
        let name = "GLIBC_TUNABLES".to_owned();
        let mut environment = BTreeMap::from([(name.clone(), "glibc.malloc.tcache_count=1000".to_owned())]);
        prepare(&mut environment);
        assert_eq!(environment[&name], format!("glibc.malloc.tcache_count=1000:{NO_REP}"));
        environment.clear();
        prepare(&mut environment);
        assert_eq!(environment[&name], NO_REP);
    }

    #[test]
    fn the_total_is_the_number_of_instructions() {
        let counts = "events: Ir\nsummary: 126480\n\nfn=(12) main\n0 7\n\ntotals: 126481\n";
        assert_eq!(instructions(counts), Some(126_481.0));
        assert_eq!(instructions("events: Ir\n"), None);
    }

    #[test]
    fn a_call_that_waits_counts_once_and_the_clock_not_at_all() {
        let trace = "==7== Command: api\n\
            SYSCALL[7,1](  0) sys_read ( 4, 0x1ffefff118, 832 ) --> [async] ... \n\
            SYSCALL[7,1](  0) ... [async] --> Success(0x340) \n\
            SYSCALL[7,1](228) sys_clock_gettime( 1, 0x1ffefff0a0 )[sync] --> Success(0x0) \n\
            SYSCALL[7,1]( 12) sys_brk ( 0x0 ) --> [pre-success] Success(0x4035000) \n";
        assert_eq!(system_calls(trace), 2.0);
    }

    #[test]
    fn an_event_costs_its_share_of_what_a_longer_run_does_more() {
        let counts = |instructions, system_calls| Counts { instructions, system_calls };
        assert_eq!(counts(5_000.0, 70.0).per(counts(1_000.0, 30.0), 20), counts(200.0, 2.0));
    }
}
